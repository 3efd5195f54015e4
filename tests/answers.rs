//! The responses of the server: status, name of the error, headers.

use serde_json::json;

use crate::support::{ALICE, Server, method};

#[test]
fn a_call_without_a_credential_is_rejected() {
    let server = Server::start();
    for (verb, name) in [
        ("GET", "listApiKeys"),
        ("POST", "createApiKey"),
        ("POST", "revokeApiKey"),
        ("POST", "deleteApiKey"),
    ] {
        // The credential is checked before the body.
        let answer = server
            .call(verb, &method(name))
            .bytes("text/plain", b"{")
            .send();
        answer.expect_error(401, "AuthRequired");
        assert_eq!(answer.header("www-authenticate"), Some("Bearer"), "{name}");
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{name}");
    }
}

/// Row 15 of the list of attacks.
#[test]
fn a_wrong_verb_is_answered_with_the_allowed_ones() {
    let server = Server::start();
    for (name, right, wrong) in [
        (
            "listApiKeys",
            "GET, HEAD",
            &["POST", "PUT", "DELETE", "PATCH"][..],
        ),
        ("createApiKey", "POST", &["GET", "HEAD", "PUT", "DELETE"]),
        ("revokeApiKey", "POST", &["GET", "PUT"]),
        ("deleteApiKey", "POST", &["GET", "DELETE"]),
    ] {
        for verb in wrong {
            let answer = server.call(verb, &method(name)).send();
            assert_eq!(answer.status, 405, "{verb} {name}");
            assert_eq!(answer.header("allow"), Some(right), "{verb} {name}");
            if *verb != "HEAD" {
                answer.expect_error(405, "MethodNotAllowed");
            }
        }
    }
}

/// Row 60 of the list of attacks.
#[test]
fn what_proxies_send_is_answered_for_what_it_is() {
    let server = Server::start();
    let key = server.first_key(ALICE);
    let list = method("listApiKeys");
    assert_eq!(server.call("OPTIONS", &list).send().status, 204);
    let mut call = server.get(&list).key(&key);
    for number in 0..90 {
        call = call.header(&format!("x-proxy-{number}"), "value");
    }
    call.send().expect(200);
    // Bytes that a proxy should have encoded.
    for path in ["/n\u{f8}thing", "/xrpc/com.example.n\u{f8}thing"] {
        assert_eq!(server.get(path).send().status, 400, "{path}");
    }
}

#[test]
fn every_path_answers_another_verb_in_json() {
    let server = Server::start();
    let (read, write) = ("GET, HEAD", "POST");
    for (verb, path, allow) in [
        ("POST", "/livez", read),
        ("OPTIONS", "/livez", read),
        ("POST", "/readyz", read),
        ("POST", "/readyz/checks", read),
        ("POST", "/xrpc/_health", read),
        ("DELETE", "/api/xrpc/_health", read),
        ("POST", "/.well-known/did.json", read),
        ("POST", "/.well-known/security.txt", read),
        ("GET", "/auth/introspect", write),
        ("PROPFIND", "/auth/introspect", write),
        ("POST", "/", read),
        ("PUT", "/sign-in", "GET, HEAD, POST"),
        ("POST", "/oauth/callback", read),
        ("POST", "/oauth/client-metadata.json", read),
        ("POST", "/oauth/jwks.json", read),
        ("GET", "/console/sign-out", write),
        ("POST", "/assets/console.js", read),
    ] {
        let answer = server.call(verb, path).send();
        assert_eq!(answer.status, 405, "{verb} {path}");
        answer.expect_error(405, "MethodNotAllowed");
        assert_eq!(answer.header("allow"), Some(allow), "{verb} {path}");
    }
}

#[test]
fn a_bearer_that_is_not_valid_is_called_an_invalid_token() {
    let server = Server::start();
    let key = server.first_key(ALICE);
    let unknown = format!("Bearer cocore-{}", "A".repeat(43));
    let invalid = "Bearer error=\"invalid_token\"";
    for (values, name, expected) in [
        (&[][..], "AuthRequired", "Bearer"),
        (&["Basic YTpi"], "AuthRequired", "Bearer"),
        (&["DPoP x"], "AuthRequired", "Bearer"),
        (&[&unknown[..]], "AuthRequired", invalid),
        (&["Bearer cocore-short"], "AuthRequired", invalid),
        (&["Bearer nothing"], "AuthRequired", invalid),
        (&["Bearer"], "AuthRequired", invalid),
        (&[&unknown[..], &unknown[..]], "AuthRequired", invalid),
        (&["Bearer a.b.c"], "BadJwt", invalid),
    ] {
        let call = server.get(&method("listApiKeys"));
        let call = values
            .iter()
            .fold(call, |call, value| call.header("authorization", value));
        let answer = call.send();
        answer.expect_error(401, name);
        let found = answer.header("www-authenticate");
        assert_eq!(found, Some(expected), "{values:?}");
    }
    let verify = |key: &str| server.get("/auth/verify").key(key).send();
    assert_eq!(verify(&key).header("www-authenticate"), None);
    let rejected = verify("a.b.c");
    assert_eq!(rejected.header("www-authenticate"), Some(invalid));
}

#[test]
fn head_is_get_without_the_body() {
    let server = Server::start();
    let key = server.first_key(ALICE);
    let path = method("listApiKeys");
    let answer = server.call("HEAD", &path).key(&key).send();
    assert_eq!((answer.status, answer.body.len()), (200, 0));
    assert_eq!(server.call("HEAD", &path).send().status, 401);
}

/// Row 15 of the list of attacks.
#[test]
fn unknown_methods_and_malformed_nsids() {
    let server = Server::start();
    let key = server.first_key(ALICE);
    for (path, status, name) in [
        ("/nothing", 404, "NotFound"),
        ("/xrpc", 404, "NotFound"),
        ("//xrpc/dev.cocore.account.listApiKeys", 404, "NotFound"),
        (
            "/%2e%2e/xrpc/dev.cocore.account.listApiKeys",
            404,
            "NotFound",
        ),
        ("/xrpc/", 400, "InvalidRequest"),
        ("/xrpc/listApiKeys", 400, "InvalidRequest"),
        ("/xrpc/dev.cocore", 400, "InvalidRequest"),
        ("/xrpc/dev..cocore.account", 400, "InvalidRequest"),
        (
            "/xrpc/dev.cocore.account.listApiKeys/",
            400,
            "InvalidRequest",
        ),
        ("/xrpc/dev.cocore.account.list-keys", 400, "InvalidRequest"),
        (
            "/xrpc/dev.cocore.account%2FlistApiKeys",
            400,
            "InvalidRequest",
        ),
        (
            "/xrpc/dev.cocore.account.unknown",
            501,
            "MethodNotImplemented",
        ),
        (
            "/xrpc/com.atproto.server.createSession",
            501,
            "MethodNotImplemented",
        ),
        // The name part of an NSID is exact.
        (
            "/xrpc/dev.cocore.account.listapikeys",
            501,
            "MethodNotImplemented",
        ),
        // A definition that is not a method.
        ("/xrpc/dev.cocore.account.defs", 501, "MethodNotImplemented"),
    ] {
        let answer = server.get(path).key(&key).send();
        assert_eq!(answer.status, status, "{path}");
        answer.expect_error(status, name);
    }
    for path in [
        "/xrpc/DEV.CoCore.Account.listApiKeys",
        "/xrpc/dev.cocore.account.list%41piKeys",
    ] {
        server.get(path).key(&key).send().expect(200);
        // Another spelling does not bypass authentication.
        server.get(path).send().expect_error(401, "AuthRequired");
    }
}

#[test]
fn unknown_parameters_and_fields_are_ignored() {
    let server = Server::start();
    let key = server.first_key(ALICE);
    let path = format!("{}?limit=x&limit=y&%ff", method("listApiKeys"));
    server.get(&path).key(&key).send().expect(200);
    let input = json!({ "name": "n", "more": { "of": ["it", 1.5] }, "$type": 1 });
    server.create_key(&key, &input);
}

#[test]
fn every_answer_has_a_request_id_of_its_own() {
    let server = Server::start();
    let id = |path: &str| {
        server
            .get(path)
            .send()
            .header("x-request-id")
            .unwrap()
            .to_owned()
    };
    let ids = [
        id("/"),
        id("/"),
        id("/xrpc/_health"),
        id(&method("listApiKeys")),
    ];
    for (i, id) in ids.iter().enumerate() {
        assert!(!id.is_empty() && !ids[..i].contains(id));
    }
}

/// Row 60 of the list of attacks.
#[test]
fn the_request_id_of_a_trusted_proxy_is_taken_over() {
    for (settings, is_trusted) in [(&[][..], false), (&["--trusted-proxies", "1"], true)] {
        let server = Server::with(settings);
        for path in ["/livez", "/nothing", &method("listApiKeys")[..]] {
            let answer = server.get(path).header("x-request-id", "of-the.proxy_1");
            let answer = answer.send();
            let found = answer.header("x-request-id") == Some("of-the.proxy_1");
            assert_eq!(found, is_trusted, "{path}");
        }
    }
}
