//! What the pages say.

use lexicon_schema::breaking::Impact;
use lexicon_schema::history::History;
use lexicon_schema::{Catalog, cid};
use lexicon_site::Site;
use serde_json::{Value, json};

use crate::html;
use crate::support::{
    DEFS, NOTE, PUT, SEARCH, documents, get, load, settings, shown, site, site_of, text,
};

#[track_caller]
fn check(page: &str, expected: &[&str]) {
    let answer = get(&site(), &format!("/lexicons/{page}"));
    html::read(text(&answer));
    let shown = shown(&answer);
    let mut rest = &shown[..];
    for part in expected {
        let at = rest.find(part);
        let at = at.unwrap_or_else(|| panic!("{page} has no {part:?} in: {rest}"));
        rest = &rest[at + part.len()..];
    }
}

#[test]
fn tables_have_constraints_in_words_and_required_members_first() {
    check(
        SEARCH,
        &[
            "com.example. search query",
            "Finds notes.",
            "GET /xrpc/com.example.search",
            "Parameters",
            "text string required 1 to 100 bytes What to look for.",
            "before string datetime optional",
            "limit integer optional 1 to 100 default 50",
            "Output application/json",
            "notes array of com.example.defs#view required at most 100 items",
            "more object optional",
            "more.cursor string optional",
            "Errors",
            "TooVague Too many notes match.",
            "Plain no description",
            "Authority Domain name example.com",
            "Refers to com.example.defs#view",
            "Referred to by none",
        ],
    );
    check(
        PUT,
        &[
            "POST /xrpc/com.example.note.put",
            "Input application/json",
            "note com.example.note.entry required",
            "at string datetime required",
            "image blob optional media type: image/png at most 1,500,000 bytes (1.5 MB)",
            "reply union of com.example.defs#view or #local optional no other types or null",
            "Output */*",
        ],
    );
    check(
        NOTE,
        &[
            "Record key tid",
            "text string required 1 to 100 bytes at most 10 graphemes",
            "langs array of string language optional",
            "Referred to by",
            "com.example.defs#view",
            "com.example.note.put",
        ],
    );
    check(
        DEFS,
        &[
            "1 reference cannot be followed",
            "/defs/view/properties/elsewhere/ref : org.elsewhere.thing is not defined",
            "Definitions loud mood view",
            "Value com.example.defs#loud",
            "string known values: com.example.defs#loud",
            "org.elsewhere.thing not on this site",
        ],
    );
    check(
        "com.example.subscribe",
        &[
            "WebSocket /xrpc/com.example.subscribe",
            "union of #event or any other type",
            "seq integer required",
        ],
    );
    check(
        "com.example.authAll",
        &[
            "permission set",
            "Title Notes",
            "Permission To create, update or delete records of these collections: com.example.note.entry",
            "Refers to com.example.note.entry",
        ],
    );
    check(
        "com.atproto.lexicon.schema",
        &["included with the site, unchanged, from"],
    );
}

/// What has no words here is shown as it is written.
#[test]
fn permissions_are_shown_in_words_or_as_json() {
    let permission = |members: Value| {
        let mut permission = json!({ "type": "permission" });
        let members = members.as_object().unwrap().clone();
        permission.as_object_mut().unwrap().extend(members);
        let document = json!({ "lexicon": 1, "id": "com.example.authOne", "defs": { "main": {
            "type": "permission-set", "title": "One", "detail": "One.", "permissions": [permission] } } });
        let page = get(&site_of(&[document]), "/com.example.authOne");
        let shown = shown(&page);
        let (_, rest) = shown.split_once("Permission ").unwrap();
        rest.split_once(" Authority").unwrap().0.to_owned()
    };
    let calls = ["com.example.find", "com.example.put"];
    let rpc = |name: &str, value: Value| {
        permission(json!({ "resource": "rpc", "lxm": calls, name: value }))
    };
    assert_eq!(
        rpc("inheritAud", json!(true)),
        "To call these methods of the service that the client names: com.example.find not on this site com.example.put not on this site"
    );
    assert_eq!(
        rpc("aud", json!("*")),
        "To call these methods of any service: com.example.find not on this site com.example.put not on this site"
    );
    let records = |more: Value| {
        let mut members = json!({ "resource": "repo", "collection": ["com.example.note"] });
        let more = more.as_object().unwrap().clone();
        members.as_object_mut().unwrap().extend(more);
        permission(members)
    };
    assert_eq!(
        records(json!({ "action": ["create", "delete"] })),
        "To create or delete records of these collections: com.example.note not on this site"
    );
    for odd in [
        rpc("aud", json!("did:web:example.com")),
        rpc("inheritAud", json!("yes")),
        records(json!({ "more": 1 })),
        records(json!({ "action": [1] })),
        permission(json!({ "resource": "repo", "collection": [] })),
        permission(json!({ "resource": "space" })),
    ] {
        assert!(odd.starts_with('{'), "{odd}");
        assert!(odd.contains("\"resource\""), "{odd}");
    }
}

#[test]
fn the_index_has_namespaces_and_a_search() {
    check(
        "",
        &[
            "9 lexicons",
            "com.atproto.lexicon resolveLexicon query",
            "com.example authAll permission set Read and write notes.",
            "defs definitions has errors",
            "ping query search query Finds notes.",
            "com.example.note entry record A note. put procedure",
        ],
    );
    for (query, found) in [
        ("NOTE.E", &[NOTE][..]),
        ("finds", &[SEARCH]),
        ("loud", &[DEFS]),
        ("com.example.note", &[NOTE, PUT]),
        ("nothing+like+it", &[]),
        ("%22%3E%3Cscript%3E", &[]),
    ] {
        let answer = get(&site(), &format!("/lexicons/?q={query}"));
        let page = html::read(text(&answer));
        for document in [SEARCH, PUT, NOTE, DEFS] {
            let is_listed = page.links.contains(&format!("/lexicons/{document}"));
            assert_eq!(is_listed, found.contains(&document), "{query}: {document}");
        }
    }
}

#[test]
fn the_graph_has_both_directions() {
    let answer = get(&site(), &format!("/lexicons/{DEFS}"));
    for expected in [
        "aria-label=\"2 documents refer to com.example.defs; it refers to 2 documents\"",
        "<a href=\"/lexicons/com.example.search\" aria-label=\"com.example.search\">",
        "<g class=\"node missing\"><title>org.elsewhere.thing</title>",
    ] {
        assert!(text(&answer).contains(expected), "{expected}");
    }
    let alone = get(&site(), "/lexicons/com.example.subscribe");
    assert!(!text(&alone).contains("<svg"));
}

#[test]
fn a_long_name_in_the_graph_is_a_part_of_its_label() {
    let long = "com.example.moderation.administration.listEverythingThatIsThere";
    let defs = json!({ "main": { "type": "object", "properties": {
        "view": { "type": "ref", "ref": format!("{DEFS}#view") } } } });
    let document = json!({ "lexicon": 1, "id": long, "defs": defs });
    let mut texts = documents();
    texts.push(document.to_string());
    let site = Site::new(load(&texts), settings("/"));
    let answer = get(&site, &format!("/{DEFS}"));
    let link = text(&answer)
        .split(&format!("aria-label=\"{long}\""))
        .nth(1);
    let drawn = link.unwrap().split("<text").nth(1).unwrap();
    let drawn = drawn.split(['>', '<']).nth(1).unwrap();
    assert_eq!(drawn, ".listEverythingThatIsThere");
}

#[test]
fn a_union_of_no_types_says_what_is_valid() {
    let defs = json!({ "main": { "type": "object", "properties": {
        "any": { "type": "union", "refs": [] } } } });
    let document = json!({ "lexicon": 1, "id": "com.example.empty", "defs": defs });
    let site = Site::new(load(&[document.to_string()]), settings("/"));
    let shown = shown(&get(&site, "/com.example.empty"));
    assert!(shown.contains("any union optional of any type"), "{shown}");
}

#[test]
fn json_is_shown_in_its_order() {
    let answer = get(&site(), &format!("/lexicons/{SEARCH}/json"));
    let shown = shown(&answer);
    let order = [
        "\"text\"",
        "\"limit\"",
        "\"before\"",
        "\"output\"",
        "\"errors\"",
    ];
    let places: Vec<_> = order.iter().map(|key| shown.find(key).unwrap()).collect();
    assert!(places.is_sorted(), "{places:?}");
    // One line becomes many, in which the members keep their order too.
    let one_line = r#"{"lexicon":1,"id":"com.example.a.b","defs":{"z":{"type":"token"},"a":{"type":"token"}}}"#;
    let site = Site::new(load(&[one_line.to_owned()]), settings("/"));
    let answer = get(&site, "/com.example.a.b/json");
    let written = text(&answer)
        .replace("<span class=\"key\">", "")
        .replace("</span>", "");
    assert!(written.contains("    &#34;z&#34;: {\n"), "{written}");
    assert!(written.find("&#34;z&#34;") < written.find("&#34;a&#34;"));
}

#[test]
fn a_document_that_cannot_be_read_stops_nothing() {
    let mut texts = documents();
    texts.push("{ \"lexicon\": 1,\n".to_owned());
    let bad = r#"{
  "lexicon": 1,
  "id": "com.example.bad",
  "defs": { "x": { "type": "object", "properties": {
    "n": { "type": "integer", "minimum": "one" }
  } } }
}"#;
    texts.push(bad.to_owned());
    let site = Site::new(load(&texts), settings("/"));
    let index = shown(&get(&site, "/"));
    assert!(
        index.contains("2 files cannot be read lexicons/7.json document: malformed JSON"),
        "{index}"
    );
    let answer = get(&site, "/com.example.bad");
    html::read(text(&answer));
    let page = shown(&answer);
    for expected in [
        "This document cannot be read",
        "/defs/x/properties/n/minimum",
        "Line 5",
    ] {
        assert!(page.contains(expected), "{expected}: {page}");
    }
    assert!(
        text(&answer).contains("<mark id=\"violation-1\" class=\"string\">&#34;one&#34;</mark>")
    );
    assert_eq!(get(&site, &format!("/{SEARCH}")).status(), 200);
    assert_eq!(get(&site, "/com.example.bad.json").status(), 404);
}

/// The last segment of an NSID can be `json`.
#[test]
fn a_document_whose_name_ends_like_a_form_has_a_page() {
    let document =
        |nsid: &str| json!({ "lexicon": 1, "id": nsid, "defs": { "x": { "type": "token" } } });
    let site = site_of(&[document("com.example.a"), document("com.example.a.json")]);
    let index = html::read(text(&get(&site, "/"))).links;
    assert!(
        index.contains(&"/com.example.a.json/".to_owned()),
        "{index:?}"
    );
    assert!(shown(&get(&site, "/com.example.a.json/")).contains("Value com.example.a.json#x"));
    assert!(text(&get(&site, "/com.example.a.json")).starts_with('{'));
    assert!(shown(&get(&site, "/com.example.a.json/metadata")).contains("com.example.a.json"));
}

fn with_limit(limit: u64, description: &str) -> String {
    json!({ "lexicon": 1, "id": NOTE, "defs": { "main": {
        "type": "record", "key": "tid", "record": { "type": "object", "properties": {
            "text": { "type": "string", "maxLength": limit, "description": description } } } } } })
    .to_string()
}

#[test]
fn metadata_has_names_and_what_changed() {
    let versions = [
        with_limit(100, "one"),
        with_limit(100, "two"),
        with_limit(50, "two"),
    ];
    let mut history = History::default();
    let catalogs = versions
        .iter()
        .map(|text| load(std::slice::from_ref(text)).catalog);
    for (day, catalog) in catalogs.enumerate() {
        assert_eq!(
            history.record(&catalog, &format!("2026-11-0{}", day + 1)),
            [NOTE]
        );
        assert_eq!(history.record(&catalog, "2026-12-01"), [""; 0]);
    }
    let changes = history.changes(&Catalog::default(), NOTE, 10);
    let changes: Vec<_> = changes.into_iter().map(Option::unwrap).collect();
    assert_eq!(
        (changes.len(), changes[0].len(), changes[1][0].impact),
        (2, 0, Impact::Breaking)
    );

    let mut settings = settings("/");
    settings.history = history;
    settings
        .authorities
        .insert("com.example.*".to_owned(), "did:plc:all".to_owned());
    settings
        .authorities
        .insert("com.example.note.*".to_owned(), "did:plc:notes".to_owned());
    let site = Site::new(load(&versions[2..]), settings);
    let answer = get(&site, &format!("/{NOTE}/metadata"));
    html::read(text(&answer));
    let page = shown(&answer);
    let value: Value = serde_json::from_str(&versions[2]).unwrap();
    let cid = cid::of_lexicon(value.as_object().unwrap()).unwrap();
    for expected in [
        &format!("CID {cid}"),
        "URI at://did:plc:notes/com.atproto.lexicon.schema/com.example.note.entry",
        "DID of the authority did:plc:notes",
        "2026-11-03",
        "breaking",
        "Descriptions alone.",
        "The first version that was recorded.",
    ] {
        assert!(page.contains(expected), "{expected}: {page}");
    }
    assert!(!page.contains("is not recorded yet"));
    let page = shown(&get(&site, "/com.atproto.lexicon.schema/metadata"));
    assert!(page.contains("not configured"), "{page}");
    let changed = Site::new(load(&[with_limit(7, "")]), crate::support::settings("/"));
    assert!(
        shown(&get(&changed, &format!("/{NOTE}/metadata"))).contains("No history is recorded.")
    );
}
