//! What the site gives to programs.

use bytes::Bytes;
use http::{Request, StatusCode};
use lexicon_openapi::openapi;
use serde_json::{Value, json};

use crate::answer::{Answer, answer, error, hash, json_answer, open, tagged};
use crate::fields::Fields;
use crate::library::{Entry, Library, value};
use crate::links::Links;
use crate::plain;
use crate::settings::Settings;
use lexicon_schema::Document;

/// The document as it was read. Its tag is its CID.
pub(crate) fn json(request: &Request<Bytes>, document: &Document, entry: &Entry) -> Answer {
    let tag = match entry.cid() {
        Some(cid) => cid.to_owned(),
        None => hash(document.source.as_bytes()),
    };
    let body = Bytes::copy_from_slice(document.source.as_bytes());
    tagged(
        request,
        &tag,
        open(answer(StatusCode::OK, "application/json", body)),
    )
}

/// A text of which the tag is computed.
fn text(request: &Request<Bytes>, content_type: &'static str, text: String) -> Answer {
    let tag = hash(text.as_bytes());
    tagged(
        request,
        &tag,
        open(answer(StatusCode::OK, content_type, text)),
    )
}

pub(crate) fn document_text(
    request: &Request<Bytes>,
    library: &Library,
    links: &Links,
    document: &Document,
) -> Answer {
    let written = plain::document(library, links, document);
    text(request, "text/plain; charset=utf-8", written)
}

pub(crate) fn llms_text(
    request: &Request<Bytes>,
    library: &Library,
    links: &Links,
    title: &str,
) -> Answer {
    let written = plain::list(library, links, title);
    text(request, "text/plain; charset=utf-8", written)
}

/// The methods as OpenAPI. Those of documents with references that lead nowhere are left out.
pub(crate) fn openapi_text(library: &Library, settings: &Settings) -> String {
    let mut catalog = library.catalog.clone();
    catalog.prune();
    let document = openapi(&catalog, &settings.openapi);
    // Settings that fit no method here: the others count.
    let document = document.or_else(|_| {
        let mut settings = settings.openapi.clone();
        settings.methods = None;
        settings.links.clear();
        openapi(&catalog, &settings)
    });
    document.unwrap_or(Value::Null).to_string()
}

pub(crate) fn openapi_answer(request: &Request<Bytes>, written: &str) -> Answer {
    text(request, "application/json", written.to_owned())
}

/// The method `com.atproto.lexicon.resolveLexicon`.
pub(crate) fn resolve_lexicon(
    request: &Request<Bytes>,
    library: &Library,
    settings: &Settings,
) -> Answer {
    let fields = Fields::parse(request.uri().query().unwrap_or_default().as_bytes());
    let Some(nsid) = fields.get("nsid") else {
        let message = "params/nsid: required, but missing";
        return error(StatusCode::BAD_REQUEST, "InvalidRequest", message);
    };
    if lexicon_runtime::Nsid::parse(nsid).is_err() {
        let message = "params/nsid: expected an NSID";
        return error(StatusCode::BAD_REQUEST, "InvalidRequest", message);
    }
    let found = library.get(nsid);
    let found = found.and_then(|(document, entry)| Some((value(document)?, entry.cid()?)));
    let Some((mut schema, cid)) = found else {
        let message = format!("this site has no lexicon {nsid}");
        return error(StatusCode::BAD_REQUEST, "LexiconNotFound", &message);
    };
    schema.insert("$type".to_owned(), "com.atproto.lexicon.schema".into());
    let body = json!({ "uri": settings.at_uri(nsid), "cid": cid, "schema": schema });
    tagged(request, cid, json_answer(StatusCode::OK, &body))
}
