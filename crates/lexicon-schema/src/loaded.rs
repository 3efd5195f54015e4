//! What reading lexicons gives: the documents that can be used, and what is wrong with the others.

use std::path::{Path, PathBuf};

use crate::catalog::{Catalog, RefusedDocument};
use crate::cid;
use crate::diagnostic::{Diagnostic, Pointer};
use crate::json;
use crate::model::Document;
use crate::parse;

/// The result of reading: the documents that can be used, and what is wrong with the others.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Loaded {
    /// The documents that could be read. [`Catalog::prune`] removes those that refer to one that could not.
    pub catalog: Catalog,
    /// What is wrong with the others.
    pub diagnostics: Vec<Diagnostic>,
    /// JSON files that are no lexicons, such as `package.json`: they have neither `lexicon` nor `defs`.
    pub skipped: Vec<PathBuf>,
}

impl Loaded {
    /// Adds what was read from another directory.
    pub fn extend(&mut self, other: Self) {
        self.diagnostics.extend(other.diagnostics);
        self.skipped.extend(other.skipped);
        let (documents, refused) = other.catalog.into_parts();
        documents.for_each(|document| self.add_document(document));
        refused.for_each(|(nsid, refusal)| self.catalog.refuse_as(nsid, refusal));
    }

    /// Adds a document that was read from `file`. The same document may be added twice, byte for byte or by
    /// its CID; a different one with the same NSID is reported.
    pub fn add(&mut self, file: &Path, source: &str) {
        match parse::document(file, source.strip_prefix('\u{feff}').unwrap_or(source)) {
            Ok(Some(document)) => self.add_document(document),
            Ok(None) => self.skipped.push(file.to_owned()),
            Err(refused) => {
                if let (Some(nsid), Some(reason)) = (refused.nsid, refused.diagnostics.first()) {
                    let (reason, document) = (reason.clone(), refused.document);
                    self.catalog
                        .refuse_as(nsid, RefusedDocument { reason, document });
                }
                self.diagnostics.extend(refused.diagnostics);
            }
        }
    }

    fn add_document(&mut self, document: Document) {
        let nsid = document.nsid.as_str();
        match self.catalog.get(nsid) {
            Some(first) if is_same(first, &document) => {}
            Some(first) => {
                let message = format!("{nsid} is already defined by {}", first.file.display());
                let at = Pointer::root().join("id");
                let diagnostic = Diagnostic::new(document.file, at, "duplicate-document", message);
                self.diagnostics.push(diagnostic);
            }
            None => self.catalog.add(document),
        }
    }
}

/// Whether two texts are one document: they differ at most in white space, in the order of members, or in
/// the `$type` that a published document has.
fn is_same(one: &Document, other: &Document) -> bool {
    let cid = |document: &Document| {
        let value = json::parse(document.source.as_bytes()).ok()?;
        cid::of_lexicon(value.as_object()?).ok()
    };
    one.source == other.source || cid(one).is_some_and(|one| cid(other) == Some(one))
}
