//! Sites of a few documents, and requests.

use std::path::Path;

use bytes::Bytes;
use http::{Method, Request, Response};
use lexicon_runtime::Nsid;
use lexicon_schema::Loaded;
use lexicon_site::{ResolveLexicon, Settings, Site};
use serde_json::{Value, json};

/// A query with parameters of several kinds, nested output and an error.
pub(crate) const SEARCH: &str = "com.example.search";
/// A procedure.
pub(crate) const PUT: &str = "com.example.note.put";
/// A record.
pub(crate) const NOTE: &str = "com.example.note.entry";
/// Definitions, without `main`.
pub(crate) const DEFS: &str = "com.example.defs";

/// Documents of every kind. The members of the first do not stand in the order of the alphabet.
pub(crate) fn documents() -> Vec<String> {
    let reference = |name: &str| json!({ "type": "ref", "ref": name });
    let view = "com.example.defs#view";
    let search = r##"{"lexicon":1,"id":"com.example.search","description":"Finds notes.","defs":{"main":{
      "type":"query","parameters":{"type":"params","required":["text"],"properties":{
        "text":{"type":"string","minLength":1,"maxLength":100,"description":"What to look for."},
        "limit":{"type":"integer","minimum":1,"maximum":100,"default":50},
        "before":{"type":"string","format":"datetime"}}},
      "output":{"encoding":"application/json","schema":{"type":"object","required":["notes"],"properties":{
        "notes":{"type":"array","maxLength":100,"items":{"type":"ref","ref":"com.example.defs#view"}},
        "more":{"type":"object","properties":{"cursor":{"type":"string"}}}}}},
      "errors":[{"name":"TooVague","description":"Too many notes match."},{"name":"Plain"}]}}}"##;
    let put = json!({ "lexicon": 1, "id": PUT, "defs": { "main": {
        "type": "procedure",
        "input": { "encoding": "application/json", "schema": {
            "type": "object", "required": ["note", "at"], "nullable": ["reply"], "properties": {
                "note": reference(NOTE),
                "at": { "type": "string", "format": "datetime" },
                "reply": { "type": "union", "refs": [view, "#local"], "closed": true },
                "image": { "type": "blob", "accept": ["image/png"], "maxSize": 1_500_000 },
            } } },
        "output": { "encoding": "*/*" },
    }, "local": { "type": "object", "properties": { "x": { "type": "unknown" } } } } });
    let entry = json!({ "lexicon": 1, "id": NOTE, "defs": { "main": {
        "type": "record", "key": "tid", "description": "A note.",
        "record": { "type": "object", "required": ["text"], "properties": {
            "text": { "type": "string", "minLength": 1, "maxLength": 100, "maxGraphemes": 10 },
            "langs": { "type": "array", "items": { "type": "string", "format": "language" } },
            "image": { "type": "blob" },
            "at": { "type": "string", "format": "datetime" },
        } } } } });
    let defs = json!({ "lexicon": 1, "id": DEFS, "defs": {
        "view": { "type": "object", "properties": {
            "note": reference(NOTE),
            "elsewhere": reference("org.elsewhere.thing"),
            "next": reference("#view"),
        } },
        "loud": { "type": "token", "description": "Loud." },
        "mood": { "type": "string", "knownValues": ["com.example.defs#loud"] },
    } });
    let stream = json!({ "lexicon": 1, "id": "com.example.subscribe", "defs": {
        "main": { "type": "subscription", "message": { "schema": {
            "type": "union", "refs": ["#event"] } } },
        "event": { "type": "object", "required": ["seq"], "properties": {
            "seq": { "type": "integer" } } },
    } });
    let permissions = json!({ "lexicon": 1, "id": "com.example.authAll", "defs": { "main": {
        "type": "permission-set", "title": "Notes", "detail": "Read and write notes.",
        "permissions": [{ "type": "permission", "resource": "repo", "collection": [NOTE] }] } } });
    let ping =
        json!({ "lexicon": 1, "id": "com.example.ping", "defs": { "main": { "type": "query" } } });
    let others = [put, entry, defs, stream, permissions, ping];
    let others = others.iter().map(ToString::to_string);
    [search.to_owned()].into_iter().chain(others).collect()
}

pub(crate) fn load(documents: &[String]) -> Loaded {
    let mut loaded = Loaded::default();
    for (at, document) in documents.iter().enumerate() {
        loaded.add(Path::new(&format!("lexicons/{at}.json")), document);
    }
    loaded
}

pub(crate) fn settings(root: &str) -> Settings {
    let mut settings = Settings::default();
    settings.root = root.to_owned();
    settings
}

/// Knows the one document that is missing, and what that refers to.
#[derive(Debug)]
pub(crate) struct Elsewhere;

impl ResolveLexicon for Elsewhere {
    fn resolve(&self, nsid: &Nsid) -> Result<String, String> {
        let (nsid, of) = match nsid.as_str() {
            "org.elsewhere.thing" => (
                nsid.as_str(),
                json!({ "type": "ref", "ref": "org.elsewhere.size#size" }),
            ),
            "org.elsewhere.size" => {
                let size = json!({ "lexicon": 1, "id": nsid.as_str(), "defs": { "size": { "type": "integer", "maximum": 7 } } });
                return Ok(size.to_string());
            }
            // Another document than was asked for.
            _ => (DEFS, json!({ "type": "unknown" })),
        };
        let main = json!({ "type": "object", "properties": { "of": of } });
        Ok(json!({ "lexicon": 1, "id": nsid, "defs": { "main": main } }).to_string())
    }
}

/// The site of the documents, below `/lexicons`.
pub(crate) fn site() -> Site {
    Site::new(load(&documents()), settings("/lexicons"))
}

pub(crate) fn site_of(documents: &[Value]) -> Site {
    let documents: Vec<_> = documents.iter().map(ToString::to_string).collect();
    Site::new(load(&documents), settings("/"))
}

pub(crate) fn get(site: &Site, path: &str) -> Response<Bytes> {
    send(site, Method::GET, path, &[], "")
}

pub(crate) fn send(
    site: &Site,
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Response<Bytes> {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let body = Bytes::copy_from_slice(body.as_bytes());
    site.answer(&request.body(body).unwrap())
}

pub(crate) fn text(answer: &Response<Bytes>) -> &str {
    std::str::from_utf8(answer.body()).unwrap()
}

pub(crate) fn value(answer: &Response<Bytes>) -> Value {
    serde_json::from_slice(answer.body()).unwrap()
}

pub(crate) fn header<'a>(answer: &'a Response<Bytes>, name: &str) -> &'a str {
    let value = answer.headers().get(name);
    value.map_or("", |value| value.to_str().unwrap())
}

/// What a page shows: its text, without tags, with single spaces.
pub(crate) fn shown(answer: &Response<Bytes>) -> String {
    let mut shown = String::new();
    for part in text(answer).split('<') {
        shown.push_str(part.split_once('>').map_or(part, |(_, text)| text));
        shown.push(' ');
    }
    let shown = shown.replace("&#60;", "<").replace("&#62;", ">");
    let shown = shown.replace("&#34;", "\"").replace("&#39;", "'");
    let shown = shown.replace("&#38;", "&");
    shown.split_whitespace().collect::<Vec<_>>().join(" ")
}
