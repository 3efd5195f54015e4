//! `lexicon serve`: the pages over real HTTP, changes of the files, and clients that are too slow or too large.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;
#[path = "../../../tests/support/network.rs"]
#[allow(unreachable_pub, dead_code)]
mod network;
#[path = "../../../tests/support/skip.rs"]
#[allow(unreachable_pub, dead_code)]
mod skip;

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use common::pages::Pages;
use common::{NOTE, Place, text};
use serde_json::{Value, json};

#[test]
fn pages_follow_the_files() {
    let place = Place::new(&[(NOTE, text(5))]);
    let pages = Pages::start(&place.path(""), None);
    assert!(
        pages.printed.contains("shows 3 lexicons of lexicons"),
        "{}",
        pages.printed
    );
    let note = format!("/{NOTE}");
    let shows = |path: &str, expected: &str| {
        let (_, page) = pages.get(path);
        assert!(page.contains(expected), "{expected}: {page}");
    };
    shows(&note, "at most 5 bytes");
    // The same number of bytes, right after it was read.
    place.put(NOTE, &text(7));
    shows(&note, "at most 7 bytes");
    place.put(NOTE, &text(8));
    shows(&note, "at most 8 bytes");
    place.put("com.example.more", &json!({ "main": { "type": "query" } }));
    assert_eq!(pages.get("/com.example.more").0, 200);
    // A document that cannot be read stops neither the others nor the server.
    place.put(NOTE, &json!({ "note": { "type": "text" } }));
    shows("/", "1 file cannot be read");
    shows(&note, "This document cannot be read");
    place.write("lexicons/com.example.more.json", "{ \"lexicon\": 1,");
    shows("/", "2 files cannot be read");
    place.put(NOTE, &text(9));
    fs::remove_file(place.path("lexicons/com.example.more.json")).unwrap();
    shows(&note, "at most 9 bytes");
    assert_eq!(pages.get("/com.example.more").0, 404);
    // Settings and history.
    place.write("lexicon.toml", "[site]\ntitle = \"Notes\"\nauthorities = { \"com.example.*\" = \"did:web:notes.example\" }\n");
    shows(
        &format!("{note}/metadata"),
        "<code>did:web:notes.example</code>",
    );
    assert_eq!(place.run(&["history"]).0, 0);
    shows(
        &format!("{note}/metadata"),
        "The first version that was recorded.",
    );
    // What cannot be read at all leaves the last state.
    place.write("lexicon.toml", "[site]\ntitel = 1\n");
    shows("/", "· Notes</title>");
    fs::rename(place.path("lexicons"), place.path("elsewhere")).unwrap();
    shows(&note, "at most 9 bytes");
}

#[test]
fn programs_are_answered() {
    let place = Place::new(&[(NOTE, text(5))]);
    let pages = Pages::start(&place.path(""), Some(&place.path("lexicons")));
    let read = |(status, body): (u16, String)| {
        let body: Value = serde_json::from_str(&body).unwrap();
        (status, body)
    };
    let resolve = "/xrpc/com.atproto.lexicon.resolveLexicon?nsid";
    let (status, found) = read(pages.get(&format!("{resolve}={NOTE}")));
    let port = pages.address.rsplit(':').next().unwrap();
    let uri = format!("at://did:web:localhost%3A{port}/com.atproto.lexicon.schema/{NOTE}");
    assert_eq!((status, &found["uri"]), (200, &json!(uri)));
    assert_eq!(
        read(pages.get(&format!("{resolve}=com.example.none"))).0,
        400
    );
    assert_eq!(read(pages.get("/xrpc/com.example.other")).0, 501);
    let validate = format!("/{NOTE}/validate?def=note");
    let (status, report) = read(pages.send("POST", &validate, "\"too long\""));
    assert_eq!(
        (status, &report["valid"], &report["violations"][0]["place"]),
        (200, &json!(false), &json!("value"))
    );
    assert_eq!(pages.send("HEAD", "/", "").1, "");
    assert_eq!(pages.send("DELETE", "/", "").0, 405);
    assert_eq!(pages.get("/../lexicon.toml").0, 404);
}

#[test]
fn an_empty_directory_and_a_port_in_use_are_errors() {
    let place = Place::new(&[]);
    assert_eq!(place.run(&["serve", "--port", "0"]).0, 2);
    place.put(NOTE, &text(5));
    let pages = Pages::start(&place.path(""), None);
    let port = pages.address.rsplit(':').next().unwrap();
    let output = place.output(&["serve", "--port", port]);
    let printed = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(
        printed.contains("Another port can be given with --port"),
        "{printed}"
    );
}

/// What the server reads until it closes the connection, and how long that takes.
fn rest(mut stream: TcpStream) -> (String, Duration) {
    let start = Instant::now();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    (
        String::from_utf8_lossy(&answer).into_owned(),
        start.elapsed(),
    )
}

#[test]
fn slow_and_large_requests_are_cut_off() {
    let place = Place::new(&[(NOTE, text(5))]);
    let pages = Pages::start(&place.path(""), None);
    let host = &pages.address;
    let path = format!("POST /{NOTE}/validate HTTP/1.1\r\nhost: {host}\r\n");
    // Sends nothing, a part of a head, and a part of a body.
    let starts = [
        String::new(),
        "GET / HT".to_owned(),
        format!("{path}content-length: 10\r\n\r\n1"),
    ];
    let waiting = starts.map(|start| {
        let mut stream = pages.connect();
        stream.write_all(start.as_bytes()).unwrap();
        std::thread::spawn(move || rest(stream))
    });
    for thread in waiting {
        let (answer, time) = thread.join().unwrap();
        assert!(time < Duration::from_secs(25), "{answer}");
        assert!(!answer.contains(" 200 "), "{answer}");
    }
    let mut large = pages.connect();
    let head = format!("{path}content-length: 99999999\r\n\r\n");
    large.write_all(head.as_bytes()).unwrap();
    let mut part = [0; 12];
    let _ = large.write_all(&[b' '; 1 << 16]);
    drop(large.read(&mut part));
    let mut head = pages.connect();
    head.write_all(b"GET / HTTP/1.1\r\nx: ").unwrap();
    let _ = head.write_all(&[b'x'; 200_000]);
    assert!(!rest(head).0.contains(" 200 "));
    // Others are served meanwhile and afterwards.
    assert_eq!(pages.get("/").0, 200);
}

#[test]
fn each_page_in_a_browser() {
    if let Err(missing) = network::prerequisites(&["chromium"]) {
        return skip::skip(&missing).unwrap_or_default();
    }
    let place = Place::new(&[]);
    let view = json!({ "type": "object", "required": ["id"], "description": "A note as it is shown.", "properties": {
        "id": { "type": "string", "format": "tid", "description": "The record key." },
        "note": { "type": "ref", "ref": "com.example.note.entry" },
        "labels": { "type": "array", "maxLength": 8, "items": { "type": "string", "maxLength": 64 } } } });
    place.put("com.example.note.defs", &json!({ "view": view, "pinned": { "type": "token", "description": "The note stays at the top." } }));
    place.put("com.example.note.entry", &json!({ "main": { "type": "record", "key": "tid", "description": "A short note.", "record": {
        "type": "object", "required": ["text", "createdAt"], "properties": {
            "text": { "type": "string", "minLength": 1, "maxLength": 3000, "maxGraphemes": 300, "description": "The text." },
            "createdAt": { "type": "string", "format": "datetime" },
            "image": { "type": "blob", "accept": ["image/png", "image/jpeg"], "maxSize": 1_000_000 } } } } }));
    let nsid = "com.example.note.search";
    let limit = |maximum: i64| {
        json!({ "main": { "type": "query", "description": "Finds the notes that have a text.",
        "parameters": { "type": "params", "required": ["text"], "properties": {
            "text": { "type": "string", "minLength": 1, "maxLength": 100, "description": "What to look for." },
            "limit": { "type": "integer", "minimum": 1, "maximum": maximum, "default": 25 } } },
        "output": { "encoding": "application/json", "schema": { "type": "object", "required": ["notes"], "properties": {
            "notes": { "type": "array", "items": { "type": "ref", "ref": "com.example.note.defs#view" } },
            "hits": { "type": "ref", "ref": "#hits" } } } },
        "errors": [{ "name": "TooVague", "description": "Too many notes match." }] },
        "hits": { "type": "object", "properties": { "count": { "type": "integer", "minimum": 0 } } } })
    };
    place.put(nsid, &limit(100));
    assert_eq!(place.run(&["history"]).0, 0);
    place.put(nsid, &limit(50));
    assert_eq!(place.run(&["history"]).0, 0);
    let pages = Pages::start(&place.path(""), None);
    let root = format!("http://{}/", pages.address);
    let (invalid, valid) = ("{\n  \"limit\": \"many\"\n}", "{\"text\": \"a\"}");
    let checks = network::browse("site.mjs", &[&root, nsid, invalid, valid]);
    assert!(checks.len() >= 12, "{checks:#?}");
}
