//! What is generated: the table `[codegen]` of `lexicon.toml`.

pub(crate) mod faults;

use std::collections::BTreeSet;
use std::path::PathBuf;

use lexicon_schema::{Pointer, pattern};
use serde::Deserialize;

use crate::external::External;
use crate::rename::Rename;
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
    /// Names that the generated code has in place of those that follow from the lexicons.
    pub rename: Vec<Rename>,
    /// The NSIDs of documents that references may lead to, and from which no code is generated. The types of
    /// such a document are in another crate, which [`external`](Self::external) names.
    #[serde(skip)]
    pub referenced: BTreeSet<String>,
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
            rename: Vec::new(),
            referenced: BTreeSet::new(),
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

    /// Whether code is generated from a document.
    pub(crate) fn generates(&self, nsid: &str) -> bool {
        !self.referenced.contains(nsid) && self.external_path(nsid).is_none()
    }

    /// The name that a setting gives to what stands at a place: to the field, or to anything else, all of which begins
    /// with a capital.
    pub(crate) fn renamed(&self, nsid: &str, at: &Pointer, is_field: bool) -> Option<String> {
        let mut renames = self.rename.iter();
        let rename =
            renames.find(|rename| rename.is_of(nsid, at) && rename.is_of_field() == is_field)?;
        Some(rename.name.clone())
    }

    /// The name that a setting gives to the module of the first segments of an NSID.
    pub(crate) fn renamed_module(&self, prefix: &str) -> Option<String> {
        let rename = self.rename.iter().find(|rename| rename.what == prefix)?;
        Some(rename.name.clone())
    }
}

impl Entry {
    fn is(&self, nsid: &str, field: &Pointer) -> bool {
        self.what.split_once('#') == Some((nsid, field.as_str()))
    }
}
