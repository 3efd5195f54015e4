//! The published methods answer keys without scopes as they did before keys had scopes: `recorded/account.txt` has
//! the answers of that version, to the byte but for what differs in each run.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::Path;

use serde_json::{Value, json};

use crate::support::{ALICE, Answer, BOB, Call, Server, method};

/// Set to write the file anew, from the server that is built.
const RECORD: &str = "COCORE_RECORD";

/// What differs in each run, by the placeholder that stands for it.
#[derive(Default)]
struct Placeholders(HashMap<String, String>);

impl Placeholders {
    /// Replaces secrets, prefixes, ids and times, each value by a name of its own.
    fn replace(&mut self, text: &str) -> String {
        let is_part = |c: char| c.is_ascii_alphanumeric() || "-_:.".contains(c);
        let mut replaced = String::new();
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
            if end == 0 {
                replaced.push(first);
                rest = &rest[first.len_utf8()..];
                continue;
            }
            let (word, after) = rest.split_at(end);
            replaced.push_str(&self.word(word));
            rest = after;
        }
        replaced
    }

    fn word(&mut self, word: &str) -> String {
        let kind = match word.len() {
            50 if word.starts_with("cocore-") => "secret",
            15 if word.starts_with("cocore-") => "prefix",
            36 if word.matches('-').count() == 4 && word.starts_with("01") => "id",
            24 if word.starts_with("20") && word.ends_with('Z') && !word.starts_with("2099") => {
                return "<time>".to_owned();
            }
            _ => return word.to_owned(),
        };
        let number = self.0.len();
        let placeholder = self.0.entry(word.to_owned());
        placeholder
            .or_insert_with(|| format!("<{kind} {number}>"))
            .clone()
    }
}

fn write(record: &mut String, placeholders: &mut Placeholders, what: &str, answer: &Answer) {
    let body = String::from_utf8(answer.body.clone()).unwrap();
    writeln!(record, "# {what}\n{}", answer.status).unwrap();
    // The order of headers means nothing, and differs in each run.
    let mut headers = answer.headers.clone();
    headers.sort();
    for (name, value) in &headers {
        // The first two differ in each answer; the last one names the fields that a browser may read.
        if !matches!(
            &**name,
            "date" | "x-request-id" | "access-control-expose-headers"
        ) {
            writeln!(record, "{name}: {value}").unwrap();
        }
    }
    writeln!(record, "\n{}\n", placeholders.replace(&body)).unwrap();
}

/// Every outcome of the four methods.
fn calls(server: &Server) -> String {
    let mut record = String::new();
    let mut placeholders = Placeholders::default();
    let (alice, bob) = (server.first_key(ALICE), server.first_key(BOB));
    let mut send = |what: &str, call: Call| -> Value {
        let answer = call.send();
        write(&mut record, &mut placeholders, what, &answer);
        // The answer to HEAD has no body.
        serde_json::from_slice(&answer.body).unwrap_or_default()
    };
    let post = |name: &str, input: &Value| server.post(&method(name), input);
    let list = || server.get(&method("listApiKeys"));
    let made = send(
        "create",
        post("createApiKey", &json!({ "name": "a" })).key(&alice),
    );
    let (id, secret) = (made["key"]["id"].clone(), made["secret"].clone());
    let secret = secret.as_str().unwrap();
    let dated =
        json!({ "name": "\u{e9} <b>", "expiresAt": "2099-01-01T00:00:00+01:00", "more": 1.5 });
    send(
        "create with an expiry",
        post("createApiKey", &dated).key(secret),
    );
    let null = json!({ "name": "n", "expiresAt": null });
    send("create with null", post("createApiKey", &null).key(&alice));
    for (what, input) in [
        ("no name", json!({})),
        ("an empty name", json!({ "name": "" })),
        ("a blank name", json!({ "name": " " })),
        (
            "an expiry in the past",
            json!({ "name": "n", "expiresAt": "2001-01-01T00:00:00Z" }),
        ),
        (
            "an expiry that is none",
            json!({ "name": "n", "expiresAt": "soon" }),
        ),
    ] {
        send(what, post("createApiKey", &input).key(&alice));
    }
    send(
        "no credential",
        post("createApiKey", &json!({ "name": "n" })),
    );
    send(
        "a bad key",
        post("createApiKey", &json!({ "name": "n" })).key("cocore-x"),
    );
    send(
        "the wrong verb",
        server.get(&method("createApiKey")).key(&alice),
    );
    send("list", list().key(&bob));
    send("list of several", list().key(&alice));
    send(
        "the head of a list",
        server.call("HEAD", &method("listApiKeys")).key(&bob),
    );
    let named = json!({ "id": id });
    send(
        "revoke of another account",
        post("revokeApiKey", &named).key(&bob),
    );
    send("revoke", post("revokeApiKey", &named).key(&alice));
    send("revoke again", post("revokeApiKey", &named).key(&alice));
    send("a revoked key", list().key(secret));
    send(
        "delete of another account",
        post("deleteApiKey", &named).key(&bob),
    );
    send("delete", post("deleteApiKey", &named).key(&alice));
    send("delete again", post("deleteApiKey", &named).key(&alice));
    send("no id", post("deleteApiKey", &json!({})).key(&alice));
    send("the list afterwards", list().key(&alice));
    record
}

#[test]
fn the_published_methods_answer_as_before() {
    let file = Path::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/recorded/account.txt"
    ));
    let server = Server::start();
    let found = calls(&server);
    if std::env::var_os(RECORD).is_some() {
        std::fs::write(file, found).unwrap();
        return;
    }
    let recorded = std::fs::read_to_string(file).unwrap();
    for (found, recorded) in found.split("# ").zip(recorded.split("# ")) {
        assert_eq!(found, recorded);
    }
    assert_eq!(found, recorded);
}
