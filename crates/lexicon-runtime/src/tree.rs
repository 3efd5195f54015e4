//! JSON as checks walk it and types are read from it: one list of entries that borrow from the text.
//!
//! A `serde_json::Value` would cost an allocation for each text and each name, and most of the time of
//! reading a body.

mod build;
mod lookup;
mod names;
mod node;
mod plain;
mod read;
mod scan;
mod spare;
mod value;

use serde_json::Value;

use build::Builder;

pub use lookup::{InOrder, Lookup};
pub(crate) use node::integer;
pub use node::{Members, Node, Tree};
pub(crate) use scan::scan;

impl Tree<'_> {
    /// Drops it, and keeps its memory for the next tree of this thread.
    pub(crate) fn recycle(self) {
        spare::give_back(self.entries);
    }
}

impl<'v> From<&'v Value> for Tree<'v> {
    fn from(value: &'v Value) -> Self {
        let mut builder = Builder::default();
        builder.value(value);
        builder.finish()
    }
}
