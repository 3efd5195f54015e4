//! Definitions as a JSON Schema of their own.

use lexicon_schema::{Catalog, DefRef};
use serde_json::{Map, Value, json};

use crate::components::Components;
use crate::definition::definitions;
use crate::settings::Settings;

/// A JSON Schema (draft 2020-12) with the definition `root`, and everything that it refers to, in `$defs`.
/// Without a root: every type of data of the catalog, in which every reference leads to a definition.
pub fn json_schema(catalog: &Catalog, root: Option<DefRef<'_>>) -> Value {
    let settings = Settings::default();
    let mut components = Components::new(catalog, &settings, "#/$defs/");
    let mut written = Map::new();
    let dialect = "https://json-schema.org/draft/2020-12/schema";
    written.insert("$schema".to_owned(), dialect.into());
    match root {
        Some(root) => {
            let found = catalog.resolve(root.document, &root.type_name());
            let reference = found.map(|target| components.refer(target));
            written.insert("$ref".to_owned(), json!(reference));
        }
        None => {
            for document in catalog.documents() {
                for name in document.defs.keys() {
                    let target = catalog.resolve(document, &format!("#{name}"));
                    if let Some(target) = target.filter(DefRef::is_data) {
                        components.refer(target);
                    }
                }
            }
        }
    }
    written.insert("$defs".to_owned(), definitions(components).into());
    written.into()
}
