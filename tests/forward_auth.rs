//! Other services verify keys: forward authentication.

use crate::support::{ALICE, Call, Server, method};

#[test]
fn verify_returns_the_account_of_a_key_for_every_verb_and_path() {
    let server = Server::start();
    let key = server.first_key(ALICE);
    let id = server.list(&key)[0]["id"].as_str().unwrap().to_owned();
    for (verb, path) in [
        ("GET", "/auth/verify"),
        ("POST", "/auth/verify"),
        ("DELETE", "/auth/verify/any/path?with=query"),
        ("OPTIONS", "/auth/verify/"),
        ("PROPFIND", "/auth/verify/%2e%2e/xrpc"),
    ] {
        let good = server.call(verb, path).key(&key).send();
        assert_eq!(good.status, 200, "{verb} {path}");
        assert_eq!(good.header("x-cocore-did"), Some(ALICE));
        assert_eq!(good.header("x-cocore-key-id"), Some(&id[..]));
        assert_eq!(good.header("cache-control"), Some("no-store"));
        let none = server.call(verb, path).send();
        assert_eq!(
            (none.status, none.header("www-authenticate")),
            (401, Some("Bearer"))
        );
        assert_eq!(none.header("x-cocore-did"), None);
    }
    assert!(server.list(&key)[0]["lastUsedAt"].is_string());
    for other in ["a.b.c", "nothing", ""] {
        server
            .get("/auth/verify")
            .key(other)
            .send()
            .expect_error(401, "AuthRequired");
    }
    server.end("revokeApiKey", &key, &id).expect(200);
    server
        .get("/auth/verify")
        .key(&key)
        .send()
        .expect_error(401, "AuthRequired");
}

/// Row 60 of the list of attacks: what proxies add to a request, and what their clients sent them.
#[test]
fn a_request_of_a_proxy_is_answered_for_what_it_is() {
    let server = Server::with(&["--trusted-proxies", "1"]);
    let key = server.first_key(ALICE);
    for (path, is_valid) in [
        ("/auth/verify", true),
        ("/auth/verify/%c3%bc/%ff?q=%fc", true),
        // No proxy of docs/forward-auth.md but Envoy sends the path of its client.
        ("/auth/verify/\u{fc}/\u{65e5}\u{672c}", false),
    ] {
        for verb in ["GET", "OPTIONS", "PROPFIND"] {
            for (credential, status) in [(&key[..], 200), ("cocore-x", 401)] {
                let call = server.call(verb, path).key(credential);
                let call = call.header("x-request-id", "of-a-proxy");
                // With those that every request has.
                let many = |call: Call, n: usize| call.header(&format!("x-many-{n}"), "x");
                let answer = (0..90).fold(call, many).send();
                if is_valid {
                    assert_eq!(answer.status, status, "{verb} {path}");
                    assert_eq!(answer.header("x-request-id"), Some("of-a-proxy"));
                } else {
                    assert_eq!(answer.status, 400, "{verb} {path}");
                }
            }
        }
    }
    // What is not short and plain is not taken over, and splits no line of the log.
    for id in [&"x".repeat(65)[..], "a b", "a\tb", "a\"b", "\u{fc}", ""] {
        let call = server.get("/auth/verify").key(&key);
        let answer = call.header("x-request-id", id).send();
        assert_eq!(answer.status, 200, "{id}");
        assert!(answer.header("x-request-id").is_some_and(|own| own != id));
    }
}

#[test]
fn a_key_may_stand_in_a_header_of_its_own() {
    let server = Server::with(&["--verify-api-key-header"]);
    let key = server.first_key(ALICE);
    let verify = || server.get("/auth/verify");
    verify().key(&key).send().expect_error(401, "AuthRequired");
    assert_eq!(verify().header("x-api-key", &key).send().status, 200);
    // Whatever stands in `Authorization` is for the proxy.
    let both = verify().header("x-api-key", &key).key("cocore-x").send();
    assert_eq!(both.status, 200);
    let twice = verify().header("x-api-key", &key).header("x-api-key", &key);
    twice.send().expect_error(401, "AuthRequired");
    // Nowhere else.
    let list = server.get(&method("listApiKeys")).header("x-api-key", &key);
    list.send().expect_error(401, "AuthRequired");
    let usual = Server::start();
    let key = usual.first_key(ALICE);
    let answer = usual.get("/auth/verify").header("x-api-key", &key).send();
    answer.expect_error(401, "AuthRequired");
}
