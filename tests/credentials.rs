//! Keys as credentials: which are accepted, and that all rejections are the same.

use serde_json::json;

use crate::support::{ALICE, Server, method};

const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Rows 2 and 21 of the list of attacks.
#[test]
fn every_rejected_key_gets_the_same_response() {
    let server = Server::start();
    let good = server.first_key(ALICE);
    let revoked = server.create_key(&good, &json!({ "name": "revoked" }));
    server
        .end(
            "revokeApiKey",
            &good,
            revoked["key"]["id"].as_str().unwrap(),
        )
        .expect(200);
    let deleted = server.create_key(&good, &json!({ "name": "deleted" }));
    server
        .end(
            "deleteApiKey",
            &good,
            deleted["key"]["id"].as_str().unwrap(),
        )
        .expect(200);

    let unknown = format!("cocore-{}", "A".repeat(43));
    let answer = |key: &str| server.get(&method("listApiKeys")).key(key).send();
    let expected = answer(&unknown).fingerprint();
    assert_eq!(expected.0, 401);
    for key in [
        revoked["secret"].as_str().unwrap(),
        deleted["secret"].as_str().unwrap(),
        "cocore-",
        &good[..49],
        &format!("{good}A"),
        &good.replace("cocore-", "COCORE-"),
        &good.replace("cocore-", "cocore_"),
        &format!("{}=", &good[..49]),
        &format!("{}+", &good[..49]),
        &format!("{}\u{e9}", &good[..48]),
        &good.replace("cocore-", "cocore- "),
        "not-a-key",
        "a.b",
        "",
    ] {
        assert_eq!(answer(key).fingerprint(), expected, "{key}");
    }
}

/// Row 2 of the list of attacks.
#[test]
fn the_last_character_of_a_key_has_two_zero_bits() {
    let server = Server::start();
    let good = server.first_key(ALICE);
    let accepted = ALPHABET
        .chars()
        .filter(|last| server.accepts(&format!("{}{last}", &good[..49])));
    assert_eq!(accepted.collect::<String>(), good[49..]);
}

/// Row 3 of the list of attacks.
#[test]
fn the_authorization_header() {
    let server = Server::start();
    let good = server.first_key(ALICE);
    let path = method("listApiKeys");
    for (value, status) in [
        (format!("Bearer {good}"), 200),
        (format!("bearer {good}"), 200),
        (format!("BEARER {good}"), 200),
        (format!("bEaReR  {good}"), 200),
        (format!("  Bearer {good}"), 200),
        (format!("Bearer {good}   "), 200),
        (format!("Bearer\t{good}"), 401),
        (format!("Bearer \t{good}"), 401),
        (format!("Bearer {good}, Bearer {good}"), 401),
        (format!("Bearer {good},{good}"), 401),
        (format!("Bearer {good} {good}"), 401),
        (format!("Basic {good}"), 401),
        (format!("Token {good}"), 401),
        (good.clone(), 401),
        ("Bearer".to_owned(), 401),
        (format!("Bearer {}", "x".repeat(4000)), 401),
    ] {
        let answer = server.get(&path).header("authorization", &value).send();
        assert_eq!(answer.status, status, "{}", value.replace(&good, "KEY"));
    }
    let bearer = format!("Bearer {good}");
    for values in [
        [&bearer[..], &bearer],
        [&bearer, "Bearer cocore-x"],
        ["Bearer cocore-x", &bearer],
        ["Basic YTpi", &bearer],
        [&bearer, ""],
    ] {
        let call = server.get(&path).header("authorization", values[0]);
        let answer = call.header("Authorization", values[1]).send();
        answer.expect_error(401, "AuthRequired");
    }
}

/// Row 7 of the list of attacks.
#[test]
fn a_key_in_any_other_place_is_not_a_credential() {
    let server = Server::start();
    let good = server.first_key(ALICE);
    let path = format!("{}?key={good}&access_token={good}", method("listApiKeys"));
    server.get(&path).send().expect_error(401, "AuthRequired");
    server
        .get(&method("listApiKeys"))
        .header("x-api-key", &good)
        .send()
        .expect_error(401, "AuthRequired");
}

/// Row 2 of the list of attacks: what no header may hold is rejected before a credential is looked for.
#[test]
fn a_credential_that_fits_into_no_header_is_rejected() {
    let server = Server::start();
    let good = server.first_key(ALICE);
    for (key, statuses) in [
        (
            format!("cocore-{}", "x".repeat(65_536)),
            &[400, 401, 431][..],
        ),
        (good.replacen('-', "\0", 1), &[400]),
        (format!("{good}\0"), &[400]),
        (format!("\u{7f}{good}"), &[400]),
        (format!("{good}\u{b}"), &[400]),
        (format!("{}\u{20ac}", &good[..47]), &[401]),
    ] {
        let answer = server.get(&method("listApiKeys")).key(&key).send();
        assert!(
            statuses.contains(&answer.status),
            "{:.60}: {}",
            key,
            answer.status
        );
    }
}
