//! A set of documents, and what a reference in one of them means.

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

/// What was read: the good documents, and what is wrong with the others.
#[derive(Debug, Default)]
pub struct Loaded {
    /// The documents that could be read.
    pub catalog: Catalog,
    /// Why the others could not.
    pub diagnostics: Vec<Diagnostic>,
}

/// The definition that a reference leads to.
#[derive(Clone, Copy, Debug)]
pub struct DefRef<'c> {
    /// The document it is in.
    pub document: &'c Document,
    /// Its name there.
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
}

impl Catalog {
    /// Reads every `.json` file below a directory. A bad file stops no other.
    ///
    /// # Errors
    /// A directory or file that cannot be read at all.
    pub fn load(dir: &Path) -> io::Result<Loaded> {
        let mut loaded = Loaded::default();
        for path in json_files(dir)? {
            let shown = path.strip_prefix(dir).unwrap_or(&path).to_owned();
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

    /// Every reference that leads nowhere, or to something that is no data.
    pub fn check_references(&self) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        for document in self.documents() {
            for def in document.defs.values() {
                def.each_schema(&mut |schema| self.check_schema(document, schema, &mut found));
            }
        }
        found
    }

    fn check_schema(&self, document: &Document, schema: &Schema, found: &mut Vec<Diagnostic>) {
        let mut check = |reference: &str, at: Pointer| {
            let (rule, message) = match self.resolve(document, reference).map(|r| &r.def.kind) {
                None => ("unresolved-ref", format!("`{reference}` is not defined")),
                Some(DefKind::Method(_) | DefKind::Subscription(_) | DefKind::PermissionSet(_)) => {
                    ("ref-target", format!("`{reference}` is no type of data"))
                }
                Some(_) => return,
            };
            found.push(Diagnostic::new(&document.file, at, rule, message));
        };
        match &schema.kind {
            Type::Ref(reference) => check(reference, schema.pointer.join("ref")),
            Type::Union { refs, .. } => {
                let at = schema.pointer.join("refs");
                for (index, reference) in refs.iter().enumerate() {
                    check(reference, at.join(index));
                }
            }
            _ => {}
        }
    }
}

impl Loaded {
    /// Adds a document that was read from `file`.
    pub fn add(&mut self, file: &Path, source: &str) {
        match parse::document(file, source) {
            Err(diagnostics) => self.diagnostics.extend(diagnostics),
            Ok(document) => {
                let nsid = document.nsid.to_string();
                if let Some(first) = self.catalog.documents.get(&nsid) {
                    let message = format!("{nsid} is already defined by {}", first.file.display());
                    let at = Pointer::root().join("id");
                    let diagnostic = Diagnostic::new(file, at, "duplicate-document", message);
                    self.diagnostics.push(diagnostic);
                } else {
                    self.catalog.documents.insert(nsid, document);
                }
            }
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
