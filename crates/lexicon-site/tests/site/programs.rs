//! What programs get.

use bytes::Bytes;
use http::{Method, Request};
use lexicon_schema::validate::{self, Options, Part, Verdict};
use lexicon_site::Site;
use serde_json::json;

use crate::support::{
    DEFS, NOTE, PUT, SEARCH, documents, get, header, load, send, settings, site, text, value,
};

fn resolve(site: &Site, query: &str, etag: &str) -> http::Response<Bytes> {
    let uri = format!("/xrpc/{}{query}", Site::RESOLVE_LEXICON);
    let request = Request::get(uri).header("if-none-match", etag);
    site.resolve_lexicon(&request.body(Bytes::new()).unwrap())
}

#[test]
fn json_has_the_cid_as_its_tag() {
    let site = site();
    let path = format!("/lexicons/{SEARCH}.json");
    let answer = get(&site, &path);
    assert_eq!(text(&answer), documents()[0], "byte for byte");
    assert_eq!(header(&answer, "content-type"), "application/json");
    assert_eq!(header(&answer, "access-control-allow-origin"), "*");
    let etag = header(&answer, "etag");
    assert!(
        etag.starts_with("\"bafyrei") && etag.ends_with('"'),
        "{etag}"
    );
    let weak = format!("\"other\", W/{etag}");
    for (sent, status) in [
        (etag, 304),
        (&weak[..], 304),
        ("*", 304),
        ("\"other\"", 200),
        ("", 200),
    ] {
        let again = send(&site, Method::GET, &path, &[("if-none-match", sent)], "");
        assert_eq!(again.status(), status, "{sent}");
        assert_eq!(header(&again, "etag"), etag);
        assert_eq!(again.body().is_empty(), status == 304);
        assert_eq!(header(&again, "access-control-allow-origin"), "*");
    }
    let head = send(&site, Method::HEAD, &path, &[], "");
    assert!(head.body().is_empty());
    assert_eq!(
        header(&head, "content-length"),
        documents()[0].len().to_string()
    );
    assert_eq!(get(&site, "/lexicons/com.example.none.json").status(), 404);
}

#[test]
fn methods_and_preflights() {
    let site = site();
    let validate = format!("/lexicons/{NOTE}/validate");
    for (path, allowed) in [
        ("/lexicons/", "GET, HEAD, OPTIONS"),
        ("/lexicons/llms.txt", "GET, HEAD, OPTIONS"),
        (&validate[..], "GET, HEAD, OPTIONS, POST"),
    ] {
        let answer = send(&site, Method::DELETE, path, &[], "");
        assert_eq!(
            (answer.status().as_u16(), header(&answer, "allow")),
            (405, allowed)
        );
        let answer = send(&site, Method::OPTIONS, path, &[], "");
        let methods = header(&answer, "access-control-allow-methods");
        assert_eq!((answer.status().as_u16(), methods), (204, allowed));
    }
}

#[test]
fn openapi_and_texts() {
    let site = site();
    let answer = get(&site, "/lexicons/openapi.json");
    let document = value(&answer);
    assert!(document["paths"]["/xrpc/com.example.ping"]["get"].is_object());
    // It refers to a document that refers to one that there is not.
    assert!(document["paths"].get("/xrpc/com.example.search").is_none());
    assert_eq!(header(&answer, "access-control-allow-origin"), "*");
    let etag = header(&answer, "etag").to_owned();
    let again = [("if-none-match", &etag[..])];
    assert_eq!(
        send(&site, Method::GET, "/lexicons/openapi.json", &again, "").status(),
        304
    );

    let list = get(&site, "/lexicons/llms.txt");
    assert!(text(&list).starts_with("# Lexicons\n\n> "));
    let line = "\n## com.example.note\n\n- [com.example.note.entry](/lexicons/com.example.note.entry.txt) (record): A note.\n";
    assert!(text(&list).contains(line), "{}", text(&list));
    let document = get(&site, &format!("/lexicons/{SEARCH}.txt"));
    for line in [
        "# com.example.search\n\nFinds notes.\n\n## main (query)\n",
        "\n### Parameters\n\n- `text` (required): string; 1 to 100 bytes. What to look for.\n",
        "\n- `notes` (required): array of com.example.defs#view; at most 100 items\n",
        "\n- `TooVague`: Too many notes match.\n",
    ] {
        assert!(
            text(&document).contains(line),
            "{line}: {}",
            text(&document)
        );
    }
    assert_eq!(
        header(&document, "content-type"),
        "text/plain; charset=utf-8"
    );
}

#[test]
fn resolve_lexicon_answers_as_its_own_document_says() {
    let mut settings = settings("/lexicons");
    settings.did = "did:web:example.com".to_owned();
    settings
        .authorities
        .insert(DEFS.to_owned(), "did:plc:defs".to_owned());
    let site = Site::new(load(&documents()), settings);
    for (nsid, did) in [
        (SEARCH, "did:web:example.com"),
        (DEFS, "did:plc:defs"),
        (Site::RESOLVE_LEXICON, "did:web:example.com"),
    ] {
        let answer = resolve(&site, &format!("?nsid={nsid}"), "");
        let body = value(&answer);
        assert_eq!(
            body["uri"],
            format!("at://{did}/com.atproto.lexicon.schema/{nsid}")
        );
        assert_eq!(body["schema"]["id"], nsid);
        assert_eq!(body["schema"]["$type"], "com.atproto.lexicon.schema");
        assert_eq!(
            header(&answer, "etag"),
            format!("\"{}\"", body["cid"].as_str().unwrap())
        );
        let verdict = validate::part(
            site.catalog(),
            Site::RESOLVE_LEXICON,
            Part::Output,
            &body,
            &Options::default(),
        );
        assert_eq!(verdict, Verdict::Valid);
        let etag = header(&answer, "etag").to_owned();
        assert_eq!(
            resolve(&site, &format!("?nsid={nsid}"), &etag).status(),
            304
        );
    }
    for (query, error) in [
        ("", "InvalidRequest"),
        ("?nsid=%3Cscript%3E", "InvalidRequest"),
        ("?nsid=com.example.none", "LexiconNotFound"),
    ] {
        let answer = resolve(&site, query, "");
        assert_eq!(
            (answer.status().as_u16(), value(&answer)["error"].as_str()),
            (400, Some(error))
        );
    }
    let post = Request::post("/").body(Bytes::new()).unwrap();
    assert_eq!(site.resolve_lexicon(&post).status(), 405);
}

/// A site that has the documents itself shows its own.
#[test]
fn included_documents_give_way() {
    let own = json!({ "lexicon": 1, "id": "com.atproto.lexicon.schema", "defs": { "main": {
        "type": "record", "key": "nsid", "description": "Mine.", "record": { "type": "object" } } } });
    let site = Site::new(load(&[own.to_string()]), settings("/"));
    assert!(text(&get(&site, "/com.atproto.lexicon.schema")).contains("Mine."));
    assert_eq!(site.page(PUT), None);
    assert_eq!(
        site.page("com.atproto.lexicon.schema").as_deref(),
        Some("/com.atproto.lexicon.schema")
    );
}
