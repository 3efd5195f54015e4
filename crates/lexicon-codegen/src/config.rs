//! What is generated: the table `[codegen]` of `lexicon.toml`.

use std::path::PathBuf;

use lexicon_schema::model::{DefKind, Document, Schema, Type};
use lexicon_schema::{Catalog, Diagnostic, Pointer, pattern};
use serde::Deserialize;

use crate::external::External;
use crate::rust_path::RustPath;

/// The name of the settings' file.
pub const FILE_NAME: &str = "lexicon.toml";

/// The settings of the generator that lexicons cannot express.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
#[non_exhaustive]
pub struct Config {
    /// The directory of the lexicons; by default `lexicons`. [`generate`](crate::generate) does not
    /// use it.
    pub lexicons: PathBuf,
    /// The directory of the generated code, which holds nothing else.
    /// [`generate`](crate::generate) does not use it.
    pub out: Option<PathBuf>,
    /// The cargo feature of the generated crate that the service trait needs. By default there is
    /// none: the trait is always there.
    pub feature: Option<String>,
    /// The path of the crate `lexicon-runtime`; by default `lexicon_runtime`.
    pub runtime: RustPath,
    /// The path of the crate `xrpc-server`, which the service trait needs; by default `xrpc_server`.
    pub server: RustPath,
    /// The methods that the service trait holds, as NSIDs or as `prefix.*`. By default it holds every
    /// query and procedure; an empty list leaves it out.
    pub serve: Option<Vec<Entry>>,
    /// String fields whose generated type prints nothing, as `NSID#/json/pointer`.
    pub secret: Vec<Entry>,
    /// Fields that accept null although their schema does not allow it, as `NSID#/json/pointer`.
    pub tolerate_null: Vec<Entry>,
    /// Methods whose bodies may hold JSON outside of the data model, such as fractions, where the schema
    /// describes nothing, as NSIDs or as `prefix.*`. By default there are none.
    pub any_json: Vec<Entry>,
    /// Lexicons whose types another crate has.
    pub external: Vec<External>,
    /// The name of the file in diagnostics.
    #[serde(skip, default = "default_file")]
    pub(crate) file: PathBuf,
}

/// The name of the settings' file where it is not known which one was read.
pub(crate) fn default_file() -> PathBuf {
    FILE_NAME.into()
}

impl Default for Config {
    fn default() -> Self {
        Self {
            lexicons: "lexicons".into(),
            out: None,
            feature: None,
            runtime: RustPath::of_crate("lexicon_runtime"),
            server: RustPath::of_crate("xrpc_server"),
            serve: None,
            secret: Vec::new(),
            tolerate_null: Vec::new(),
            any_json: Vec::new(),
            external: Vec::new(),
            file: default_file(),
        }
    }
}

/// One exception.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Entry {
    /// The methods or the field.
    pub what: String,
    /// The reason.
    pub reason: String,
}

impl Config {
    /// Whether the service trait holds a method.
    pub(crate) fn serves(&self, nsid: &str) -> bool {
        self.serve.as_ref().is_none_or(|serve| {
            let mut entries = serve.iter();
            entries.any(|entry| pattern::matches(&entry.what, nsid))
        })
    }

    /// Whether the bodies of a method may hold JSON outside of the data model.
    pub(crate) fn has_any_json(&self, nsid: &str) -> bool {
        let mut entries = self.any_json.iter();
        entries.any(|entry| pattern::matches(&entry.what, nsid))
    }

    /// Whether a field is a secret.
    pub(crate) fn is_secret(&self, nsid: &str, field: &Pointer) -> bool {
        self.secret.iter().any(|entry| entry.is(nsid, field))
    }

    /// Whether a field accepts null although its schema does not allow it.
    pub(crate) fn tolerates_null(&self, nsid: &str, field: &Pointer) -> bool {
        self.tolerate_null.iter().any(|entry| entry.is(nsid, field))
    }

    /// The module of the generated code that has a document, if that is another crate's.
    pub(crate) fn external_path(&self, nsid: &str) -> Option<&RustPath> {
        let mut externals = self.external.iter();
        let external = externals.find(|external| external.covers(nsid))?;
        Some(&external.path)
    }

    /// Reports entries that fit nothing, so that the file cannot go stale.
    pub(crate) fn check(&self, catalog: &Catalog) -> Vec<Diagnostic> {
        let mut faults = Faults {
            config: self,
            found: Vec::new(),
        };
        let serve = self.serve.as_deref().unwrap_or_default();
        for (name, entries) in [("serve", serve), ("any-json", &self.any_json)] {
            faults.entries(name, entries, "no-such-method", |what| {
                let mut documents = catalog.documents();
                let fits = |document: &Document| {
                    is_method(document) && pattern::matches(what, document.nsid.as_str())
                };
                (!documents.any(fits))
                    .then(|| format!("no query, procedure or subscription fits `{what}`"))
            });
        }
        faults.entries("secret", &self.secret, "no-such-field", |what| {
            let field = field(catalog, what);
            let is_string = field.is_some_and(|schema| matches!(schema.kind, Type::String(_)));
            (!is_string).then(|| format!("`{what}` is not a string field"))
        });
        faults.entries(
            "tolerate-null",
            &self.tolerate_null,
            "no-such-field",
            |what| {
                field(catalog, what)
                    .is_none()
                    .then(|| format!("`{what}` is not a field"))
            },
        );
        for (index, external) in self.external.iter().enumerate() {
            let mut documents = catalog.documents();
            if !documents.any(|document| external.covers(document.nsid.as_str())) {
                let message = format!("no lexicon is below `{}`", external.prefix);
                faults.add(("external", index), "no-such-document", message);
            }
        }
        if self.feature.as_deref() == Some("") {
            let message = "`feature` is empty: leave it out if the service trait needs none";
            faults.found.push(Diagnostic::new(
                &self.file,
                Pointer::root().join("codegen").join("feature"),
                "no-such-feature",
                message,
            ));
        }
        faults.found
    }
}

/// What is wrong with a configuration.
struct Faults<'c> {
    config: &'c Config,
    found: Vec<Diagnostic>,
}

impl Faults<'_> {
    /// Reports the entries of a list that lack a reason, or fit nothing.
    fn entries(
        &mut self,
        list: &'static str,
        entries: &[Entry],
        rule: &'static str,
        fault: impl Fn(&str) -> Option<String>,
    ) {
        for (index, Entry { what, reason }) in entries.iter().enumerate() {
            if reason.trim().is_empty() {
                self.add(
                    (list, index),
                    "no-reason",
                    format!("`{what}` needs a reason"),
                );
            }
            if let Some(message) = fault(what) {
                self.add((list, index), rule, message);
            }
        }
    }

    fn add(&mut self, (list, index): (&str, usize), rule: &'static str, message: String) {
        let pointer = Pointer::root().join("codegen").join(list).join(index);
        let diagnostic = Diagnostic::new(&self.config.file, pointer, rule, message);
        self.found.push(diagnostic);
    }
}

impl Entry {
    fn is(&self, nsid: &str, field: &Pointer) -> bool {
        self.what.split_once('#') == Some((nsid, field.as_str()))
    }
}

/// Whether a document is that of a query, a procedure or a subscription.
fn is_method(document: &Document) -> bool {
    let main = document.defs.get("main").map(|def| &def.kind);
    matches!(main, Some(DefKind::Method(_) | DefKind::Subscription(_)))
}

/// The schema at a place of a document.
fn field<'c>(catalog: &'c Catalog, what: &str) -> Option<&'c Schema> {
    let (nsid, pointer) = what.split_once('#')?;
    let mut found = None;
    for def in catalog.get(nsid)?.defs.values() {
        def.each_schema(&mut |schema| {
            if schema.pointer.as_str() == pointer {
                found = Some(schema);
            }
        });
    }
    found
}
