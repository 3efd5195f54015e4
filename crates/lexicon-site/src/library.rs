//! The documents of a site, with what is computed of each.

use std::collections::{BTreeMap, BTreeSet};

use lexicon_runtime::Value;
use lexicon_schema::model::{DefKind, Document};
use lexicon_schema::{Catalog, Diagnostic, Loaded, cid, json};

use crate::included;
use crate::permission::allowed;

/// The documents of a site.
#[derive(Debug)]
pub(crate) struct Library {
    /// The documents that could be read, those whose references lead nowhere among them.
    pub(crate) catalog: Catalog,
    entries: BTreeMap<String, Entry>,
    /// What is wrong with documents that could not be read, by NSID where it is known.
    pub(crate) refused: Vec<Refused>,
}

/// What is computed of a document.
#[derive(Debug, Default)]
pub(crate) struct Entry {
    /// The CID, or why there is none.
    pub(crate) cid: Option<Result<String, String>>,
    /// References that lead nowhere.
    pub(crate) faults: Vec<Diagnostic>,
    /// What other documents it refers to.
    pub(crate) outgoing: BTreeSet<Reference>,
    /// What definitions of other documents refer to it.
    pub(crate) incoming: BTreeSet<Reference>,
    /// Whether it is no document of the site's directory.
    pub(crate) is_included: bool,
}

/// A definition by its names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Reference {
    pub(crate) nsid: String,
    pub(crate) name: String,
    /// Whether there is such a definition.
    pub(crate) exists: bool,
}

impl Reference {
    /// The name by which documents refer to it.
    pub(crate) fn text(&self) -> String {
        match &self.name[..] {
            "main" => self.nsid.clone(),
            name => format!("{}#{name}", self.nsid),
        }
    }
}

/// A file that is no valid document.
#[derive(Debug)]
pub(crate) struct Refused {
    pub(crate) nsid: Option<String>,
    pub(crate) file: String,
    pub(crate) faults: Vec<Diagnostic>,
}

impl Library {
    pub(crate) fn new(mut loaded: Loaded) -> Self {
        let included = included::add(&mut loaded);
        let Loaded {
            catalog,
            diagnostics,
            ..
        } = loaded;
        let mut entries: BTreeMap<String, Entry> = BTreeMap::new();
        for document in catalog.documents() {
            let nsid = document.nsid.as_str();
            let outgoing = outgoing(&catalog, document);
            let from = nsid.to_owned();
            for (name, reference) in outgoing {
                if reference.exists {
                    let incoming = Reference {
                        nsid: from.clone(),
                        name,
                        exists: true,
                    };
                    let target = entries.entry(reference.nsid.clone()).or_default();
                    target.incoming.insert(incoming);
                }
                let entry = entries.entry(from.clone()).or_default();
                entry.outgoing.insert(reference);
            }
            let entry = entries.entry(from).or_default();
            entry.cid = Some(cid_of(document));
            entry.is_included = included.contains(&nsid);
        }
        let documents = catalog.documents();
        let files: BTreeMap<_, _> = documents
            .map(|document| (&document.file, document.nsid.as_str()))
            .collect();
        for fault in catalog.check_references() {
            let nsid = files.get(&fault.file);
            if let Some(entry) = nsid.and_then(|nsid| entries.get_mut(*nsid)) {
                entry.faults.push(fault);
            }
        }
        for document in catalog.documents() {
            if let Some(entry) = entries.get_mut(document.nsid.as_str()) {
                keep_own(&catalog, document, &mut entry.faults);
            }
        }
        Self {
            refused: refused(&catalog, diagnostics),
            catalog,
            entries,
        }
    }

    /// A document with what is computed of it.
    pub(crate) fn get(&self, nsid: &str) -> Option<(&Document, &Entry)> {
        Some((self.catalog.get(nsid)?, self.entries.get(nsid)?))
    }

    /// The document of an NSID that could not be read.
    pub(crate) fn refused(&self, nsid: &str) -> Option<&Refused> {
        let mut refused = self.refused.iter();
        refused.find(|refused| refused.nsid.as_deref() == Some(nsid))
    }
}

impl Entry {
    pub(crate) fn cid(&self) -> Option<&str> {
        self.cid.as_ref()?.as_deref().ok()
    }
}

/// The kind of a document: that of its definition `main`, or `definitions`.
pub(crate) fn kind(document: &Document) -> &'static str {
    match document.defs.get("main") {
        Some(def) => def_kind(&def.kind),
        None => "definitions",
    }
}

/// The kind of a definition, as the language names it.
pub(crate) fn def_kind(kind: &DefKind) -> &'static str {
    match kind {
        DefKind::Record(_) => "record",
        DefKind::Method(method) if method.procedure => "procedure",
        DefKind::Method(_) => "query",
        DefKind::Subscription(_) => "subscription",
        DefKind::PermissionSet(_) => "permission set",
        DefKind::Space(_) => "space",
        DefKind::Token => "token",
        DefKind::Type(schema) => schema.kind.name(),
    }
}

/// The documents by namespace: the NSID but for its last segment.
pub(crate) fn namespaces<'d>(
    documents: impl Iterator<Item = &'d Document>,
) -> BTreeMap<&'d str, Vec<&'d Document>> {
    let mut namespaces: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for document in documents {
        let nsid = document.nsid.as_str();
        let namespace = nsid
            .rsplit_once('.')
            .map_or(nsid, |(namespace, _)| namespace);
        namespaces.entry(namespace).or_default().push(document);
    }
    namespaces
}

/// The description of a document, or of its definition `main`.
pub(crate) fn description(document: &Document) -> Option<&str> {
    let main = document.defs.get("main");
    let of_main = main.and_then(|main| main.description.as_deref());
    document.description.as_deref().or(of_main)
}

/// The description of a document for a list; without one, what a permission set tells the people who are asked for it.
pub(crate) fn summary(document: &Document) -> Option<&str> {
    let of_set = || match &document.defs.get("main")?.kind {
        DefKind::PermissionSet(set) => set.detail.as_deref().or(set.title.as_deref()),
        _ => None,
    };
    description(document).or_else(of_set)
}

/// The document as data, as its text has it.
pub(crate) fn value(document: &Document) -> Option<serde_json::Map<String, Value>> {
    match json::parse(document.source.as_bytes()) {
        Ok(Value::Object(members)) => Some(members),
        _ => None,
    }
}

fn cid_of(document: &Document) -> Result<String, String> {
    let members = value(document).ok_or("the document is no JSON object")?;
    cid::of_lexicon(&members).map_err(|error| error.to_string())
}

/// Removes the faults of references to documents that are here and have a fault themselves: they can be followed.
fn keep_own(catalog: &Catalog, document: &Document, faults: &mut Vec<Diagnostic>) {
    let is_of_other = |fault: &Diagnostic| fault.rule == "refused-ref";
    if !faults.iter().any(is_of_other) {
        return;
    }
    let mut followed = BTreeSet::new();
    document.each_reference(&mut |text, at| {
        if catalog.resolve(document, text).is_some() {
            followed.insert(at);
        }
    });
    faults.retain(|fault| !(is_of_other(fault) && followed.contains(&fault.pointer)));
}

/// The references of a document to others, each with the name of the definition that has it.
fn outgoing(catalog: &Catalog, document: &Document) -> BTreeSet<(String, Reference)> {
    let mut found = BTreeSet::new();
    document.each_reference(&mut |text, at| {
        let (nsid, name) = text.split_once('#').unwrap_or((text, "main"));
        if nsid.is_empty() || nsid == document.nsid.as_str() {
            return;
        }
        // `/defs/NAME/...`; the names of definitions have no characters that a pointer escapes.
        let from = at.as_str().split('/').nth(2).unwrap_or("main");
        let reference = Reference {
            nsid: nsid.to_owned(),
            name: name.to_owned(),
            exists: catalog.resolve(document, text).is_some(),
        };
        found.insert((from.to_owned(), reference));
    });
    found.extend(permitted(document).map(|nsid| {
        let reference = Reference {
            nsid: nsid.to_owned(),
            name: "main".to_owned(),
            exists: catalog.resolve(document, nsid).is_some(),
        };
        ("main".to_owned(), reference)
    }));
    found
}

/// The methods and collections that a permission set names.
fn permitted(document: &Document) -> impl Iterator<Item = &str> {
    let set = match document.defs.get("main").map(|main| &main.kind) {
        Some(DefKind::PermissionSet(set)) => &set.permissions[..],
        _ => &[],
    };
    let allowed = set.iter().filter_map(allowed);
    allowed.flat_map(|allowed| allowed.nsids)
}

/// The diagnostics by file, each with the NSID of the document that was refused for them.
fn refused(catalog: &Catalog, diagnostics: Vec<Diagnostic>) -> Vec<Refused> {
    let mut files: BTreeMap<_, Vec<Diagnostic>> = BTreeMap::new();
    for diagnostic in diagnostics {
        let list = files.entry(diagnostic.file.clone()).or_default();
        list.push(diagnostic);
    }
    let nsids: BTreeMap<_, _> = catalog
        .refused()
        .map(|(nsid, reason)| (&reason.file, nsid))
        .collect();
    let refused = files.into_iter().map(|(file, faults)| Refused {
        nsid: nsids.get(&file).map(|nsid| (*nsid).to_owned()),
        file: file.display().to_string(),
        faults,
    });
    refused.collect()
}
