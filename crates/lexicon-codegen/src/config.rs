//! `codegen.toml`: the few things that the lexicons themselves cannot say, each with its reason.

mod allow;

use std::path::PathBuf;
use std::str::FromStr;

use lexicon_schema::model::{DefKind, Schema, Type};
use lexicon_schema::{Catalog, Diagnostic, Pointer};
use serde::Deserialize;

pub use allow::Allow;

/// The name of the file, beside the lexicons.
pub const FILE_NAME: &str = "codegen.toml";

/// The whole file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Config {
    /// NSIDs of the methods that the service trait holds; `prefix.*` stands for all below.
    pub serve: Vec<Entry>,
    /// String fields whose generated type prints nothing.
    pub secret: Vec<Entry>,
    /// Fields that accept null although their schema does not say so.
    pub tolerate_null: Vec<Entry>,
    /// Documents whose types another crate has: they are referred to, and not generated again.
    pub external: Vec<External>,
    /// Breaches of lints that stay.
    pub allow: Vec<Allow>,
}

/// Documents that another crate was generated from.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct External {
    /// The first segments of their NSIDs: `com.atproto`.
    pub prefix: String,
    /// Where the root of that crate's generated code is: `atproto_lexicon`, `other::lexicons`.
    pub path: String,
}

impl FromStr for External {
    type Err = &'static str;

    /// Reads `NSID-PREFIX=CRATE-PATH`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let expected = "expected NSID-PREFIX=CRATE-PATH, such as com.atproto=atproto_lexicon";
        let (prefix, path) = text.split_once('=').ok_or(expected)?;
        let external = Self {
            prefix: prefix.to_owned(),
            path: path.to_owned(),
        };
        match external.is_valid() {
            true => Ok(external),
            false => Err(expected),
        }
    }
}

impl External {
    fn is_valid(&self) -> bool {
        !self.prefix.is_empty() && syn::parse_str::<syn::Path>(&self.path).is_ok()
    }

    fn covers(&self, nsid: &str) -> bool {
        let rest = nsid.strip_prefix(&self.prefix);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    }
}

/// One exception.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// What it is about: an NSID pattern for `serve`, otherwise `NSID#/json/pointer` of a field.
    pub what: String,
    /// Why.
    pub reason: String,
}

impl Config {
    /// Reads the file's text.
    ///
    /// # Errors
    /// Text that is no TOML, or has a key that is not known; the message has the line.
    pub fn parse(text: &str) -> Result<Self, toml::de::Error> {
        toml::from_str(text)
    }

    /// Whether the service trait holds a method.
    pub fn serves(&self, nsid: &str) -> bool {
        self.serve.iter().any(|entry| matches(&entry.what, nsid))
    }

    /// Whether a field is a secret.
    pub fn is_secret(&self, nsid: &str, field: &Pointer) -> bool {
        self.secret.iter().any(|entry| entry.is(nsid, field))
    }

    /// Whether a field accepts null on the quiet.
    pub fn tolerates_null(&self, nsid: &str, field: &Pointer) -> bool {
        self.tolerate_null.iter().any(|entry| entry.is(nsid, field))
    }

    /// The root of the generated code that has a document, if that is another crate's.
    pub fn external_path(&self, nsid: &str) -> Option<syn::Path> {
        let external = self
            .external
            .iter()
            .find(|external| external.covers(nsid))?;
        syn::parse_str(&external.path).ok()
    }

    /// Entries that fit nothing, so that the file cannot go stale.
    pub(crate) fn check(&self, catalog: &Catalog) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        let mut fault = |rule, message| {
            found.push(Diagnostic::new(
                PathBuf::from(FILE_NAME),
                Pointer::root(),
                rule,
                message,
            ));
        };
        for entry in self.all().filter(|entry| entry.reason.trim().is_empty()) {
            fault("no-reason", format!("`{}` needs a reason", entry.what));
        }
        for (rule, message) in self.allow.iter().filter_map(Allow::fault) {
            fault(rule, message);
        }
        for Entry { what, .. } in &self.serve {
            let served = catalog.documents().any(|document| {
                let main = document.defs.get("main").map(|def| &def.kind);
                matches!(main, Some(DefKind::Method(_))) && matches(what, document.nsid.as_str())
            });
            if !served {
                fault(
                    "no-such-method",
                    format!("no query or procedure fits `{what}`"),
                );
            }
        }
        for external in &self.external {
            let External { prefix, path } = external;
            let covers = catalog
                .documents()
                .any(|document| external.covers(document.nsid.as_str()));
            if !external.is_valid() || !covers {
                fault(
                    "no-such-document",
                    format!("no document fits `{prefix}={path}`"),
                );
            }
        }
        for Entry { what, .. } in &self.secret {
            if !field(catalog, what).is_some_and(|schema| matches!(schema.kind, Type::String(_))) {
                fault("no-such-field", format!("`{what}` is no string field"));
            }
        }
        for Entry { what, .. } in &self.tolerate_null {
            if field(catalog, what).is_none() {
                fault("no-such-field", format!("`{what}` is no field"));
            }
        }
        found
    }

    fn all(&self) -> impl Iterator<Item = &Entry> {
        let lists = [&self.serve, &self.secret, &self.tolerate_null];
        lists.into_iter().flatten()
    }
}

impl Entry {
    fn is(&self, nsid: &str, field: &Pointer) -> bool {
        self.what.split_once('#') == Some((nsid, field.as_str()))
    }
}

fn matches(pattern: &str, nsid: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(prefix) => prefix.ends_with('.') && nsid.starts_with(prefix),
        None => pattern == nsid,
    }
}

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
