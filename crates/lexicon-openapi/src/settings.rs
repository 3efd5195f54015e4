use std::collections::BTreeMap;
use std::path::PathBuf;

use lexicon_schema::pattern;
use serde::Deserialize;
use serde_json::{Map, Value};

/// What lexicons do not say of a service: the table `[openapi]` of `lexicon.toml`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
#[non_exhaustive]
pub struct Settings {
    /// The file that the document is written to. [`openapi`](crate::openapi) does not use it.
    pub out: Option<PathBuf>,
    /// The methods, as NSIDs or as `prefix.*`. By default, every query and procedure.
    pub methods: Option<Vec<String>>,
    /// The Info Object, as OpenAPI has it. `title` and `version` have defaults.
    pub info: Map<String, Value>,
    /// The base URLs, such as `https://example.com`: `/xrpc/` follows.
    pub servers: Vec<String>,
    /// The Security Scheme Objects by name, as OpenAPI has them.
    pub security_schemes: Map<String, Value>,
    /// The Security Requirement Objects of every method: one of them is enough.
    pub security: Vec<Map<String, Value>>,
    /// The statuses of errors that a method declares, by name. Without one, it is 400.
    pub error_status: BTreeMap<String, u16>,
    /// The Link Objects of the successful response of a method, by its NSID and their name: what can be
    /// called with a value of it.
    pub links: BTreeMap<String, Map<String, Value>>,
    /// Properties that may be null although their schema does not allow it, as `NSID#/json/pointer`.
    pub nullable: Vec<String>,
}

impl Settings {
    /// Whether the document has a method.
    pub(crate) fn has(&self, nsid: &str) -> bool {
        let methods = self.methods.as_ref();
        methods.is_none_or(|methods| methods.iter().any(|what| pattern::matches(what, nsid)))
    }

    /// The status of a declared error.
    pub(crate) fn status(&self, error: &str) -> u16 {
        self.error_status.get(error).copied().unwrap_or(400)
    }

    /// Returns the settings that no method of these NSIDs fits, each with its table.
    pub(crate) fn unmatched<'s>(&'s self, nsids: &[&str]) -> Vec<(&'static str, &'s str)> {
        let methods = self.methods.iter().flatten().map(|what| ("methods", what));
        let links = self.links.keys().map(|nsid| ("links", nsid));
        let fits = |what: &str| nsids.iter().any(|nsid| pattern::matches(what, nsid));
        let unmatched = methods.chain(links).filter(|(_, what)| !fits(what));
        unmatched.map(|(table, what)| (table, &what[..])).collect()
    }
}
