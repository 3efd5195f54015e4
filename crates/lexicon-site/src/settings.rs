//! What lexicons do not say of the place where they are shown.

use std::collections::BTreeMap;
use std::sync::Arc;

use lexicon_schema::history::History;
use lexicon_schema::pattern;
use serde::Deserialize;

use crate::external::ResolveLexicon;

/// The name of the crate with generated types in examples, where nothing else is known.
pub(crate) const DEFAULT_RUST_CRATE: &str = "lexicons";

/// What lexicons do not say of the place where they are shown. The fields that are not skipped are the table
/// `[site]` of `lexicon.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
#[non_exhaustive]
pub struct Settings {
    /// The path below which the pages are: `/`, or `/lexicons`.
    #[serde(skip)]
    pub root: String,
    /// The name of the site, which is in the title of each page. By default `Lexicons`.
    pub title: String,
    /// The DID of the account that publishes the lexicons for which `authorities` names none. By default
    /// `did:web:localhost`.
    pub did: String,
    /// The DIDs of the accounts that publish lexicons, by their NSIDs: `com.example.*`, or one NSID. The longest
    /// one that fits counts.
    pub authorities: BTreeMap<String, String>,
    /// The name of the crate with the generated types, for examples in Rust. By default `lexicons`.
    pub rust_crate: String,
    /// Whether the methods are served at the site's own origin, below `/xrpc`.
    #[serde(skip)]
    pub serves_methods: bool,
    /// Where people sign in, if methods of the site's own origin accept the session of a browser: a path.
    #[serde(skip)]
    pub sign_in: Option<String>,
    /// A link to where the site belongs: its text and its URL.
    #[serde(skip)]
    pub home: Option<(String, String)>,
    /// The earlier versions of the documents.
    #[serde(skip)]
    pub history: History,
    /// Finds lexicons that the site does not have, for checks with the option `resolveExternal`. Such a check waits,
    /// so that the server answers on a thread that may. Without one, the option is off.
    #[serde(skip)]
    pub resolver: Option<Arc<dyn ResolveLexicon>>,
    /// The settings of the OpenAPI document.
    #[serde(skip)]
    pub openapi: lexicon_openapi::Settings,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            root: "/".to_owned(),
            title: "Lexicons".to_owned(),
            did: "did:web:localhost".to_owned(),
            authorities: BTreeMap::new(),
            rust_crate: DEFAULT_RUST_CRATE.to_owned(),
            serves_methods: false,
            sign_in: None,
            home: None,
            history: History::default(),
            resolver: None,
            openapi: lexicon_openapi::Settings::default(),
        }
    }
}

impl Settings {
    /// The DID of the account that publishes a lexicon, if it is configured.
    pub(crate) fn authority(&self, nsid: &str) -> Option<&str> {
        let fits = self.authorities.iter();
        let fits = fits.filter(|(what, _)| pattern::matches(what, nsid));
        let longest = fits.max_by_key(|(what, _)| what.len());
        longest.map(|(_, did)| &did[..])
    }

    /// The URI of the record under which a lexicon is published.
    pub(crate) fn at_uri(&self, nsid: &str) -> String {
        let did = self.authority(nsid).unwrap_or(&self.did);
        format!("at://{did}/com.atproto.lexicon.schema/{nsid}")
    }
}
