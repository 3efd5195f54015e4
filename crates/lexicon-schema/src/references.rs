//! References that lead nowhere, and the documents that cannot do without them.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::catalog::{Catalog, split};
use crate::diagnostic::{Diagnostic, Pointer};
use crate::model::Document;

/// A reference as it is written, and where.
struct Reference<'c> {
    document: &'c Document,
    text: &'c str,
    at: Pointer,
}

impl Reference<'_> {
    fn fault(&self, rule: &'static str, message: String) -> Diagnostic {
        Diagnostic::new(&self.document.file, self.at.clone(), rule, message)
    }

    /// What is wrong with a reference to a document that was refused for a reason.
    fn refused(&self, reason: &Diagnostic) -> Diagnostic {
        let message = format!("`{}` is in an invalid document: {reason}", self.text);
        self.fault("refused-ref", message)
    }
}

impl Catalog {
    /// Reports every reference that leads nowhere, or to something that is no type of data, and every
    /// document that refers to one with such a reference, by way of others too. Each of these is about a
    /// reference, and names the first fault that it comes from.
    pub fn check_references(&self) -> Vec<Diagnostic> {
        self.unusable().0
    }

    /// Removes every document with a reference that leads nowhere, then those that refer to these, until
    /// every reference in the catalog leads somewhere. Returns what
    /// [`check_references`](Self::check_references) reports.
    pub fn prune(&mut self) -> Vec<Diagnostic> {
        let (found, refused) = self.unusable();
        for (nsid, reason) in refused {
            self.remove(nsid, reason);
        }
        found
    }

    /// The faults of references, and the first fault that makes each document unusable.
    fn unusable(&self) -> (Vec<Diagnostic>, Vec<(String, Diagnostic)>) {
        let mut found = Vec::new();
        let mut refused: BTreeMap<&str, Diagnostic> = BTreeMap::new();
        let mut pending = VecDeque::new();
        let mut references: BTreeMap<&str, Vec<Reference<'_>>> = BTreeMap::new();
        for document in self.documents() {
            let nsid = document.nsid.as_str();
            // One reference to an invalid document is enough to say that.
            let mut reported = BTreeSet::new();
            document.each_reference(&mut |text, at| {
                let reference = Reference { document, text, at };
                let (target, _) = split(reference.text);
                if let Some(fault) = self.fault(&reference) {
                    let reason = self.refusal(target);
                    refused.entry(nsid).or_insert_with(|| {
                        pending.push_back(nsid);
                        reason.unwrap_or(&fault).clone()
                    });
                    if reason.is_none() || reported.insert(target) {
                        found.push(fault);
                    }
                } else if !target.is_empty() && target != nsid {
                    references.entry(target).or_default().push(reference);
                }
            });
        }
        while let Some(target) = pending.pop_front() {
            let reason = refused[target].clone();
            for reference in references.remove(target).into_iter().flatten() {
                refused
                    .entry(reference.document.nsid.as_str())
                    .or_insert_with_key(|nsid| {
                        pending.push_back(*nsid);
                        found.push(reference.refused(&reason));
                        reason.clone()
                    });
            }
        }
        let refused = refused.into_iter();
        let refused = refused.map(|(nsid, reason)| (nsid.to_owned(), reason));
        (found, refused.collect())
    }

    fn fault(&self, reference: &Reference<'_>) -> Option<Diagnostic> {
        let Reference { document, text, .. } = reference;
        match self.resolve(document, text) {
            None => Some(match self.refusal(split(text).0) {
                Some(reason) => reference.refused(reason),
                None => reference.fault("unresolved-ref", self.missing(text)),
            }),
            Some(target) if !target.is_data() => {
                let message = format!("`{text}` is not a type of data");
                Some(reference.fault("ref-target", message))
            }
            Some(_) => None,
        }
    }

    /// What a reference that leads nowhere lacks.
    fn missing(&self, reference: &str) -> String {
        match split(reference).0 {
            nsid if !nsid.is_empty() && self.get(nsid).is_none() => {
                format!("`{reference}` is not defined: there is no document {nsid}")
            }
            _ => format!("`{reference}` is not defined"),
        }
    }
}
