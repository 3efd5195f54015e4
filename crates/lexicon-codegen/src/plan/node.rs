//! A type as a node of the graph of types.

use lexicon_schema::model::DefKind;
use lexicon_schema::{DefRef, Pointer};

/// A type of a document: its NSID and the place of its schema.
pub(crate) type Node = (String, Pointer);

/// The node of a definition that a reference leads to.
pub(crate) fn target_node(target: &DefRef<'_>) -> Node {
    let pointer = match &target.def.kind {
        DefKind::Record(_) => target.def.pointer.join("record"),
        _ => target.def.pointer.clone(),
    };
    (target.document.nsid.to_string(), pointer)
}
