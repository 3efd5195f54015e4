//! Names and ids at their limits, which are counted in bytes.

use serde_json::{Value, json};

use crate::support::{ALICE, Server, method};

/// Row 10 of the list of attacks.
#[test]
fn names() {
    let server = Server::start();
    let key = server.first_key(ALICE);
    // Two, three and four bytes a character; a family of 25 bytes is one grapheme.
    let family = "\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}\u{200d}\u{1f466}";
    assert_eq!(family.len(), 25);
    for name in [
        "n".to_owned(),
        "n".repeat(100),
        "\u{e9}".repeat(50),
        format!("a{}", "\u{20ac}".repeat(33)),
        family.repeat(4),
        "\u{202e}desrever".to_owned(),
        "<script>alert(1)</script>".to_owned(),
        " padded ".to_owned(),
    ] {
        let body = server.create_key(&key, &json!({ "name": name }));
        assert_eq!(body["key"]["name"], name);
    }
    for name in [
        String::new(),
        "n".repeat(101),
        format!("{}a", "\u{e9}".repeat(50)),
        format!("ab{}", "\u{20ac}".repeat(33)),
        format!("{}a", family.repeat(4)),
        "a\0b".to_owned(),
        "a\r\nb".to_owned(),
        "a\u{7f}".to_owned(),
        "a\u{85}".to_owned(),
        "   ".to_owned(),
        "\u{3000}\u{a0}".to_owned(),
    ] {
        refused(
            &server,
            &key,
            "createApiKey",
            &json!({ "name": name }),
            "input/name",
        );
    }
}

/// Row 20 of the list of attacks.
#[test]
fn ids() {
    let server = Server::start();
    let key = server.first_key(ALICE);
    for (method_name, answer) in [
        ("revokeApiKey", json!({ "revoked": false })),
        ("deleteApiKey", json!({ "deleted": false })),
    ] {
        for id in [
            "x".to_owned(),
            "x".repeat(200),
            "\u{e9}".repeat(100),
            "'; --\0".to_owned(),
        ] {
            assert_eq!(server.end(method_name, &key, &id).expect(200), answer);
        }
        for id in [
            String::new(),
            "x".repeat(201),
            format!("x{}", "\u{e9}".repeat(100)),
        ] {
            refused(&server, &key, method_name, &json!({ "id": id }), "input/id");
        }
    }
}

#[test]
fn missing_and_wrong_fields_are_all_named() {
    let server = Server::start();
    let key = server.first_key(ALICE);
    for (input, expected) in [
        (json!({}), "input/name: required, but missing"),
        (json!({ "name": null }), "input/name: required, found null"),
        (
            json!({ "name": 5 }),
            "input/name: expected a string, found a number",
        ),
        (
            json!({ "name": ["n"] }),
            "input/name: expected a string, found an array",
        ),
        (
            json!({ "name": "" }),
            "input/name: expected 1 to 100 bytes of UTF-8, found 0",
        ),
        (
            json!({ "expiresAt": true }),
            "input/name: required, but missing; input/expiresAt: expected a string, found a boolean",
        ),
    ] {
        let answer = server
            .post(&method("createApiKey"), &input)
            .key(&key)
            .send();
        assert_eq!(answer.expect_error(400, "InvalidRequest"), expected);
    }
}

#[track_caller]
fn refused(server: &Server, key: &str, name: &str, input: &Value, place: &str) {
    let answer = server.post(&method(name), input).key(key).send();
    let message = answer.expect_error(400, "InvalidRequest");
    assert!(message.starts_with(&format!("{place}: ")), "{message}");
}
