//! Other services verify keys: forward authentication.

use crate::support::{ALICE, Server};

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
