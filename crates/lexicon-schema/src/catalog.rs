//! The catalog: documents by NSID, with references resolved.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::diagnostic::{Diagnostic, Pointer};
use crate::model::{Def, DefKind, Document, Object, Schema, Type};
use crate::parse;

/// Documents by NSID.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    documents: BTreeMap<String, Document>,
}

/// The result of reading: the valid documents, and what is wrong with the others.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Loaded {
    /// The documents that could be read.
    pub catalog: Catalog,
    /// What is wrong with the others.
    pub diagnostics: Vec<Diagnostic>,
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
    /// Reads every `.json` file below a directory. An invalid file does not stop the others.
    ///
    /// # Errors
    /// A directory or file that cannot be read at all.
    pub fn load(dir: &Path) -> io::Result<Loaded> {
        Self::load_as(dir, Path::new(""))
    }

    /// The same, with `shown` before the names of the files in diagnostics.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn load_as(dir: &Path, shown: &Path) -> io::Result<Loaded> {
        let mut loaded = Loaded::default();
        for path in json_files(dir)? {
            let shown = shown.join(path.strip_prefix(dir).unwrap_or(&path));
            let bytes = fs::read(&path)?;
            match String::from_utf8(bytes) {
                Ok(source) => loaded.add(&shown, &source),
                Err(_) => loaded.diagnostics.push(Diagnostic::new(
                    shown,
                    Pointer::root(),
                    "json",
                    "expected UTF-8",
                )),
            }
        }
        Ok(loaded)
    }

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
        let (nsid, name) = match reference.split_once('#') {
            Some((nsid, name)) => (nsid, name),
            None => (reference, "main"),
        };
        let document = match nsid {
            "" if reference.is_empty() => return None,
            "" => document,
            nsid => self.get(nsid)?,
        };
        let (name, def) = document.defs.get_key_value(name)?;
        Some(DefRef {
            document,
            name,
            def,
        })
    }

    /// Removes every document with a reference that leads nowhere, then those that refer to these, until
    /// every reference in the catalog leads somewhere. Returns the reasons.
    pub fn prune(&mut self) -> Vec<Diagnostic> {
        let mut found: Vec<Diagnostic> = Vec::new();
        let mut refused: BTreeMap<String, Diagnostic> = BTreeMap::new();
        loop {
            let faults = self.reference_faults();
            if faults.is_empty() {
                return found;
            }
            let mut now = BTreeMap::new();
            for (document, reference, mut diagnostic) in faults {
                let target = reference.split('#').next().unwrap_or_default();
                if let Some(reason) = refused.get(target) {
                    diagnostic.message =
                        format!("`{reference}` is in an invalid document: {reason}");
                }
                now.entry(document).or_insert_with(|| diagnostic.clone());
                found.push(diagnostic);
            }
            self.documents.retain(|nsid, _| !now.contains_key(nsid));
            refused.extend(now);
        }
    }

    /// Keeps only some documents.
    pub fn retain(&mut self, mut keep: impl FnMut(&Document) -> bool) {
        self.documents.retain(|_, document| keep(document));
    }

    /// Adds the documents of another catalog that this one has not.
    pub fn extend(&mut self, other: Self) {
        for (nsid, document) in other.documents {
            self.documents.entry(nsid).or_insert(document);
        }
    }

    /// Reports every reference that leads nowhere, or to something that is no type of data.
    pub fn check_references(&self) -> Vec<Diagnostic> {
        let faults = self.reference_faults().into_iter();
        faults.map(|(_, _, diagnostic)| diagnostic).collect()
    }

    /// The same, with the NSID of the document and the reference.
    fn reference_faults(&self) -> Vec<(String, String, Diagnostic)> {
        let mut found = Vec::new();
        for document in self.documents() {
            let mut check = |reference: &str, at: Pointer| {
                if let Some((rule, message)) = self.reference_fault(document, reference) {
                    let diagnostic = Diagnostic::new(&document.file, at, rule, message);
                    found.push((document.nsid.to_string(), reference.to_owned(), diagnostic));
                }
            };
            for def in document.defs.values() {
                def.each_schema(&mut |schema| match &schema.kind {
                    Type::Ref(reference) => check(reference, schema.pointer.join("ref")),
                    Type::Union { refs, .. } => {
                        let at = schema.pointer.join("refs");
                        for (index, reference) in refs.iter().enumerate() {
                            check(reference, at.join(index));
                        }
                    }
                    _ => {}
                });
            }
        }
        found
    }

    /// The rule that a reference violates, and the message.
    fn reference_fault(
        &self,
        document: &Document,
        reference: &str,
    ) -> Option<(&'static str, String)> {
        match self.resolve(document, reference) {
            None => Some(("unresolved-ref", format!("`{reference}` is not defined"))),
            Some(target) if !target.is_data() => {
                Some(("ref-target", format!("`{reference}` is not a type of data")))
            }
            Some(_) => None,
        }
    }
}

impl Loaded {
    /// Adds what was read from another directory. A document that is here already is reported.
    pub fn extend(&mut self, other: Self) {
        self.diagnostics.extend(other.diagnostics);
        for document in other.catalog.documents.into_values() {
            self.add_document(document);
        }
    }

    /// Adds a document that was read from `file`.
    pub fn add(&mut self, file: &Path, source: &str) {
        match parse::document(file, source) {
            Err(diagnostics) => self.diagnostics.extend(diagnostics),
            Ok(document) => self.add_document(document),
        }
    }

    fn add_document(&mut self, document: Document) {
        let nsid = document.nsid.to_string();
        if let Some(first) = self.catalog.documents.get(&nsid) {
            // The same file, read by way of two directories.
            if first.file == document.file {
                return;
            }
            let message = format!("{nsid} is already defined by {}", first.file.display());
            let at = Pointer::root().join("id");
            let diagnostic = Diagnostic::new(document.file, at, "duplicate-document", message);
            self.diagnostics.push(diagnostic);
        } else {
            self.catalog.documents.insert(nsid, document);
        }
    }
}

impl Def {
    /// Calls `visit` for every type of data below this definition, outer ones first.
    pub fn each_schema<'d>(&'d self, visit: &mut dyn FnMut(&'d Schema)) {
        let bodies = |bodies: [&'d Option<crate::model::Body>; 2]| {
            bodies
                .into_iter()
                .flatten()
                .filter_map(|b| b.schema.as_ref())
        };
        match &self.kind {
            DefKind::Record(record) => record.object.each_schema(visit),
            DefKind::Method(method) => {
                if let Some(params) = &method.params {
                    params.each_schema(visit);
                }
                bodies([&method.input, &method.output]).for_each(|s| s.each_schema(visit));
            }
            DefKind::Subscription(subscription) => {
                if let Some(params) = &subscription.params {
                    params.each_schema(visit);
                }
                subscription
                    .message
                    .iter()
                    .for_each(|s| s.each_schema(visit));
            }
            DefKind::Type(schema) => schema.each_schema(visit),
            DefKind::PermissionSet(_) | DefKind::Token => {}
        }
    }
}

impl Schema {
    /// Calls `visit` for this type and every one below it.
    pub fn each_schema<'s>(&'s self, visit: &mut dyn FnMut(&'s Schema)) {
        visit(self);
        match &self.kind {
            Type::Array { items, .. } => items.each_schema(visit),
            Type::Object(object) => object.each_schema(visit),
            _ => {}
        }
    }
}

impl Object {
    fn each_schema<'s>(&'s self, visit: &mut dyn FnMut(&'s Schema)) {
        for property in &self.properties {
            property.schema.each_schema(visit);
        }
    }
}

/// The `.json` files below a directory, sorted, links not followed.
fn json_files(dir: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut pending = vec![dir.to_owned()];
    while let Some(dir) = pending.pop() {
        for entry in fs::read_dir(dir)? {
            let entry = entry?;
            let path = entry.path();
            if entry.file_type()?.is_dir() {
                pending.push(path);
            } else if path
                .extension()
                .is_some_and(|extension| extension == "json")
            {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}
