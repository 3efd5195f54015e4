//! Types of lexicons that a build script generates: nothing generated is committed.

/// Types and checks of the lexicons, a module a document.
pub mod lexicons {
    include!(concat!(env!("OUT_DIR"), "/lexicons.rs"));
}
