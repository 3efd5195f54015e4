//! The catalog: documents by NSID, with references resolved.

use std::collections::BTreeMap;

use crate::diagnostic::Diagnostic;
use crate::model::{Def, DefKind, Document, Schema, Type};

/// Documents by NSID.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    documents: BTreeMap<String, Document>,
    /// The documents that were refused: what refers to one of them cannot be used either.
    refused: BTreeMap<String, RefusedDocument>,
}

/// A document that was refused.
#[derive(Clone, Debug)]
pub(crate) struct RefusedDocument {
    /// The first reason.
    pub(crate) reason: Diagnostic,
    /// What could be read of it, which lints check too.
    pub(crate) document: Option<Document>,
}

/// The definition that a reference leads to.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct DefRef<'c> {
    /// The document of the definition.
    pub document: &'c Document,
    /// The name in the document.
    pub name: &'c str,
    /// The definition.
    pub def: &'c Def,
}

impl DefRef<'_> {
    /// The name by which data refers to it: the NSID, with `#name` unless it is `main`.
    pub fn type_name(&self) -> String {
        let nsid = &self.document.nsid;
        match self.name {
            "main" => nsid.to_string(),
            name => format!("{nsid}#{name}"),
        }
    }

    /// Whether values can have this type.
    pub fn is_data(&self) -> bool {
        matches!(
            self.def.kind,
            DefKind::Record(_) | DefKind::Type(_) | DefKind::Token
        )
    }

    /// Whether it is a record or an object with properties, and so can be a variant of a union.
    pub fn is_object(&self) -> bool {
        match &self.def.kind {
            DefKind::Record(_) => true,
            DefKind::Type(Schema {
                kind: Type::Object(object),
                ..
            }) => !object.unconstrained,
            _ => false,
        }
    }
}

impl Catalog {
    /// The documents, by NSID.
    pub fn documents(&self) -> impl Iterator<Item = &Document> {
        self.documents.values()
    }

    /// One document.
    pub fn get(&self, nsid: &str) -> Option<&Document> {
        self.documents.get(nsid)
    }

    /// Follows a reference as `document` writes it: `#name`, `nsid`, or `nsid#name`.
    pub fn resolve<'c>(&'c self, document: &'c Document, reference: &str) -> Option<DefRef<'c>> {
        let (nsid, name) = split(reference);
        let document = match nsid {
            "" if reference.is_empty() => return None,
            "" => document,
            // A document that was refused is not in the catalog.
            nsid if nsid == document.nsid.as_str() => document,
            nsid => self.get(nsid)?,
        };
        let (name, def) = document.defs.get_key_value(name)?;
        Some(DefRef {
            document,
            name,
            def,
        })
    }

    /// Adds a document, unless there is one with its NSID.
    pub(crate) fn add(&mut self, document: Document) {
        let nsid = document.nsid.to_string();
        self.refused.remove(&nsid);
        self.documents.entry(nsid).or_insert(document);
    }

    /// Keeps only some documents.
    pub fn retain(&mut self, mut keep: impl FnMut(&Document) -> bool) {
        self.documents.retain(|_, document| keep(document));
    }

    /// Adds the documents of another catalog that this one has not.
    pub fn extend(&mut self, other: Self) {
        let (documents, refused) = other.into_parts();
        documents.for_each(|document| self.add(document));
        refused.for_each(|(nsid, refusal)| self.refuse_as(nsid, refusal));
    }

    /// Removes the documents that diagnostics are about. What refers to them is then a fault, for which
    /// [`prune`](Self::prune) gives the first of these as the reason.
    pub fn refuse(&mut self, found: &[Diagnostic]) {
        let mut reasons = BTreeMap::new();
        for diagnostic in found {
            reasons.entry(&diagnostic.file).or_insert(diagnostic);
        }
        let refused = self
            .documents
            .extract_if(.., |_, document| reasons.contains_key(&document.file));
        for (nsid, document) in refused {
            let reason = reasons[&document.file].clone();
            let document = Some(document);
            self.refused
                .insert(nsid, RefusedDocument { reason, document });
        }
    }

    /// The documents, and those that were refused.
    pub(crate) fn into_parts(
        self,
    ) -> (
        impl Iterator<Item = Document>,
        impl Iterator<Item = (String, RefusedDocument)>,
    ) {
        (self.documents.into_values(), self.refused.into_iter())
    }

    /// Remembers that the document of an NSID was refused.
    pub(crate) fn refuse_as(&mut self, nsid: String, refusal: RefusedDocument) {
        if !self.documents.contains_key(&nsid) {
            self.refused.entry(nsid).or_insert(refusal);
        }
    }

    /// The NSIDs of the documents that were refused, each with the first reason.
    pub fn refused(&self) -> impl Iterator<Item = (&str, &Diagnostic)> {
        let refused = self.refused.iter();
        refused.map(|(nsid, refusal)| (&nsid[..], &refusal.reason))
    }

    /// A document that was refused, as far as it could be read.
    pub fn refused_document(&self, nsid: &str) -> Option<&Document> {
        self.refused.get(nsid)?.document.as_ref()
    }

    /// The documents that were refused, as far as they could be read.
    pub(crate) fn refused_documents(&self) -> impl Iterator<Item = &Document> {
        let refused = self.refused.values();
        refused.filter_map(|refusal| refusal.document.as_ref())
    }

    /// Why the document of an NSID was refused.
    pub(crate) fn refusal(&self, nsid: &str) -> Option<&Diagnostic> {
        self.refused.get(nsid).map(|refusal| &refusal.reason)
    }

    /// Removes a document for a reason.
    pub(crate) fn remove(&mut self, nsid: String, reason: Diagnostic) {
        let document = self.documents.remove(&nsid);
        self.refused
            .insert(nsid, RefusedDocument { reason, document });
    }
}

/// The NSID and the name of a reference; no NSID for a definition of the same document.
pub(crate) fn split(reference: &str) -> (&str, &str) {
    reference.split_once('#').unwrap_or((reference, "main"))
}

/// The name by which data refers to what a reference of a document leads to: without `#main`.
pub(crate) fn absolute(document: &Document, reference: &str) -> String {
    let reference = reference.strip_suffix("#main").unwrap_or(reference);
    match reference.strip_prefix('#') {
        Some(name) => format!("{}#{name}", document.nsid),
        None if reference.is_empty() => document.nsid.to_string(),
        None => reference.to_owned(),
    }
}
