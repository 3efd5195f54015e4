//! A method as an Operation Object.
//! Source: <https://atproto.com/specs/xrpc>, "Lexicon HTTP Endpoints", and OpenAPI 3.1.1, section 4.8.10.

use std::collections::BTreeMap;

use lexicon_schema::model::{Body, Def, Document, ErrorDef, Method, Object};
use serde_json::{Map, Value, json};

use crate::components::Components;
use crate::literal::{describe, members};
use crate::schema::{object, schema};

/// The name of the schema of errors. No NSID is like it.
pub(crate) const ERROR: &str = "XrpcError";

/// The operation of a method.
pub(crate) fn operation<'c>(
    components: &mut Components<'c>,
    document: &'c Document,
    def: &'c Def,
    method: &'c Method,
) -> Map<String, Value> {
    let nsid = document.nsid.as_str();
    let group = nsid.rsplit_once('.').map_or(nsid, |(group, _)| group);
    let mut operation = members(json!({ "operationId": nsid, "tags": [group] }));
    let summary = nsid.rsplit('.').next().unwrap_or(nsid);
    operation.insert("summary".to_owned(), summary.into());
    describe(&mut operation, def.description.as_deref());
    if let Some(params) = &method.params {
        let parameters = parameters(components, document, params);
        operation.insert("parameters".to_owned(), parameters.into());
    }
    if let Some(input) = &method.input {
        let mut body = content(components, document, input);
        body.insert("required".to_owned(), true.into());
        operation.insert("requestBody".to_owned(), body.into());
    }
    let responses = responses(components, document, method);
    operation.insert("responses".to_owned(), responses.into());
    operation
}

/// Arrays are parameters that are given several times, which is the default of OpenAPI.
fn parameters<'c>(
    components: &mut Components<'c>,
    document: &'c Document,
    params: &'c Object,
) -> Vec<Value> {
    let written = object(components, document, params);
    let properties = params.properties.iter().map(|property| {
        let mut schema = members(written["properties"][&property.name].clone());
        let mut parameter = members(json!({ "name": property.name, "in": "query" }));
        if property.required {
            parameter.insert("required".to_owned(), true.into());
        }
        let annotations = ["description", "deprecated"];
        parameter.extend(
            annotations
                .into_iter()
                .filter_map(|key| schema.remove_entry(key)),
        );
        parameter.insert("schema".to_owned(), schema.into());
        Value::from(parameter)
    });
    properties.collect()
}

fn content<'c>(
    components: &mut Components<'c>,
    document: &'c Document,
    body: &'c Body,
) -> Map<String, Value> {
    let mut media_type = Map::new();
    if let Some(written) = body.schema.as_ref() {
        let written = schema(components, document, written);
        media_type.insert("schema".to_owned(), written.into());
    }
    let mut content = Map::new();
    content.insert(body.encoding.clone(), media_type.into());
    let mut written = members(json!({ "content": content }));
    describe(&mut written, body.description.as_deref());
    written.remove("deprecated");
    written
}

fn responses<'c>(
    components: &mut Components<'c>,
    document: &'c Document,
    method: &'c Method,
) -> Map<String, Value> {
    let mut success = match &method.output {
        Some(output) => content(components, document, output),
        None => Map::new(),
    };
    success
        .entry("description")
        .or_insert_with(|| "Success.".into());
    if let Some(links) = components.settings.links.get(document.nsid.as_str()) {
        success.insert("links".to_owned(), links.clone().into());
    }
    let mut responses = Map::new();
    responses.insert("200".to_owned(), success.into());
    let mut by_status: BTreeMap<u16, Vec<&ErrorDef>> = BTreeMap::new();
    // Every method can reject its input.
    by_status.insert(400, Vec::new());
    for error in &method.errors {
        let status = components.settings.status(&error.name);
        by_status.entry(status).or_default().push(error);
    }
    for (status, errors) in by_status {
        responses.insert(status.to_string(), error_response(status, &errors));
    }
    responses.insert("default".to_owned(), error_content("Any other error."));
    responses
}

/// The error of every method that can reject its input.
const INVALID: (&str, &str) = (
    "InvalidRequest",
    "The parameters or the body are not what the schema asks for.",
);

/// The response of some declared errors: their names are examples, since a newer server may have others.
fn error_response(status: u16, declared: &[&ErrorDef]) -> Value {
    let mut errors: Vec<_> = declared
        .iter()
        .map(|error| (&error.name[..], error.description.as_deref()))
        .collect();
    let (invalid, description) = INVALID;
    if status == 400 && !errors.iter().any(|(name, _)| *name == invalid) {
        errors.push((invalid, Some(description)));
    }
    let lines = errors.iter().map(|(name, description)| match description {
        Some(description) => format!("`{name}`: {description}"),
        None => format!("`{name}`"),
    });
    let mut response = error_content(&lines.collect::<Vec<_>>().join("\n\n"));
    for (name, _) in errors {
        let example = json!({ "value": { "error": name } });
        response["content"]["application/json"]["examples"][name] = example;
    }
    response
}

fn error_content(description: &str) -> Value {
    let reference = format!("#/components/schemas/{ERROR}");
    json!({
        "description": description,
        "content": { "application/json": { "schema": { "$ref": reference } } },
    })
}

/// The body of every error.
pub(crate) fn error_schema() -> Value {
    json!({
        "type": "object",
        "description": "An error.",
        "properties": {
            "error": { "type": "string", "description": "The name, for programs." },
            "message": { "type": "string", "description": "What is wrong, for people." },
        },
        "required": ["error"],
    })
}
