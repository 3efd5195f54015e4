//! Hosts that fail, hang or lie: each error names what is at fault, and nothing secret is printed.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::json;

use super::world::{CID, World, good, input};
use crate::support::BOB;
use crate::support::pds::{self, ACCESS_TOKEN, REFRESH_TOKEN, answer, raw};

#[test]
fn the_errors_of_a_host_come_through() {
    let next = Arc::new(Mutex::new(None));
    let told = next.clone();
    let world = World::new(move |_, _| told.lock().unwrap().clone());
    let long = "x".repeat(1000);
    for (name, from_host, status, error, contains) in [
        (
            "putRecord",
            answer(
                400,
                &[],
                &json!({ "error": "InvalidSwap", "message": "Record was at bafy" }),
            ),
            400,
            "InvalidSwap",
            "Record was at bafy",
        ),
        (
            "deleteRecord",
            answer(
                400,
                &[],
                &json!({ "error": "InvalidSwap", "message": "Record was at null" }),
            ),
            400,
            "InvalidSwap",
            "Record was at null",
        ),
        (
            "createRecord",
            answer(
                400,
                &[],
                &json!({ "error": "InvalidRecord", "message": long }),
            ),
            400,
            "InvalidRecord",
            &long[..300],
        ),
        (
            "createRecord",
            answer(
                403,
                &[],
                &json!({ "error": "ScopeMissingError", "message": "no" }),
            ),
            403,
            "ScopeMissingError",
            "no",
        ),
        (
            "createRecord",
            answer(
                500,
                &[],
                &json!({ "error": "InternalServerError", "message": "oh" }),
            ),
            502,
            "PdsError",
            "500",
        ),
        (
            "createRecord",
            raw(503, &[], "<html>"),
            502,
            "PdsError",
            "503",
        ),
        (
            "createRecord",
            raw(404, &[], "<html>"),
            502,
            "PdsError",
            "404",
        ),
        (
            "createRecord",
            raw(302, &[("location", "/other")], ""),
            502,
            "PdsError",
            "",
        ),
        (
            "createRecord",
            raw(200, &[], "no JSON"),
            502,
            "PdsError",
            "cannot be used",
        ),
        (
            "createRecord",
            raw(200, &[], r#"{"uri":1}"#),
            502,
            "PdsError",
            "cannot be used",
        ),
        (
            "createRecord",
            raw(200, &[], &"x".repeat(300_000)),
            502,
            "PdsError",
            "cannot be used",
        ),
        (
            "createRecord",
            Some("no HTTP\r\n\r\n".to_owned()),
            502,
            "PdsError",
            "broke off: whether it has done what was asked is not known",
        ),
        (
            "createRecord",
            Some(String::new()),
            502,
            "PdsError",
            "broke off: whether it has done what was asked is not known",
        ),
        (
            "deleteRecord",
            raw(200, &[], "<html>"),
            502,
            "PdsError",
            "cannot be used",
        ),
        (
            "createRecord",
            answer(
                401,
                &[],
                &json!({ "error": "AccountDeactivated", "message": "Account is deactivated" }),
            ),
            403,
            "AccountDeactivated",
            "Account is deactivated",
        ),
        (
            "createRecord",
            answer(
                400,
                &[],
                &json!({ "error": "invalid_request", "message": "no" }),
            ),
            400,
            "invalid_request",
            "no",
        ),
    ] {
        *next.lock().unwrap() = from_host;
        let message = world.call(name, &input(name)).expect_error(status, error);
        assert!(message.contains(contains), "{message}");
        assert!(message.chars().count() <= 300, "{message}");
    }
    *next.lock().unwrap() = answer(
        429,
        &[("retry-after", "7")],
        &json!({ "error": "RateLimitExceeded", "message": "slow" }),
    );
    let limited = world.call("createRecord", &input("createRecord"));
    limited.expect_error(429, "RateLimitExceeded");
    assert_eq!(limited.header("retry-after"), Some("7"));
}

#[test]
fn only_a_record_that_is_truly_gone_is_already_gone() {
    let next = Arc::new(Mutex::new(None));
    let told = next.clone();
    let world = World::new(move |_, _| told.lock().unwrap().clone());
    let commit = json!({ "commit": { "cid": CID, "rev": "3lk5n4crdfs2a" } });
    for (from_host, gone) in [
        (answer(200, &[], &commit), None),
        (answer(200, &[], &json!({})), Some(true)),
        (answer(200, &[], &json!({ "commit": null })), Some(true)),
        (raw(200, &[], ""), None),
        (
            answer(404, &[], &json!({ "error": "RecordNotFound" })),
            Some(true),
        ),
    ] {
        *next.lock().unwrap() = from_host;
        let answer = world
            .call("deleteRecord", &input("deleteRecord"))
            .expect(200);
        assert_eq!(answer["uri"], format!("at://{BOB}/com.example.thing/a"));
        assert_eq!(answer.get("alreadyGone").map(|gone| gone == true), gone);
    }
}

#[test]
fn a_host_that_hangs_or_is_away() {
    let world = World::new(|_, _| None);
    let begun = Instant::now();
    let answer = world.call("createRecord", &input("createRecord"));
    answer.expect_error(504, "PdsTimeout");
    assert!(begun.elapsed() < Duration::from_secs(20));
    // Nobody listens there, and the DID's document is unavailable.
    let alice = "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa";
    for (pds, document) in [
        ("http://localhost:1", None),
        (
            "http://localhost:1",
            Some("HTTP/1.1 503 x\r\ncontent-length: 0\r\n\r\n"),
        ),
    ] {
        let place = crate::support::Place::new();
        let tokens = pds::tokens(pds, super::world::GRANTED, pds::now() + 3600);
        let session = (alice, pds::seal(alice, &tokens), super::world::GRANTED);
        pds::store_sessions(&place.url, &[session]);
        match document {
            Some(text) => world.directory.put(alice, text),
            None => world.directory.put(alice, pds::document(alice, pds)),
        }
        let server = super::world::start(&place.url, &world.directory.url, &[]);
        let key = server.first_key(alice);
        let call = server.post("/pds/createRecord", &input("createRecord"));
        call.key(&key).send().expect_error(502, "PdsError");
    }
}

/// The tokens of an account are for the host that its document names, and for no other.
#[test]
fn an_account_that_moves_has_to_connect_again() {
    let world = World::new(|path, _| good(path));
    let other = pds::Pds::start(|path, _| good(path));
    world.directory.put(BOB, pds::document(BOB, &other.url));
    let answer = world.call("createRecord", &input("createRecord"));
    answer.expect_error(403, "SignInRequired");
    assert_eq!(other.requests().len() + world.calls_of_host().len(), 0);
}

/// Tokens are bound to their account: those of another row are none.
#[test]
fn tokens_that_were_moved_to_another_account_are_no_tokens() {
    let pds = pds::Pds::start(|path, _| good(path));
    let world = World::new(|path, _| good(path));
    let alice = "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa";
    world.directory.put(alice, pds::document(alice, &pds.url));
    let place = crate::support::Place::new();
    let tokens = pds::tokens(&pds.url, super::world::GRANTED, pds::now() + 3600);
    let moved = (alice, pds::seal(BOB, &tokens), super::world::GRANTED);
    pds::store_sessions(&place.url, &[moved]);
    let server = super::world::start(&place.url, &world.directory.url, &[]);
    let key = server.first_key(alice);
    let call = server.post("/pds/createRecord", &input("createRecord"));
    call.key(&key).send().expect_error(403, "SignInRequired");
    assert_eq!(pds.requests().len(), 0);
}

/// Rows 7 and 35 of the list of attacks, for the record proxy: the log is at its most verbose level.
#[test]
fn no_token_and_no_record_is_printed() {
    const SECRET: &str = "text-of-the-record-that-nobody-prints";
    let world = World::new(|path, request| match path {
        "/xrpc/com.atproto.repo.deleteRecord" => answer(
            400,
            &[],
            &json!({ "error": "Echo", "message": format!("text {SECRET}") }),
        ),
        "/xrpc/com.atproto.server.getServiceAuth" => None,
        _ if request.contains("getServiceAuth") => {
            answer(200, &[], &json!({ "token": "issued.token.of-the-account" }))
        }
        _ => good(path),
    });
    let mut written = input("putRecord");
    written["record"]["text"] = json!(SECRET);
    world.call("putRecord", &written).expect(200);
    written["record"]["$type"] = json!("com.example.other");
    world.call("putRecord", &written).expect(400);
    world
        .call("deleteRecord", &input("deleteRecord"))
        .expect(400);
    let token = world
        .call("getServiceAuth", &input("getServiceAuth"))
        .expect(200);
    assert_eq!(token["token"], "issued.token.of-the-account");
    let proofs: Vec<_> = world
        .calls_of_host()
        .iter()
        .flat_map(|call| call.lines().map(str::to_owned).collect::<Vec<_>>())
        .filter_map(|line| Some(line.to_ascii_lowercase().strip_prefix("dpop: ")?.to_owned()))
        .collect();
    assert_eq!(proofs.len(), 3);
    let key = world.key.clone();
    let printed = world.server.stop();
    assert!(printed.contains("answered"), "the log is empty");
    let printed = printed.to_ascii_lowercase();
    for secret in [
        SECRET,
        ACCESS_TOKEN,
        REFRESH_TOKEN,
        &key,
        "issued.token.of-the-account",
    ] {
        assert!(
            !printed.contains(&secret.to_ascii_lowercase()),
            "{secret} was printed"
        );
    }
    for proof in proofs {
        assert!(!printed.contains(&proof), "a proof was printed");
    }
}
