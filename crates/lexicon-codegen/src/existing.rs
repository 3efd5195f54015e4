//! Code that was generated earlier.

use std::path::Path;

use lexicon_schema::{Document, Loaded};

/// The module of a document in code that was generated earlier.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ExistingModule {
    /// Its path from the root of the code.
    pub path: Vec<String>,
    /// The document, unless it cannot be read any more.
    pub(crate) document: Option<Document>,
}

impl ExistingModule {
    /// The module at a path, with the text of the lexicon that it was generated from.
    pub fn new(path: Vec<String>, lexicon: &str) -> Self {
        let mut loaded = Loaded::default();
        loaded.add(Path::new(&path.join("/")), lexicon);
        let document = loaded.catalog.documents().next().cloned();
        Self { path, document }
    }
}
