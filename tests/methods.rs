//! The life of a key: create, use, list, revoke, delete.

use std::time::Instant;

use serde_json::{Value, json};

use crate::support::{ALICE, BOB, Connection, Place, Server, id_and_secret, method};

/// The id of no key.
const UNKNOWN: &str = "01900000-0000-7000-8000-000000000000";

/// Row 36 of the list of attacks.
#[test]
fn a_created_key_authenticates_and_creates_another() {
    let server = Server::start();
    let first = server.first_key(ALICE);
    let answer = server
        .post(&method("createApiKey"), &json!({ "name": "laptop" }))
        .key(&first)
        .send();
    let body = answer.expect(200);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("content-type"), Some("application/json"));
    for validator in ["etag", "last-modified", "expires"] {
        assert_eq!(answer.header(validator), None);
    }

    let secret = body["secret"].as_str().unwrap();
    assert_eq!(secret.len(), 50);
    assert!(secret.starts_with("cocore-"));
    let key = body["key"].as_object().unwrap();
    assert_eq!(key["did"], ALICE);
    assert_eq!(key["name"], "laptop");
    assert_eq!(key["prefix"], secret[..15]);
    assert_is_time(&key["createdAt"]);
    // Absent fields are left out, never null, and no other field is returned.
    let mut names: Vec<_> = key.keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["createdAt", "did", "id", "name", "prefix"]);

    assert!(server.accepts(secret));
}

#[test]
fn the_list_is_newest_first_and_shows_the_last_use() {
    let server = Server::start();
    let first = server.first_key(ALICE);
    for name in ["a", "b", "c"] {
        server.create_key(&first, &json!({ "name": name }));
    }
    let keys = server.list(&first);
    let names: Vec<_> = keys
        .iter()
        .map(|key| key["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["c", "b", "a", "first"]);
    assert_is_time(&keys[3]["lastUsedAt"]);
    assert!(keys[3]["lastUsedAt"].as_str() >= keys[3]["createdAt"].as_str());
    for unused in &keys[..3] {
        assert_eq!(unused.get("lastUsedAt"), None);
    }
    assert!(!serde_json::to_string(&keys).unwrap().contains("hash"));
}

/// Row 25 of the list of attacks.
#[test]
fn a_revoked_key_is_rejected_and_stays_in_the_list() {
    let server = Server::start();
    let first = server.first_key(ALICE);
    let second = server.create_key(&first, &json!({ "name": "second" }));
    let (id, secret) = id_and_secret(&second);

    assert_eq!(
        server.end("revokeApiKey", &first, &id).expect(200),
        json!({ "revoked": true })
    );
    assert!(!server.accepts(&secret));
    let at = server.list(&first)[0]["revokedAt"].clone();
    assert_is_time(&at);

    // A second revocation returns false, and keeps the time of the first.
    assert_eq!(
        server.end("revokeApiKey", &first, &id).expect(200),
        json!({ "revoked": false })
    );
    assert_eq!(server.list(&first)[0]["revokedAt"], at);
}

/// Row 25 of the list of attacks.
#[test]
fn a_deleted_key_is_rejected_and_removed_from_the_list() {
    let server = Server::start();
    let first = server.first_key(ALICE);
    let second = server.create_key(&first, &json!({ "name": "second" }));
    let (id, secret) = id_and_secret(&second);

    assert_eq!(
        server.end("deleteApiKey", &first, &id).expect(200),
        json!({ "deleted": true })
    );
    assert!(!server.accepts(&secret));
    assert_eq!(server.list(&first).len(), 1);
    for how in ["deleteApiKey", "revokeApiKey"] {
        let answer = server.end(how, &first, &id).expect(200);
        assert!(answer == json!({ "deleted": false }) || answer == json!({ "revoked": false }));
    }
}

#[test]
fn a_key_can_revoke_itself() {
    let server = Server::start();
    let first = server.first_key(ALICE);
    let id = text(&server.list(&first)[0]["id"]);
    assert_eq!(
        server.end("revokeApiKey", &first, &id).expect(200),
        json!({ "revoked": true })
    );
    assert!(!server.accepts(&first));
}

/// Row 20 of the list of attacks.
#[test]
fn another_accounts_key_is_an_unknown_key() {
    let server = Server::start();
    let (alice, bob) = (server.first_key(ALICE), server.first_key(BOB));
    let id = text(&server.list(&alice)[0]["id"]);
    for how in ["revokeApiKey", "deleteApiKey"] {
        let others = server.end(how, &bob, &id);
        assert_eq!(others.status, 200);
        for unknown in ["no-such-key", UNKNOWN, &id.to_uppercase(), &id[..35]] {
            let unknown = server.end(how, &bob, unknown);
            assert_eq!(others.fingerprint(), unknown.fingerprint());
        }
    }
    assert!(server.accepts(&alice));
    let names = server.list(&bob);
    assert_eq!(names.len(), 1);
    assert_eq!(names[0]["did"], BOB);
}

/// Row 20 of the list of attacks. The median of many, since one may wait for anything.
#[test]
fn another_accounts_key_takes_the_time_of_an_unknown_key() {
    let server = Server::with(&["--log", "error"]);
    let (alice, bob) = (server.first_key(ALICE), server.first_key(BOB));
    let id = server.list(&alice)[0]["id"].as_str().unwrap().to_owned();
    let mut connection = Connection::default();
    for how in ["revokeApiKey", "deleteApiKey"] {
        let mut times = [const { Vec::new() }; 2];
        for _ in 0..200 {
            for (id, times) in [&id[..], UNKNOWN].iter().zip(&mut times) {
                let call = server.post(&method(how), &json!({ "id": id })).key(&bob);
                let begun = Instant::now();
                assert_eq!(connection.send(&call).unwrap().status, 200);
                times.push(begun.elapsed());
            }
        }
        let [others, unknown] = times.map(|mut times| {
            times.sort();
            times[times.len() / 2]
        });
        let (less, more) = (others.min(unknown), others.max(unknown));
        assert!(more < 2 * less, "{how}: {others:?}, {unknown:?}");
    }
}

/// Row 11 of the list of attacks.
#[test]
fn an_expiry_is_normalised() {
    let server = Server::start();
    let first = server.first_key(ALICE);
    for (given, shown) in [
        ("2100-01-31T12:00:00Z", "2100-01-31T12:00:00.000Z"),
        ("2100-01-31T12:00:00.123456789Z", "2100-01-31T12:00:00.123Z"),
        ("2100-01-31T12:00:00+14:00", "2100-01-30T22:00:00.000Z"),
        ("2100-01-31T12:00:00-10:30", "2100-01-31T22:30:00.000Z"),
        ("9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"),
    ] {
        let body = server.create_key(&first, &json!({ "name": "n", "expiresAt": given }));
        assert_eq!(body["key"]["expiresAt"], shown, "{given}");
        assert!(server.accepts(&text(&body["secret"])));
    }
    let body = server.create_key(&first, &json!({ "name": "n", "expiresAt": null }));
    assert_eq!(body["key"].get("expiresAt"), None);
}

/// Row 11 of the list of attacks.
#[test]
fn an_invalid_expiry_is_rejected() {
    let server = Server::start();
    let first = server.first_key(ALICE);
    for given in [
        json!("2020-01-01T00:00:00Z"),
        json!("2027"),
        json!("-0001-01-01T00:00:00Z"),
        json!("12026-01-01T00:00:00Z"),
        json!("9999-12-31T23:59:59-01:00"),
        json!("2100-06-30T23:59:60Z"),
        json!("2100-02-30T00:00:00Z"),
        json!("2100-01-31T12:00:00"),
        json!("2100-01-31t12:00:00z"),
        json!("2100-01-31T12:00:00-00:00"),
        json!("2100"),
        json!(""),
        json!(4_102_444_800_i64),
        json!({}),
    ] {
        let answer = server
            .post(
                &method("createApiKey"),
                &json!({ "name": "n", "expiresAt": given }),
            )
            .key(&first)
            .send();
        let message = answer.expect_error(400, "InvalidRequest");
        assert!(
            message.starts_with("input/expiresAt: "),
            "{given}: {message}"
        );
    }
    assert_eq!(server.list(&first).len(), 1);
}

#[test]
fn the_older_path_answers_the_same() {
    let server = Server::start();
    let first = server.first_key(ALICE);
    let list =
        |path: &str| server.get(path).key(&first).send().expect(200)["keys"][0]["id"].clone();
    let path = method("listApiKeys");
    assert_eq!(list(&path), list(&format!("/api{path}")));
}

#[test]
fn keys_survive_a_restart() {
    let Place { url, dir: _dir } = Place::new();
    let server = Server::on(&url);
    let first = server.first_key(ALICE);
    let second = server.create_key(&first, &json!({ "name": "second" }));
    server
        .end("revokeApiKey", &first, &text(&second["key"]["id"]))
        .expect(200);
    server.stop();

    let server = Server::on(&url);
    assert!(server.accepts(&first));
    assert!(!server.accepts(&text(&second["secret"])));
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// Asserts that a value is a time in UTC, with milliseconds and `Z`.
#[track_caller]
fn assert_is_time(value: &Value) {
    let text = value.as_str().unwrap();
    let pattern = "0000-00-00T00:00:00.000Z";
    assert_eq!(text.len(), pattern.len(), "{text}");
    for (found, expected) in text.chars().zip(pattern.chars()) {
        assert!(
            found == expected || (expected == '0' && found.is_ascii_digit()),
            "{text}"
        );
    }
}
