//! Builds a tree, entry by entry; or from a value that is parsed already.

use std::borrow::Cow;

use serde_json::{Number, Value};

use super::node::{Entry, Members, Tree, integer};
use super::spare;

/// The entries so far.
#[derive(Default)]
pub(crate) struct Builder<'t> {
    entries: Vec<Entry<'t>>,
    has_dollar: bool,
    has_other_number: bool,
}

impl<'t> Builder<'t> {
    pub(super) fn with_capacity(entries: usize) -> Self {
        let mut builder = Self {
            entries: spare::take(),
            ..Self::default()
        };
        builder.entries.reserve(entries);
        builder
    }

    pub(super) fn value(&mut self, value: &'t Value) {
        match value {
            Value::Null => self.entries.push(Entry::Null),
            Value::Bool(value) => self.entries.push(Entry::Boolean(*value)),
            Value::Number(number) => self.number(number.clone()),
            Value::String(text) => self.push(Entry::String(Cow::Borrowed(text))),
            Value::Array(items) => {
                let at = self.open();
                items.iter().for_each(|item| self.value(item));
                self.close_array(at, items.len());
            }
            Value::Object(members) => {
                let at = self.open();
                for (name, value) in members {
                    self.name(Cow::Borrowed(name));
                    self.value(value);
                }
                self.close_object(at, members.len());
            }
        }
    }

    pub(super) fn finish(self) -> Tree<'t> {
        Tree {
            entries: self.entries,
            is_plain: !self.has_dollar && !self.has_other_number,
        }
    }

    pub(super) fn push(&mut self, entry: Entry<'t>) {
        self.entries.push(entry);
    }

    pub(super) fn name(&mut self, name: Cow<'t, str>) {
        self.has_dollar |= name.starts_with('$');
        self.push(Entry::String(name));
    }

    /// Whether the object that begins at an entry has a name among its first members.
    pub(super) fn has_name(&self, at: usize, members: usize, name: &str) -> bool {
        let mut names = self.names(at, members);
        names.any(|other| other == name)
    }

    /// Whether the object that begins at an entry has no name twice.
    pub(super) fn has_distinct_names(&self, at: usize, members: usize) -> bool {
        let mut names: Vec<_> = self.names(at, members).collect();
        names.sort_unstable();
        names.windows(2).all(|pair| pair[0] != pair[1])
    }

    fn names(&self, at: usize, members: usize) -> impl Iterator<Item = &str> {
        let members = Members {
            count: members,
            entries: &self.entries[at + 1..],
        };
        members.iter().map(|(name, _)| name)
    }

    pub(super) fn number(&mut self, number: Number) {
        self.entries.push(match integer(&number) {
            Some(integer) => Entry::Integer(integer),
            None => {
                self.has_other_number = true;
                Entry::Number(number)
            }
        });
    }

    pub(super) fn open(&mut self) -> usize {
        self.entries.push(Entry::Null);
        self.entries.len() - 1
    }

    pub(super) fn close_array(&mut self, at: usize, count: usize) {
        let size = self.entries.len() - at;
        self.entries[at] = Entry::Array { count, size };
    }

    pub(super) fn close_object(&mut self, at: usize, count: usize) {
        let size = self.entries.len() - at;
        self.entries[at] = Entry::Object { count, size };
    }
}
