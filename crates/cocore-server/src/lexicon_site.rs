//! The site of the lexicons that this server serves.

use std::path::Path;
use std::sync::Arc;

use lexicon_schema::Loaded;
use lexicon_schema::history::History;
use lexicon_site::{ResolveLexicon, Settings, Site};
use serde::Deserialize;

use crate::failure::Failure;
use crate::service_identity::ServiceIdentity;

/// The path below which the pages are.
pub const ROOT: &str = "/lexicons";

/// The settings of the site and of the OpenAPI document, which the committed documents are written with too.
const LEXICON_TOML: &str = include_str!("../../../lexicon.toml");
/// The versions of the lexicons.
const HISTORY: &str = include_str!("../../../lexicons/history.toml");

/// The tables of `lexicon.toml` that are about pages.
#[derive(Deserialize)]
struct Tables {
    #[serde(default)]
    site: Settings,
    #[serde(default)]
    openapi: lexicon_openapi::Settings,
    codegen: Codegen,
}

/// What OpenAPI has to know of the settings of the generated code.
#[derive(Deserialize)]
struct Codegen {
    #[serde(default, rename = "tolerate-null")]
    tolerate_null: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    what: String,
}

/// Builds the site of this server's lexicons. `resolver` finds lexicons of others for checks, if the operator allows it.
///
/// # Errors
/// The files that the program was compiled with are not what this version reads: a test would fail.
pub fn lexicon_site(
    identity: Option<&ServiceIdentity>,
    resolver: Option<Arc<dyn ResolveLexicon>>,
) -> Result<Site, Failure> {
    let mut loaded = Loaded::default();
    for lexicon in cocore_lexicon::LEXICONS {
        loaded.add(Path::new(&file_name(lexicon.nsid)), lexicon.json);
    }
    let Tables {
        site: mut settings,
        mut openapi,
        codegen,
    } = toml::from_str(LEXICON_TOML).map_err(Failure::new)?;
    let nullable = codegen.tolerate_null.into_iter();
    openapi.nullable.extend(nullable.map(|entry| entry.what));
    settings.root = ROOT.to_owned();
    settings.serves_methods = true;
    settings.sign_in = Some("/".to_owned());
    settings.home = Some(("Console".to_owned(), "/".to_owned()));
    settings.openapi = openapi;
    settings.resolver = resolver;
    settings.history = toml::from_str::<History>(HISTORY).map_err(Failure::new)?;
    if let Some(identity) = identity {
        settings.did.clone_from(&identity.did);
    }
    Ok(Site::new(loaded, settings))
}

/// The file of a document in this project: `dev/cocore/account/defs.json`.
fn file_name(nsid: &str) -> String {
    format!("{}.json", nsid.replace('.', "/"))
}
