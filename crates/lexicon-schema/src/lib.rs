#![doc = include_str!("../README.md")]
#![deny(missing_docs)]

pub mod breaking;
pub mod catalog;
pub mod cid;
mod data_flow;
pub mod diagnostic;
pub mod lint;
pub mod model;
mod parse;
pub mod pattern;
pub mod sample;
pub mod validate;

pub use catalog::{Catalog, DefRef, Loaded};
pub use diagnostic::{Diagnostic, Pointer};
pub use model::Document;

/// Strict JSON, which bodies are read as too.
pub mod json {
    use lexicon_runtime::{Value, Violations};

    /// Reads JSON without repeated members.
    ///
    /// # Errors
    /// The first error, with its line and column.
    pub fn parse(bytes: &[u8]) -> Result<Value, Violations> {
        lexicon_runtime::json::parse("document", bytes)
    }
}
