//! A tree, and what is in it.

use std::borrow::Cow;

use serde_json::Number;

/// A JSON value with all that is in it.
#[derive(Debug)]
pub struct Tree<'t> {
    pub(super) entries: Vec<Entry<'t>>,
    /// Whether there is no number but integers of 64 bits, and no name that begins with `$`: then all of it
    /// is in the data model.
    pub(super) is_plain: bool,
}

/// An entry of a tree. Those in an array or object follow it; a name stands before its value.
#[derive(Clone, Debug)]
pub(super) enum Entry<'t> {
    Null,
    Boolean(bool),
    Integer(i64),
    /// A number that is no integer of 64 bits.
    Number(Number),
    String(Cow<'t, str>),
    /// The number of elements, and of entries including this one.
    Array {
        count: usize,
        size: usize,
    },
    /// The number of members, and of entries including this one.
    Object {
        count: usize,
        size: usize,
    },
}

/// A value in a tree.
#[derive(Clone, Copy, Debug)]
pub struct Node<'t>(pub(super) &'t [Entry<'t>]);

/// The members of an object in a tree.
#[derive(Clone, Copy, Debug)]
pub struct Members<'t> {
    pub(super) count: usize,
    pub(super) entries: &'t [Entry<'t>],
}

impl Tree<'_> {
    /// The value as a whole.
    pub fn root(&self) -> Node<'_> {
        Node(&self.entries)
    }

    pub(crate) fn is_plain(&self) -> bool {
        self.is_plain
    }
}

impl<'t> Entry<'t> {
    /// How many entries its value has.
    pub(super) fn size(&self) -> usize {
        match self {
            Entry::Array { size, .. } | Entry::Object { size, .. } => *size,
            _ => 1,
        }
    }
}

static NULL: Entry<'static> = Entry::Null;

impl<'t> Node<'t> {
    /// Its own entry, and those that follow. A tree is never empty.
    fn split(self) -> (&'t Entry<'t>, &'t [Entry<'t>]) {
        self.0.split_first().unwrap_or((&NULL, &[]))
    }

    pub(super) fn entry(self) -> &'t Entry<'t> {
        self.split().0
    }

    /// Whether it is null.
    pub fn is_null(self) -> bool {
        matches!(self.entry(), Entry::Null)
    }

    /// The boolean that it is.
    pub fn as_bool(self) -> Option<bool> {
        match self.entry() {
            Entry::Boolean(value) => Some(*value),
            _ => None,
        }
    }

    /// The integer of 64 bits that it is. The value counts: `3.0` and `3e0` are the integer 3.
    pub fn as_i64(self) -> Option<i64> {
        match self.entry() {
            Entry::Integer(value) => Some(*value),
            _ => None,
        }
    }

    /// The text that it is.
    pub fn as_str(self) -> Option<&'t str> {
        match self.entry() {
            Entry::String(text) => Some(text),
            _ => None,
        }
    }

    /// The elements of the array that it is.
    pub fn as_array(self) -> Option<impl ExactSizeIterator<Item = Node<'t>>> {
        match self.split() {
            (Entry::Array { count, .. }, rest) => Some(Values { left: *count, rest }),
            _ => None,
        }
    }

    /// The members of the object that it is.
    pub fn as_object(self) -> Option<Members<'t>> {
        match self.split() {
            (Entry::Object { count, .. }, entries) => Some(Members {
                count: *count,
                entries,
            }),
            _ => None,
        }
    }

    /// The type of the value in words.
    pub(crate) fn kind(self) -> &'static str {
        match self.entry() {
            Entry::Null => "null",
            Entry::Boolean(_) => "a boolean",
            Entry::Integer(_) | Entry::Number(_) if self.is_integer() => "a number",
            Entry::Integer(_) | Entry::Number(_) => "a number that is no integer",
            Entry::String(_) => "a string",
            Entry::Array { .. } => "an array",
            Entry::Object { .. } => "an object",
        }
    }

    /// Whether it is an integer of any size.
    pub(crate) fn is_integer(self) -> bool {
        match self.entry() {
            Entry::Integer(_) => true,
            Entry::Number(number) => {
                let fraction = |value: f64| number.is_f64() && value.fract() != 0.0;
                !number.as_f64().is_some_and(fraction)
            }
            _ => false,
        }
    }

    /// Whether it is an array or an object.
    pub(crate) fn is_container(self) -> bool {
        matches!(self.entry(), Entry::Array { .. } | Entry::Object { .. })
    }

    /// Whether it is a number that is no integer of 64 bits.
    pub(crate) fn is_other_number(self) -> bool {
        matches!(self.entry(), Entry::Number(_))
    }
}

impl<'t> Members<'t> {
    /// The number of members.
    pub fn len(self) -> usize {
        self.count
    }

    /// Whether there are none.
    pub fn is_empty(self) -> bool {
        self.count == 0
    }

    /// The value of a member.
    pub fn get(self, name: &str) -> Option<Node<'t>> {
        self.find(name).map(|(value, _)| value)
    }

    /// The value of a member, and the number of members after it.
    pub(super) fn find(self, name: &str) -> Option<(Node<'t>, usize)> {
        let mut entries = self.entries;
        for left in (0..self.count).rev() {
            let [Entry::String(key), values @ ..] = entries else {
                return None;
            };
            if is_same(key, name) {
                return Some((Node(values), left));
            }
            entries = values.get(values.first()?.size()..)?;
        }
        None
    }

    /// The members, as they are written.
    pub fn iter(self) -> impl Iterator<Item = (&'t str, Node<'t>)> {
        let (mut left, mut rest) = (self.count, self.entries);
        std::iter::from_fn(move || {
            left = left.checked_sub(1)?;
            let [Entry::String(name), values @ ..] = rest else {
                return None;
            };
            rest = values.get(values.first()?.size()..)?;
            Some((&**name, Node(values)))
        })
    }
}

/// Whether two names are the same. A comparison of whole texts is a call.
pub(super) fn is_same(a: &str, b: &str) -> bool {
    a.len() == b.len() && a.as_bytes().first() == b.as_bytes().first() && a == b
}

/// Values, one after the other.
struct Values<'t> {
    left: usize,
    rest: &'t [Entry<'t>],
}

impl<'t> Iterator for Values<'t> {
    type Item = Node<'t>;

    fn next(&mut self) -> Option<Node<'t>> {
        self.left = self.left.checked_sub(1)?;
        let value = Node(self.rest);
        self.rest = self.rest.get(value.entry().size()..)?;
        Some(value)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl ExactSizeIterator for Values<'_> {}

/// The integer that a number is, if it is one of 64 bits. A fraction or an exponent does not make it another
/// number: `3.0` and `3e0` are 3. Of a number that is written with one and is beyond 53 bits, the exact value
/// is not known, and it is taken for none.
pub(crate) fn integer(number: &Number) -> Option<i64> {
    const EXACT: f64 = (1_u64 << 53) as f64;
    number.as_i64().or_else(|| {
        let value = number.as_f64().filter(|_| number.is_f64())?;
        (value.fract() == 0.0 && value.abs() <= EXACT).then_some(value as i64)
    })
}
