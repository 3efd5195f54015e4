//! Looking members up in the order of a schema, which is mostly the order in which they are written.

use super::node::{Entry, Members, Node, is_same};

/// Where a member is looked up.
pub trait Lookup<'t> {
    /// The value of a member.
    fn member(self, name: &str) -> Option<Node<'t>>;
}

impl<'t> Lookup<'t> for Members<'t> {
    fn member(self, name: &str) -> Option<Node<'t>> {
        self.get(name)
    }
}

/// The members of an object. The member after the last one that was found is looked at first.
#[derive(Clone, Debug)]
pub struct InOrder<'t> {
    members: Members<'t>,
    /// The number of members after it.
    left: usize,
    rest: &'t [Entry<'t>],
}

impl<'t> Members<'t> {
    /// The members, to be looked up in about the order in which they are written.
    pub fn in_order(self) -> InOrder<'t> {
        InOrder {
            members: self,
            left: self.count,
            rest: self.entries,
        }
    }
}

impl<'t> InOrder<'t> {
    /// The value of the next member, if that is its name.
    #[inline]
    fn next_if(&mut self, name: &str) -> Option<Node<'t>> {
        let [Entry::String(key), values @ ..] = self.rest else {
            return None;
        };
        if self.left == 0 || !is_same(key, name) {
            return None;
        }
        self.left -= 1;
        self.rest = values.get(values.first()?.size()..)?;
        Some(Node(values))
    }

    /// Searches all members.
    #[inline(never)]
    fn search(&mut self, name: &str) -> Option<Node<'t>> {
        let (value, left) = self.members.find(name)?;
        self.left = left;
        self.rest = value.0.get(value.entry().size()..)?;
        Some(value)
    }
}

impl<'t> Lookup<'t> for &mut InOrder<'t> {
    fn member(self, name: &str) -> Option<Node<'t>> {
        match self.next_if(name) {
            Some(value) => Some(value),
            None => self.search(name),
        }
    }
}
