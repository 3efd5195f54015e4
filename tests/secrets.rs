//! No output of the server contains a secret.

use serde_json::json;

use crate::support::{ALICE, Server, key_method, method};

/// An `Idempotency-Key`, with which the stored answer can be read.
const HEADER: &str = "8f14e45f-ceea-467f-a0e6-7d5c9b1a2b3c";

/// Rows 7, 10 and 35 of the list of attacks.
#[test]
fn no_secret_is_ever_printed() {
    let server = Server::start();
    let first = server.first_key(ALICE);
    let second = server.create_key(&first, &json!({ "name": "second-name" }));
    let second = second["secret"].as_str().unwrap().to_owned();
    let path = method("listApiKeys");
    let create = method("createApiKey");

    // Every place in which a client may send a secret, correct or not.
    server.get(&path).key(&second).send().expect(200);
    server
        .get(&path)
        .key(&format!("{second}x"))
        .send()
        .expect(401);
    server
        .get(&path)
        .header("authorization", &format!("Basic {second}"))
        .send()
        .expect(401);
    server
        .get(&format!("{path}?key={second}"))
        .send()
        .expect(401);
    server.get(&format!("/xrpc/{second}")).send().expect(400);
    server.get(&format!("/{second}")).send().expect(404);
    server.call(&second, "/").send();
    for body in [
        json!(second),
        json!({ "name": "n", "expiresAt": second }),
        json!({ "name": [second] }),
        json!({ "name": "n", (second.as_str()): 1 }),
    ] {
        server.post(&create, &body).key(&first).send();
    }
    server
        .post(&create, &json!({ "name": second }))
        .send()
        .expect(401);
    server
        .call("POST", &create)
        .key(&first)
        .bytes(&second, b"{}")
        .send()
        .expect(400);
    server.end("revokeApiKey", &first, &second).expect(200);
    for header in [
        "x-api-key",
        "cookie",
        "x-request-id",
        "user-agent",
        "host",
        &second,
    ] {
        server.get(&path).header(header, &second).send();
    }
    // Its answer is stored encrypted.
    let once = server.post(&key_method("createKey"), &json!({ "name": "once" }));
    let once = once.key(&first).header("idempotency-key", HEADER).send();
    let third = once.expect(200)["secret"].as_str().unwrap().to_owned();

    for path in [
        "/auth/verify",
        "/auth/introspect",
        "/auth/revoke",
        "/sign-in",
        "/oauth/callback",
    ] {
        for verb in ["GET", "POST"] {
            let path = format!("{path}?token={second}&code={second}&state={second}&iss={second}");
            let call = server.call(verb, &path).key(&second);
            let form = format!("token={second}&handle={second}");
            call.bytes("application/x-www-form-urlencoded", form.as_bytes())
                .send();
        }
    }

    let file = server.database_url.strip_prefix("sqlite:");
    for stored in file
        .iter()
        .flat_map(|file| [file.to_string(), format!("{file}-wal")])
    {
        let stored = String::from_utf8_lossy(&std::fs::read(stored).unwrap()).into_owned();
        for secret in [&first, &second, &third] {
            assert!(!stored.contains(&secret[7..]), "a secret was stored");
        }
        assert!(!stored.contains(HEADER), "the key to an answer was stored");
    }
    let printed = server.stop();
    assert!(printed.contains("answered"), "the log is empty:\n{printed}");
    assert!(
        !printed.contains(HEADER),
        "the key to an answer was printed"
    );
    for secret in [&first, &second, &third] {
        // Not even a part from which the rest could be guessed.
        assert!(!printed.contains(&secret[7..]), "a secret was printed");
        assert!(
            !printed.contains(&secret[..25]),
            "half of a secret was printed"
        );
    }
    assert!(!printed.contains("second-name"), "a key's name was printed");
}

/// Row 35 of the list of attacks: the cookies of a session and of a sign-in.
#[test]
fn no_cookie_is_ever_printed() {
    let server = Server::start();
    let secret = "Q".repeat(43);
    for name in ["cocore", "__Host-cocore", "cocore-sign-in", "other"] {
        let cookie = format!("{name}={secret}");
        for (verb, path) in [
            ("GET", &method("listApiKeys")[..]),
            ("POST", &method("createApiKey")),
            ("GET", "/"),
            ("GET", "/sessions"),
            ("POST", "/console/sign-out"),
            (
                "GET",
                "/oauth/callback?code=QQQQQQQQQQQQ&state=QQQQQQQQQQQQ",
            ),
        ] {
            let call = server.call(verb, path).header("cookie", &cookie);
            let call = call.header("sec-fetch-site", "same-origin");
            let answer = call.json(&json!({ "name": "n" })).send();
            assert!(!format!("{answer:?}").contains("QQQQQQQQQQQQ"), "{path}");
        }
    }
    let printed = server.stop();
    assert!(printed.contains("answered"), "the log is empty:\n{printed}");
    assert!(!printed.contains("QQQQQQQQQQQQ"), "{printed}");
}

/// Row 35 of the list of attacks.
#[test]
fn an_error_does_not_echo_what_was_sent() {
    let server = Server::start();
    let first = server.first_key(ALICE);
    for body in [
        json!({ "name": { "secret-value": 1 } }),
        json!({ "name": "n", "expiresAt": "secret-value" }),
        json!("secret-value"),
    ] {
        let answer = server
            .post(&method("createApiKey"), &body)
            .key(&first)
            .send();
        let message = answer.expect_error(400, "InvalidRequest");
        assert!(!message.contains("secret-value"), "{message}");
    }
}
