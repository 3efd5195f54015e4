//! The document.

use lexicon_schema::model::{Def, DefKind, Document, Method};
use lexicon_schema::{Catalog, Diagnostic, Pointer};
use serde_json::{Map, Value, json};

use crate::components::Components;
use crate::definition::definitions;
use crate::literal::members;
use crate::operation::{ERROR, error_schema, operation};
use crate::settings::Settings;

/// The OpenAPI document of the queries and procedures of a catalog, in which every reference leads to a
/// definition: see [`Catalog::prune`]. Subscriptions are left out, since OpenAPI has none.
///
/// # Errors
/// Settings that fit no method.
pub fn openapi(catalog: &Catalog, settings: &Settings) -> Result<Value, Vec<Diagnostic>> {
    let methods: Vec<_> = catalog.documents().filter_map(method).collect();
    let nsids: Vec<_> = methods
        .iter()
        .map(|(document, ..)| document.nsid.as_str())
        .collect();
    let unmatched = settings.unmatched(&nsids);
    if !unmatched.is_empty() {
        return Err(unmatched.into_iter().map(no_such_method).collect());
    }
    let mut components = Components::new(catalog, settings, "#/components/schemas/");
    let mut paths = Map::new();
    for (document, def, method) in methods {
        let nsid = document.nsid.as_str();
        if settings.has(nsid) {
            let verb = if method.procedure { "post" } else { "get" };
            let operation = operation(&mut components, document, def, method);
            paths.insert(format!("/xrpc/{nsid}"), json!({ verb: operation }));
        }
    }
    let mut schemas = definitions(components);
    schemas.insert(ERROR.to_owned(), error_schema());
    let mut written = members(json!({
        "openapi": "3.1.1",
        "info": info(settings),
        "servers": servers(settings),
        // Without any, OpenAPI has it that a request needs no credential.
        "security": settings.security,
        "paths": paths,
        "components": { "schemas": schemas },
    }));
    if !settings.security_schemes.is_empty() {
        let schemes = settings.security_schemes.clone();
        written["components"]["securitySchemes"] = schemes.into();
    }
    Ok(written.into())
}

fn method(document: &Document) -> Option<(&Document, &Def, &Method)> {
    let def = document.defs.get("main")?;
    match &def.kind {
        DefKind::Method(method) => Some((document, def, &**method)),
        _ => None,
    }
}

/// The base URLs; by default, the one from which the document was read.
fn servers(settings: &Settings) -> Vec<Value> {
    let here = [String::from("/")];
    let servers = match &settings.servers[..] {
        [] => &here,
        servers => servers,
    };
    servers.iter().map(|url| json!({ "url": url })).collect()
}

fn info(settings: &Settings) -> Map<String, Value> {
    let mut info = members(json!({ "title": "XRPC methods", "version": "0" }));
    info.extend(settings.info.clone());
    info
}

fn no_such_method((table, what): (&str, &str)) -> Diagnostic {
    let pointer = Pointer::root().join("openapi").join(table);
    let message = format!("no query or procedure fits `{what}`");
    Diagnostic::new("lexicon.toml", pointer, "no-such-method", message)
}
