//! Token introspection: other services ask whether a key is active.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::support::{ALICE, Answer, BOB, Server, id_and_secret};

const FORM: &str = "application/x-www-form-urlencoded";

/// Sends a form, with these values of the `Authorization` header.
fn ask_with(server: &Server, authorization: &[&str], body: &str) -> Answer {
    let call = server.call("POST", "/auth/introspect");
    let call = authorization
        .iter()
        .fold(call, |call, value| call.header("authorization", value));
    call.bytes(FORM, body.as_bytes()).send()
}

fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
}

#[test]
fn introspection_is_for_callers_with_a_key_of_their_own() {
    let server = Server::start();
    let own = server.first_key(ALICE);
    let shown = server.create_key(
        &own,
        &json!({ "name": "x", "expiresAt": "2099-01-01T00:00:00Z" }),
    );
    let ask = |caller: &str, token: &str| {
        let body = format!("token={token}&token_type_hint=access_token");
        ask_with(&server, &[&format!("Bearer {caller}")], &body)
    };
    let secret = shown["secret"].as_str().unwrap();
    let answer = ask(&own, secret).expect(200);
    assert_eq!(answer["active"], true);
    assert_eq!(answer["sub"], ALICE);
    assert_eq!(answer["jti"], shown["key"]["id"]);
    assert_eq!(answer["scope"], "*");
    assert_eq!(answer["exp"], 4_070_908_800_u64);
    let inactive = json!({ "active": false });
    assert_eq!(ask(&own, "cocore-unknown").expect(200), inactive);
    assert_eq!(ask(&own, "a.b.c").expect(200), inactive);
    ask("cocore-unknown", secret).expect_error(401, "invalid_token");
    // The caller is authenticated before the form is read.
    for (content_type, body) in [
        ("application/json", "{}"),
        (FORM, "nothing=here"),
        (FORM, ""),
        (FORM, "token=cocore-one&token=cocore-two"),
        (FORM, "token=&token="),
    ] {
        let send = |caller: &str| {
            let call = server.call("POST", "/auth/introspect").key(caller);
            call.bytes(content_type, body.as_bytes()).send()
        };
        send("cocore-unknown").expect_error(401, "invalid_token");
        let message = send(&own).expect_error(400, "invalid_request");
        assert!(message.starts_with("input"), "{message}");
    }
    let id = shown["key"]["id"].as_str().unwrap();
    server.end("revokeApiKey", &own, id).expect(200);
    assert_eq!(ask(&own, secret).expect(200), inactive);
    let printed = server.stop();
    assert!(!printed.contains(secret) && !printed.contains(&own));
}

#[test]
fn callers_authenticate_by_a_bearer_or_by_basic() {
    let server = Server::start();
    let key = server.first_key(ALICE);
    let body = format!("token={key}");
    for credential in [
        format!("Bearer {key}"),
        basic("", &key),
        basic("any user", &key),
        basic("backend", &key).replace("Basic", "bAsIc"),
    ] {
        let answer = ask_with(&server, &[&credential], &body).expect(200);
        assert_eq!(answer["active"], true);
    }
    let (scheme, encoded) = ("Basic realm=\"cocore\"", STANDARD.encode(&key));
    for (values, name, challenge) in [
        (&[][..], "invalid_client", "Bearer, Basic realm=\"cocore\""),
        (
            &["DPoP x"],
            "invalid_client",
            "Bearer, Basic realm=\"cocore\"",
        ),
        (&[&basic("x", "cocore-x")[..]], "invalid_client", scheme),
        (&[&basic(&key, "x")[..]], "invalid_client", scheme),
        // No colon, no base64, nothing.
        (&[&format!("Basic {encoded}")[..]], "invalid_client", scheme),
        (&["Basic ?"], "invalid_client", scheme),
        (&["Basic"], "invalid_client", scheme),
        (
            &["Bearer cocore-x"],
            "invalid_token",
            "Bearer error=\"invalid_token\"",
        ),
        (
            &["Bearer a.b.c"],
            "invalid_token",
            "Bearer error=\"invalid_token\"",
        ),
    ] {
        let answer = ask_with(&server, values, &body);
        answer.expect_error(401, name);
        let found = answer.header("www-authenticate");
        assert_eq!(found, Some(challenge), "{name}");
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
    // HTTP Basic is for introspection alone.
    let methods = server.get("/xrpc/dev.cocore.account.listApiKeys");
    let answer = methods.header("authorization", &basic("x", &key)).send();
    answer.expect_error(401, "AuthRequired");
}

#[test]
fn only_resource_servers_introspect_keys_of_other_accounts() {
    let server = Server::with(&["--resource-servers", ALICE]);
    let (alice, bob) = (server.first_key(ALICE), server.first_key(BOB));
    let input = json!({ "name": "x", "scopes": ["repo:com.example.b", "repo:com.example.a"] });
    let created = server.call_key_method("createKey", &bob, &input);
    let (_, scoped) = id_and_secret(&created.expect(200));
    for (caller, token, is_active) in [
        (&alice, &alice, true),
        (&alice, &scoped, true),
        (&bob, &scoped, true),
        (&scoped, &bob, true),
        (&bob, &alice, false),
        (&scoped, &alice, false),
    ] {
        let body = format!("token={token}");
        let answer = ask_with(&server, &[&format!("Bearer {caller}")], &body).expect(200);
        assert_eq!(answer["active"], is_active);
        if token == &scoped && is_active {
            assert_eq!(answer["scope"], "repo:com.example.a repo:com.example.b");
        }
        if !is_active {
            assert_eq!(answer, json!({ "active": false }));
        }
    }
}
