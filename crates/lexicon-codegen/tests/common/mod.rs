//! Generates from documents that a test gives.
#![allow(dead_code, missing_docs)]

use std::path::Path;

use lexicon_codegen::{Files, Settings, generate};
use lexicon_schema::{Catalog, Loaded};
use serde_json::{Value, json};

pub(crate) fn catalog(documents: &[(&str, Value)]) -> Catalog {
    let mut loaded = Loaded::default();
    for (nsid, defs) in documents {
        let document = json!({ "lexicon": 1, "id": nsid, "defs": defs });
        loaded.add(Path::new(&format!("{nsid}.json")), &document.to_string());
    }
    assert_eq!(loaded.diagnostics, []);
    loaded.catalog
}

pub(crate) fn files(documents: &[(&str, Value)], config: &str) -> Result<Files, Vec<String>> {
    let settings = Settings::parse(Path::new("lexicon.toml"), config).unwrap();
    generate(&catalog(documents), &settings.codegen)
        .map_err(|diagnostics| diagnostics.iter().map(ToString::to_string).collect())
}

#[track_caller]
pub(crate) fn assert_has(code: &str, parts: &[&str]) {
    for part in parts {
        assert!(code.contains(part), "expected {part} in:\n{code}");
    }
}
