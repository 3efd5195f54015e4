//! The Lexicon language: its document model, a catalog of documents with their references resolved,
//! and CIDs. It knows nothing of Rust code generation and nothing of HTTP.
//! Source: <https://atproto.com/specs/lexicon>.

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

/// Strict JSON, as bodies are read too.
pub mod json {
    use lexicon_runtime::{Value, Violations};

    /// Reads JSON in which no member is given twice.
    ///
    /// # Errors
    /// The first fault, with its line and column.
    pub fn parse(bytes: &[u8]) -> Result<Value, Violations> {
        lexicon_runtime::json::parse("document", bytes)
    }
}
