//! The history of documents: the versions that each one had, by their CIDs.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::breaking::{self, Change};
use crate::catalog::{Catalog, split};
use crate::loaded::Loaded;
use crate::model::Document;
use crate::{cid, json};

/// The name of the file with the history, beside the documents.
pub const FILE_NAME: &str = "history.toml";

/// The versions of documents, by NSID. The oldest is the first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct History {
    documents: BTreeMap<String, Vec<Version>>,
}

/// A version of a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Version {
    /// The CID, as [`cid::of_lexicon`] computes it.
    pub cid: String,
    /// The day on which the version was recorded, in UTC: `2026-11-26`.
    pub date: String,
    /// The document as JSON, without white space.
    pub document: String,
}

impl Version {
    /// The document, unless its text is no valid lexicon.
    fn read(&self, nsid: &str) -> Option<Document> {
        let mut loaded = Loaded::default();
        loaded.add(Path::new(nsid), &self.document);
        loaded.catalog.get(nsid).cloned()
    }
}

impl History {
    /// The versions of a document.
    pub fn versions(&self, nsid: &str) -> &[Version] {
        self.documents.get(nsid).map_or(&[], Vec::as_slice)
    }

    /// Adds the documents whose last version here is another one, with the day on which that is done. Returns
    /// their NSIDs. A document without a CID, which holds something outside of the data model, is left out.
    pub fn record(&mut self, catalog: &Catalog, date: &str) -> Vec<String> {
        let mut recorded = Vec::new();
        for document in catalog.documents() {
            let Some((cid, text)) = contents(document) else {
                continue;
            };
            let nsid = document.nsid.as_str();
            if self.versions(nsid).last().map(|last| &last.cid) == Some(&cid) {
                continue;
            }
            let version = Version {
                cid,
                date: date.to_owned(),
                document: text,
            };
            let versions = self.documents.entry(nsid.to_owned()).or_default();
            versions.push(version);
            recorded.push(nsid.to_owned());
        }
        recorded
    }

    /// What the versions of a document changed, each from the one before it: one list less than there are
    /// versions. Only the newest `limit` changes are compared. References to other documents are followed as they
    /// are in `catalog`. There is none for a version that cannot be read.
    pub fn changes(&self, catalog: &Catalog, nsid: &str, limit: usize) -> Vec<Option<Vec<Change>>> {
        let versions = self.versions(nsid);
        let skipped = versions.len().saturating_sub(limit.saturating_add(1));
        let compared = versions.iter().skip(skipped);
        let compared: Vec<_> = compared.map(|version| version.read(nsid)).collect();
        let others = reached(catalog, nsid, compared.iter().flatten());
        let mut changes = vec![None; skipped];
        let mut before = None;
        for (at, document) in compared.into_iter().enumerate() {
            let catalog = document.map(|document| {
                let mut catalog = others.clone();
                catalog.add(document);
                catalog
            });
            if at > 0 {
                let both = before.as_ref().zip(catalog.as_ref());
                changes.push(both.map(|(old, new)| {
                    let mut changes = breaking::changes(old, new);
                    changes.retain(|change| change.diagnostic.file == Path::new(nsid));
                    changes
                }));
            }
            before = catalog;
        }
        changes
    }
}

/// The documents of a catalog that the references of `versions` lead to, over others too, but for `nsid`: only
/// these count for what a version changed.
fn reached<'d>(
    catalog: &'d Catalog,
    nsid: &str,
    versions: impl Iterator<Item = &'d Document>,
) -> Catalog {
    let mut reached = BTreeSet::from([nsid.to_owned()]);
    let mut next: Vec<_> = versions.collect();
    while let Some(document) = next.pop() {
        document.each_reference(&mut |reference, _| {
            let (other, _) = split(reference);
            if !reached.contains(other)
                && let Some(document) = catalog.get(other)
            {
                reached.insert(other.to_owned());
                next.push(document);
            }
        });
    }
    reached.remove(nsid);
    let mut others = Catalog::default();
    let found = reached.iter().filter_map(|nsid| catalog.get(nsid));
    found.for_each(|document| others.add(document.clone()));
    others
}

/// The CID and the text of a document.
fn contents(document: &Document) -> Option<(String, String)> {
    let value = json::parse(document.source.as_bytes()).ok()?;
    let Value::Object(mut members) = value else {
        return None;
    };
    // Published documents have it.
    members.remove("$type");
    let cid = cid::of_lexicon(&members).ok()?;
    Some((cid, Value::Object(members).to_string()))
}
