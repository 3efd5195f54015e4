//! Documents that were written to break out of the page, or to be too much for it.

use std::fmt::Write;
use std::time::{Duration, Instant};

use lexicon_site::Site;
use serde_json::{Map, Value, json};

use crate::html;
use crate::support::{get, load, settings, site_of, text};

const HOSTILE: &str = "</title></script><script>alert(1)</script><img src=x onerror=alert(1)>\" onclick=\"x\" '&amp;{{ 7 }}\u{202e}\u{0}-->]]>";

/// A document with hostile text at each place where the language has text.
fn hostile() -> Value {
    let values = json!([HOSTILE, "plain"]);
    let string = json!({ "type": "string", "description": HOSTILE, "knownValues": values, "default": HOSTILE, "pattern": HOSTILE });
    json!({ "lexicon": 1, "id": "com.example.hostile", "description": HOSTILE, "defs": {
        "main": {
            "type": "procedure", "description": HOSTILE,
            "parameters": { "type": "params", "properties": { HOSTILE: string } },
            "input": { "encoding": HOSTILE, "description": HOSTILE, "schema": { "type": "object", "properties": {
                HOSTILE: { "type": "union", "refs": [HOSTILE, format!("#{HOSTILE}")], "description": HOSTILE },
                "blob": { "type": "blob", "accept": values },
                "enum": { "type": "string", "enum": values },
            } } },
            "errors": [{ "name": HOSTILE, "description": HOSTILE }],
        },
        "x": { "type": "object", "description": HOSTILE, "properties": { "c": { "type": "string", "const": HOSTILE } } },
        "y": { "type": "token", "description": HOSTILE },
    } })
}

fn tabs() -> [&'static str; 4] {
    ["", "/json", "/validate", "/metadata"]
}

#[test]
fn text_never_leaves_its_place() {
    let record = json!({ "lexicon": 1, "id": "com.example.record", "defs": { "main": {
        "type": "record", "key": format!("literal:{HOSTILE}"), "record": { "type": "object", "properties": {} } } } });
    let permissions = json!({ "lexicon": 1, "id": "com.example.auth", "defs": { "main": {
        "type": "permission-set", "title": HOSTILE, "detail": HOSTILE,
        "permissions": [{ "type": "permission", "resource": HOSTILE, HOSTILE: HOSTILE }] } } });
    let unreadable = json!({ "lexicon": HOSTILE, "id": "com.example.unreadable", "defs": {
        HOSTILE: { "type": HOSTILE }, "x": { "type": "object", "properties": { HOSTILE: { "type": HOSTILE } } } } });
    let nameless = json!({ "lexicon": 1, "id": HOSTILE, "defs": {} });
    let broken = format!("{{ \"lexicon\": 1, \"{HOSTILE}\": ");
    let documents = [hostile(), record, permissions, unreadable, nameless];
    let mut texts: Vec<_> = documents.iter().map(ToString::to_string).collect();
    texts.push(broken);
    let mut settings = settings("/");
    settings.title = HOSTILE.to_owned();
    settings.home = Some((HOSTILE.to_owned(), "/".to_owned()));
    let site = Site::new(load(&texts), settings);
    let mut paths = vec![
        "/".to_owned(),
        "/com.example.unreadable".to_owned(),
        "/none".to_owned(),
    ];
    for nsid in [
        "com.example.hostile",
        "com.example.record",
        "com.example.auth",
    ] {
        paths.extend(tabs().iter().map(|tab| format!("/{nsid}{tab}")));
    }
    for path in paths {
        let answer = get(&site, &path);
        assert!([200, 404].contains(&answer.status().as_u16()), "{path}");
        html::read(text(&answer));
        assert!(!text(&answer).contains("<script>"), "{path}");
        assert!(!text(&answer).contains("<img src=x"), "{path}");
    }
    // No line of a text is a heading that the document did not ask for.
    let written = get(&site, "/com.example.hostile.txt");
    assert!(
        text(&written)
            .lines()
            .all(|line| !line.starts_with("</title>") || line.ends_with("]]>"))
    );
}

#[test]
fn a_text_for_programs_keeps_to_its_lines() {
    let document = json!({ "lexicon": 1, "id": "com.example.lines", "description": "One\n# Two\r\n\u{2028}## Three\n- four", "defs": {
        "x": { "type": "token", "description": "a\n## main (query)" } } });
    let site = site_of(&[document]);
    for path in ["/com.example.lines.txt", "/llms.txt"] {
        let answer = get(&site, path);
        for line in text(&answer).lines() {
            assert!(
                !line.starts_with("# Two") && !line.starts_with("## main"),
                "{path}: {line}"
            );
            assert!(!line.starts_with("- four"), "{path}: {line}");
        }
    }
}

#[track_caller]
fn check_all(site: &Site, nsid: &str) {
    for tab in tabs() {
        let start = Instant::now();
        let answer = get(site, &format!("/{nsid}{tab}"));
        assert_eq!(answer.status(), 200);
        html::read(text(&answer));
        assert!(
            answer.body().len() < 8_000_000,
            "{nsid}{tab}: {}",
            answer.body().len()
        );
        assert!(start.elapsed() < Duration::from_secs(20), "{nsid}{tab}");
    }
}

#[test]
fn a_hundred_thousand_definitions() {
    let defs: Map<String, Value> = (0..100_000)
        .map(|at| (format!("d{at:06}"), json!({ "type": "token" })))
        .collect();
    let document = json!({ "lexicon": 1, "id": "com.example.many", "defs": defs });
    let user = json!({ "lexicon": 1, "id": "com.example.user", "defs": { "x": { "type": "object", "properties": {
        "last": { "type": "ref", "ref": "com.example.many#d099999" } } } } });
    let site = site_of(&[document, user]);
    check_all(&site, "com.example.many");
    // The link to a definition leads to the page that shows it.
    let links = html::read(text(&get(&site, "/com.example.user"))).links;
    let link = links.iter().find(|link| link.contains("d099999")).unwrap();
    let (path, fragment) = link.split_once('#').unwrap();
    let page = html::read(text(&get(&site, path)));
    assert!(page.ids.contains(fragment));
    assert!(page.elements < 20_000);
    // The pages lead from one to the next.
    let mut path = "/com.example.many".to_owned();
    for _ in 0..3 {
        let links = html::read(text(&get(&site, &path))).links;
        path = links
            .into_iter()
            .rfind(|link| link.contains("?def=") && !link.contains('#'))
            .unwrap();
    }
    assert_eq!(path, "/com.example.many?def=d000600");
    let answer = get(&site, "/com.example.many/validate?def=d099999");
    assert_eq!(answer.status(), 200);
}

#[test]
fn huge_tables_unions_and_texts() {
    let names = |count: usize| (0..count).map(|at| format!("p{at}"));
    let properties: Map<String, Value> = names(50_000)
        .map(|name| (name, json!({ "type": "string", "maxLength": 7 })))
        .collect();
    let refs: Vec<_> = names(50_000)
        .map(|name| format!("com.example.other#{name}"))
        .collect();
    let values: Vec<_> = names(50_000).collect();
    let long = "long ".repeat(200_000);
    let document = json!({ "lexicon": 1, "id": "com.example.huge", "description": long, "defs": {
        "table": { "type": "object", "properties": properties },
        "union": { "type": "object", "properties": { "u": { "type": "union", "refs": refs } } },
        "values": { "type": "string", "enum": values },
    } });
    let site = site_of(&[document]);
    check_all(&site, "com.example.huge");
}

#[test]
fn deep_and_cyclic_documents() {
    let mut deep = json!({ "type": "string" });
    for _ in 0..30 {
        deep =
            json!({ "type": "array", "items": { "type": "object", "properties": { "x": deep } } });
    }
    let document = |nsid: &str, to: &str| {
        json!({ "lexicon": 1, "id": nsid, "defs": { "x": { "type": "object", "properties": {
        "self": { "type": "ref", "ref": "#x" },
        "to": { "type": "ref", "ref": format!("{to}#x") },
        "deep": deep } } } })
    };
    // Each document refers to the next, and the last to the first.
    let count = 300;
    let documents: Vec<_> = (0..count)
        .map(|at| {
            document(
                &format!("com.example.d{at}"),
                &format!("com.example.d{}", (at + 1) % count),
            )
        })
        .collect();
    let site = site_of(&documents);
    check_all(&site, "com.example.d7");
    // One to which all refer.
    let hub =
        json!({ "lexicon": 1, "id": "com.example.hub", "defs": { "x": { "type": "token" } } });
    let spokes = (0..3_000).map(|at| json!({ "lexicon": 1, "id": format!("com.example.s{at}"), "defs": { "x": { "type": "object", "properties": {
        "hub": { "type": "ref", "ref": "com.example.hub#x" } } } } }));
    let site = site_of(&[hub].into_iter().chain(spokes).collect::<Vec<_>>());
    check_all(&site, "com.example.hub");
    html::read(text(&get(&site, "/")));
}

#[test]
fn deep_json_is_refused_and_shown() {
    let mut deep = "{\"lexicon\":1,\"id\":\"com.example.deep\",\"defs\":".to_owned();
    deep.push_str(&"[".repeat(100_000));
    let mut many = String::new();
    for at in 0..5_000 {
        let _ = write!(many, "{{\"at\":{at}}},");
    }
    let site = Site::new(load(&[deep, many]), settings("/"));
    let answer = get(&site, "/");
    html::read(text(&answer));
    assert!(answer.body().len() < 100_000);
}
