//! Service-auth tokens as credentials, over HTTP.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::support::issuer::{Directory, Key};
use crate::support::upstream::{Inference, json as answer};
use crate::support::{Answer, BOB, Place, Server, method};

const METHODS: [&str; 4] = [
    "createApiKey",
    "listApiKeys",
    "revokeApiKey",
    "deleteApiKey",
];

fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs()
}

/// The DID of a server on loopback.
fn did(server: &Server) -> String {
    let (_, port) = server.address.rsplit_once(':').unwrap();
    format!("did:web:localhost%3A{port}")
}

/// A token for a method of a server, each with an id of its own.
fn token(server: &Server, key: &Key, name: &str, more: Value) -> String {
    static NEXT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
    let id = NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let mut claims = json!({
        "iss": BOB, "aud": did(server), "lxm": format!("dev.cocore.account.{name}"),
        "exp": now() + 60, "iat": now(), "jti": format!("{id}"),
    });
    for (key, value) in more.as_object().unwrap() {
        claims[key] = value.clone();
    }
    key.token(json!({}), claims)
}

fn call(server: &Server, name: &str, token: &str) -> Answer {
    let call = match name {
        "listApiKeys" => server.get(&method(name)),
        "createApiKey" => server.post(&method(name), &json!({ "name": "by token" })),
        _ => server.post(&method(name), &json!({ "id": "unknown" })),
    };
    call.key(token).send()
}

fn world() -> (Directory, Server, Key) {
    let directory = Directory::start();
    let key = Key::secp256k1(7);
    directory.put(BOB, key.document(BOB));
    let server = Server::with(&["--plc-url", &directory.url]);
    (directory, server, key)
}

#[test]
fn every_method_takes_a_token_and_a_key_needs_no_bootstrap() {
    let (_directory, server, key) = world();
    for name in METHODS {
        call(&server, name, &token(&server, &key, name, json!({}))).expect(200);
    }
    let created = call(
        &server,
        "createApiKey",
        &token(&server, &key, "createApiKey", json!({})),
    );
    let created = created.expect(200);
    assert_eq!(created["key"]["did"], BOB);
    assert_eq!(server.list(created["secret"].as_str().unwrap()).len(), 2);
}

/// Row 16 of the list of attacks.
#[test]
fn each_defect_is_rejected_by_its_name_and_changes_nothing() {
    let (directory, server, key) = world();
    for (more, name) in [
        (json!({ "aud": "did:web:other.example" }), "BadJwtAudience"),
        (
            json!({ "lxm": "dev.cocore.account.listApiKeys" }),
            "BadJwtLexicon",
        ),
        (json!({ "lxm": null }), "BadJwtLexicon"),
        (json!({ "exp": now() - 1 }), "JwtExpired"),
        (json!({ "exp": now() + 3600 }), "BadJwt"),
        (json!({ "exp": null }), "BadJwt"),
        (json!({ "iat": null }), "BadJwt"),
        (json!({ "jti": null }), "BadJwt"),
        (json!({ "iss": format!("{BOB}#atproto") }), "BadJwtIssuer"),
        (
            json!({ "aud": format!("{}#cocore_console", did(&server)) }),
            "BadJwtAudience",
        ),
        (
            json!({ "iss": "did:plc:nobodyaaaaaaaaaaaaaaaaaa" }),
            "BadJwtIssuer",
        ),
        (json!({ "iss": "did:web:localhost%3A1" }), "BadJwtIssuer"),
    ] {
        let answer = call(
            &server,
            "createApiKey",
            &token(&server, &key, "createApiKey", more),
        );
        answer.expect_error(401, name);
        let challenge = answer.header("www-authenticate");
        assert_eq!(challenge, Some("Bearer error=\"invalid_token\""));
    }
    let other = Key::secp256k1(8);
    let forged = token(&server, &other, "createApiKey", json!({}));
    call(&server, "createApiKey", &forged).expect_error(401, "BadJwtSignature");
    let claims = json!({ "iss": BOB, "aud": did(&server), "exp": now() + 60 }).to_string();
    for (header, claims) in [
        ("null", &claims[..]),
        ("[]", &claims),
        (r#"{"alg":"ES256K","alg":"none"}"#, &claims),
        (r#"{"alg":"ES256K"}"#, "null"),
        (r#"{"alg":"ES256K"}"#, "\u{feff}{}"),
        (r#"{"alg":"ES256K"}"#, "{\"exp\":1e999}"),
    ] {
        let token = key.signed(header, claims);
        call(&server, "createApiKey", &token).expect_error(401, "BadJwt");
    }
    call(&server, "createApiKey", "a.b.c").expect_error(401, "BadJwt");
    let megabyte = format!("{}.{}.x", "x".repeat(500_000), "x".repeat(500_000));
    let create = server.post(&method("createApiKey"), &json!({ "name": "n" }));
    // The connection may be closed before all of it is sent.
    if let Ok(answer) = create.key(&megabyte).try_send() {
        assert!(matches!(answer.status, 400 | 431), "{answer:?}");
    }
    let good = server.first_key(BOB);
    assert_eq!(server.list(&good).len(), 1, "nothing was created");

    // An unavailable directory is not the client's error.
    let broken = "HTTP/1.1 500 Oops\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    directory.put("did:plc:lateraaaaaaaaaaaaaaaaaaa", broken);
    let later = token(
        &server,
        &key,
        "listApiKeys",
        json!({ "iss": "did:plc:lateraaaaaaaaaaaaaaaaaaa" }),
    );
    let answer = call(&server, "listApiKeys", &later);
    answer.expect_error(503, "ServiceUnavailable");
    assert_eq!(answer.header("retry-after"), Some("1"));
}

/// The settings of a server that is public as `keys.example.com`.
fn public(directory: &Directory) -> [&str; 4] {
    [
        "--plc-url",
        &directory.url,
        "--public-url",
        "https://keys.example.com",
    ]
}

/// Row 16 of the list of attacks.
#[test]
fn a_token_is_accepted_once_here_and_after_a_restart() {
    let directory = Directory::start();
    let key = Key::p256(4);
    directory.put(BOB, key.document(BOB));
    let settings = public(&directory);
    let Place { url, dir: _dir } = Place::new();
    let server = Server::on_with(&url, &settings);
    let claims = json!({ "aud": "did:web:keys.example.com#cocore_account" });
    let once = token(&server, &key, "listApiKeys", claims);
    call(&server, "listApiKeys", &once).expect(200);
    call(&server, "listApiKeys", &once).expect_error(401, "JwtReplayed");
    server.stop();
    let again = Server::on_with(&url, &settings);
    call(&again, "listApiKeys", &once).expect_error(401, "JwtReplayed");
}

/// Row 16 of the list of attacks. Only PostgreSQL has several servers.
#[test]
fn a_token_is_accepted_once_on_all_servers() {
    let place = Place::new();
    if place.file().is_some() {
        return;
    }
    let directory = Directory::start();
    let key = Key::p256(4);
    directory.put(BOB, key.document(BOB));
    let settings = public(&directory);
    let servers = [0, 1].map(|_| Server::on_with(&place.url, &settings));
    for first in [0, 1] {
        let claims = json!({ "aud": "did:web:keys.example.com" });
        let once = token(&servers[0], &key, "listApiKeys", claims);
        call(&servers[first], "listApiKeys", &once).expect(200);
        for server in &servers {
            call(server, "listApiKeys", &once).expect_error(401, "JwtReplayed");
        }
    }
}

/// Row 16 of the list of attacks.
#[test]
fn of_concurrent_uses_of_a_token_one_is_accepted() {
    let (_directory, server, key) = world();
    let once = token(&server, &key, "createApiKey", json!({}));
    let statuses: Vec<_> = std::thread::scope(|scope| {
        let call = || call(&server, "createApiKey", &once).status;
        let threads: Vec<_> = (0..16).map(|_| scope.spawn(call)).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    });
    assert_eq!(
        statuses.iter().filter(|status| **status == 200).count(),
        1,
        "{statuses:?}"
    );
}

#[test]
fn only_listed_accounts_are_served() {
    let directory = Directory::start();
    let key = Key::secp256k1(7);
    directory.put(BOB, key.document(BOB));
    directory.put(
        "did:plc:malloryaaaaaaaaaaaaaaaaa",
        key.document("did:plc:malloryaaaaaaaaaaaaaaaaa"),
    );
    let server = Server::with(&[
        "--plc-url",
        &directory.url,
        "--allow",
        BOB,
        "--allow",
        "alice.example",
    ]);
    call(
        &server,
        "listApiKeys",
        &token(&server, &key, "listApiKeys", json!({})),
    )
    .expect(200);
    let mallory = token(
        &server,
        &key,
        "createApiKey",
        json!({ "iss": "did:plc:malloryaaaaaaaaaaaaaaaaa" }),
    );
    call(&server, "createApiKey", &mallory).expect_error(403, "Forbidden");
    assert!(server.accepts(&server.first_key("did:web:alice.example")));
    let answer = server
        .get(&method("listApiKeys"))
        .key(&server.first_key("did:plc:malloryaaaaaaaaaaaaaaaaa"));
    answer.send().expect_error(403, "Forbidden");
}

#[test]
fn the_document_and_the_audience_come_from_one_url() {
    let server = Server::start();
    let document = server.get("/.well-known/did.json").send().expect(200);
    assert_eq!(document["id"], did(&server));
    let (_, port) = server.address.rsplit_once(':').unwrap();
    for (index, id) in ["#cocore_account", "#cocore_console"].iter().enumerate() {
        assert_eq!(document["service"][index]["id"], *id);
        let endpoint = format!("http://localhost:{port}");
        assert_eq!(document["service"][index]["serviceEndpoint"], endpoint);
    }
    let public = Server::with(&["--public-url", "https://keys.example.com:8443"]);
    let document = public.get("/.well-known/did.json").send().expect(200);
    assert_eq!(document["id"], "did:web:keys.example.com%3A8443");
    let hidden = Server::with(&["--listen", "0.0.0.0:0"]);
    let (_, port) = hidden.address.rsplit_once(':').unwrap();
    let address = format!("127.0.0.1:{port}");
    let answer = crate::support::Call::new(&address, "GET", "/.well-known/did.json").send();
    answer.expect_error(404, "NotFound");
    assert!(hidden.stop().contains("service auth and sign-in are off"));
}

#[test]
fn any_site_may_call_methods_with_a_bearer_credential() {
    let server = Server::start();
    let path = method("createApiKey");
    let preflight = server
        .call("OPTIONS", &path)
        .header("origin", "https://tool.example")
        .header("access-control-request-method", "POST")
        .header(
            "access-control-request-headers",
            "authorization,content-type",
        )
        .send();
    assert_eq!(preflight.status, 204);
    let allowed = preflight.header("access-control-allow-headers").unwrap();
    assert!(allowed.contains("Authorization") && allowed.contains("Content-Type"));
    let key = server.first_key(BOB);
    let good = server.get(&method("listApiKeys")).key(&key).send();
    let bad = server.get(&method("listApiKeys")).send();
    let unknown = server.get("/xrpc/com.example.unknown").send();
    let escaped = server.get("/%78rpc/dev.cocore.account.listApiKeys").send();
    let documents = [
        "/.well-known/did.json",
        "/oauth/client-metadata.json",
        "/oauth/jwks.json",
        "/assets/none",
        "/nothing",
        "/nothing/below",
    ];
    let documents = documents.map(|path| server.get(path).send());
    let post = server.call("POST", "/.well-known/did.json").send();
    for answer in [&preflight, &good, &bad, &unknown, &escaped, &post]
        .into_iter()
        .chain(&documents)
    {
        let allowed = answer.header("access-control-allow-origin");
        assert_eq!(allowed, Some("*"), "{answer:?}");
        assert_eq!(answer.header("access-control-allow-credentials"), None);
        let exposed = answer.header("access-control-expose-headers").unwrap();
        assert!(exposed.contains("x-request-id"), "{exposed}");
    }
    // A page of another site reads nothing that a cookie opens.
    for (verb, path) in [
        ("GET", "/"),
        ("OPTIONS", "/"),
        ("GET", "/sessions"),
        ("GET", "/usage"),
        ("OPTIONS", "/sign-in"),
        ("POST", "/console/sign-out"),
        ("OPTIONS", "/console/end-sessions"),
    ] {
        let call = server.call(verb, path);
        let call = call.header("origin", "https://tool.example");
        let answer = call
            .header("access-control-request-headers", "content-type")
            .send();
        for name in ["origin", "headers", "methods"] {
            let name = format!("access-control-allow-{name}");
            assert_eq!(answer.header(&name), None, "{verb} {path}");
        }
    }
}

/// Rows 7 and 35 of the list of attacks.
#[test]
fn tokens_are_never_logged() {
    let (_directory, server, key) = world();
    let good = token(&server, &key, "listApiKeys", json!({}));
    call(&server, "listApiKeys", &good).expect(200);
    call(&server, "listApiKeys", &good).expect_error(401, "JwtReplayed");
    let path = format!("{}?token={good}&key=cocore-secret", method("listApiKeys"));
    server.get(&path).send().expect_error(401, "AuthRequired");
    let body = json!({ "name": good, "access_token": good });
    let create = server.post(&method("createApiKey"), &body);
    create.send().expect_error(401, "AuthRequired");
    // Rejected for a defect, and in places where it does not belong.
    let defective = token(&server, &key, "createApiKey", json!({}));
    call(&server, "listApiKeys", &defective).expect_error(401, "BadJwtLexicon");
    for header in ["x-access-token", "cookie", "dpop", "proxy-authorization"] {
        let list = server.get(&method("listApiKeys")).header(header, &good);
        list.send().expect_error(401, "AuthRequired");
    }
    let printed = server.stop();
    for token in [&good, &defective] {
        for part in token.split('.').skip(1) {
            assert!(!printed.contains(part), "a token was printed");
        }
    }
    assert!(!printed.contains("cocore-secret"));
}

#[test]
fn a_call_of_a_model_takes_a_token_for_its_own_service() {
    let directory = Directory::start();
    let key = Key::secp256k1(7);
    directory.put(BOB, key.document(BOB));
    let inference = Inference::with(&[answer(200, "{}")], &["--plc-url", &directory.url]);
    let server = &inference.server;
    let own = did(server);
    let lxm = "dev.cocore.inference.dispatch";
    let service = format!("{own}#cocore_inference");
    let call = |claims: Value| {
        let token = token(server, &key, "createApiKey", claims);
        let input = json!({ "model": "tiny", "input": "hello" });
        server.post("/v1/responses", &input).key(&token).send()
    };
    for aud in [&service, &own] {
        call(json!({ "lxm": lxm, "aud": aud })).expect(200);
    }
    for claims in [
        json!({ "aud": service }),
        json!({ "lxm": lxm, "aud": format!("{own}#cocore_account") }),
        json!({ "lxm": lxm, "aud": service, "exp": now() - 1 }),
    ] {
        assert_eq!(call(claims).expect(401)["error"]["code"], "invalid_api_key");
    }
    assert_eq!(inference.upstream.requests().len(), 2);
}
