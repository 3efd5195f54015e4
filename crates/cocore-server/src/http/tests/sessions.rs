//! Sessions: their cookies, their expiry, and the protection from other sites.

use actix_web::test::TestRequest;
use cocore_keys::Clock;

use super::world::World;
use crate::sessions::NewSession;

#[actix_web::test]
async fn a_session_expires_when_idle_and_by_age() {
    let world = World::new();
    let cookie = format!("cocore={}", world.sign_in().await);
    let list = || TestRequest::get().uri("/xrpc/dev.cocore.account.listApiKeys");
    // Used every six days, it lasts for thirty.
    for (now, expected) in [
        ("2030-01-01T00:00:00Z", 200),
        ("2030-01-07T23:59:59Z", 200),
        ("2030-01-13T00:00:00Z", 200),
        ("2030-01-19T00:00:00Z", 200),
        ("2030-01-25T00:00:00Z", 200),
        ("2030-01-30T23:59:59Z", 200),
        ("2030-01-31T00:00:00Z", 401),
    ] {
        world.clock.set(now);
        let status = world.send(list(), &[("cookie", &cookie)]).await;
        assert_eq!(status.as_u16(), expected, "{now}");
    }
    let cookie = format!("cocore={}", world.sign_in().await);
    world.clock.set("2030-02-06T23:59:59Z");
    let list_again = world.sessions().list("did:web:alice.example").await;
    assert_eq!(list_again.unwrap().len(), 1);
    world.clock.set("2030-02-07T00:00:00Z");
    assert_eq!(world.send(list(), &[("cookie", &cookie)]).await, 401);
    assert_eq!(world.sessions().purge().await.unwrap(), 2);
}

/// Rows 4, 5 and 6 of the list of attacks.
#[actix_web::test]
async fn a_cookie_is_accepted_from_our_own_pages_only() {
    let world = World::new();
    let cookie = format!("cocore={}", world.sign_in().await);
    let other = format!("cocore={}", "A".repeat(43));
    let json = ("content-type", "application/json");
    let own = ("sec-fetch-site", "same-origin");
    for (headers, expected) in [
        (vec![("cookie", &cookie[..]), json, own], 200),
        (
            vec![("cookie", &cookie), json, ("sec-fetch-site", "none")],
            200,
        ),
        (
            vec![
                ("cookie", &cookie),
                json,
                ("origin", "http://127.0.0.1:8080"),
            ],
            200,
        ),
        (
            vec![
                ("cookie", &cookie),
                json,
                ("origin", "http://localhost:8080"),
            ],
            200,
        ),
        (
            vec![
                ("cookie", &cookie),
                json,
                ("origin", "http://localhost:8081"),
            ],
            403,
        ),
        (vec![("cookie", &cookie), json, ("origin", "null")], 403),
        (vec![("cookie", &cookie), json], 403),
        (
            vec![("cookie", &cookie), json, ("sec-fetch-site", "cross-site")],
            403,
        ),
        (
            vec![("cookie", &cookie), json, ("sec-fetch-site", "same-site")],
            403,
        ),
        (
            vec![("cookie", &cookie), ("content-type", "text/plain"), own],
            403,
        ),
        (
            vec![
                ("cookie", &cookie),
                ("content-type", "application/x-www-form-urlencoded"),
                own,
            ],
            403,
        ),
        (vec![("cookie", &cookie), own], 403),
        // Two cookies, a tampered one, none of ours, and a bad bearer beside a good cookie.
        (
            vec![("cookie", &format!("{cookie}; {other}")), json, own],
            401,
        ),
        (
            vec![("cookie", &cookie), ("cookie", &other), json, own],
            401,
        ),
        (vec![("cookie", &other), json, own], 401),
        (vec![("cookie", &format!("{cookie}A")), json, own], 401),
        (
            vec![
                ("cookie", &cookie.replace("cocore", "__Host-cocore")),
                json,
                own,
            ],
            401,
        ),
        (
            vec![
                ("cookie", &cookie),
                ("authorization", "Bearer nothing"),
                json,
                own,
            ],
            401,
        ),
        (
            vec![
                ("cookie", &cookie),
                ("authorization", "Bearer a.b.c"),
                json,
                own,
            ],
            401,
        ),
        (
            vec![
                ("cookie", &cookie),
                ("authorization", "Basic YTpi"),
                json,
                own,
            ],
            401,
        ),
    ] {
        let request = TestRequest::post()
            .uri("/xrpc/dev.cocore.account.createApiKey")
            .set_payload(r#"{"name":"x"}"#);
        let status = world.send(request, &headers).await;
        assert_eq!(status.as_u16(), expected, "{headers:?}");
    }
    let keys = world.state.keys.list("did:web:alice.example").await;
    assert_eq!(keys.unwrap().len(), 4, "nothing else was created");
    // Reading needs no such proof, and what is signed out is gone.
    let list = || TestRequest::get().uri("/xrpc/dev.cocore.account.listApiKeys");
    let site = ("sec-fetch-site", "cross-site");
    assert_eq!(world.send(list(), &[("cookie", &cookie), site]).await, 200);
    let ended = world.sessions().end("did:web:alice.example", None).await;
    assert_eq!(ended.unwrap(), 1);
    assert_eq!(world.send(list(), &[("cookie", &cookie)]).await, 401);
}

#[actix_web::test]
async fn on_https_the_cookie_is_bound_to_the_host() {
    let world = World::with(&["--public-url", "https://keys.example.com"]);
    let new = NewSession {
        did: "did:web:alice.example".to_owned(),
        handle: None,
        browser: String::new(),
        address: String::new(),
    };
    let secret = world.sessions().start(new).await.unwrap();
    let cookie = world.state.console.browser.cookies.set_session(&secret);
    assert!(cookie.starts_with("__Host-cocore="), "{cookie}");
    assert!(cookie.ends_with("; Path=/; HttpOnly; SameSite=Lax; Max-Age=2592000; Secure"));
    assert!(!cookie.contains("Domain"));
    let list = || TestRequest::get().uri("/xrpc/dev.cocore.account.listApiKeys");
    let own = format!("__Host-cocore={}", secret.expose());
    assert_eq!(world.send(list(), &[("cookie", &own)]).await, 200);
    let plain = format!("cocore={}", secret.expose());
    assert_eq!(world.send(list(), &[("cookie", &plain)]).await, 401);
}

#[actix_web::test]
async fn the_local_account_has_a_session_on_loopback_alone_and_unlisted_accounts_have_none() {
    let list = || TestRequest::get().uri("/xrpc/dev.cocore.account.listApiKeys");
    for (public_url, name, status) in [
        ("https://keys.example.com", "__Host-cocore", 401),
        ("http://keys.example.com", "cocore", 401),
        ("http://localhost:8080", "cocore", 200),
    ] {
        let world = World::with(&["--public-url", public_url]);
        let cookie = format!("{name}={}", world.sign_in_as("did:web:localhost").await);
        let found = world.send(list(), &[("cookie", &cookie)]).await;
        assert_eq!(found, status, "{public_url}");
    }
    let world = World::with(&["--allow", "did:web:bob.example"]);
    let cookie = format!("cocore={}", world.sign_in().await);
    for path in ["/", "/sessions", "/xrpc/dev.cocore.account.listApiKeys"] {
        let request = TestRequest::get().uri(path);
        assert_eq!(
            world.send(request, &[("cookie", &cookie)]).await,
            403,
            "{path}"
        );
    }
}

#[actix_web::test]
async fn expired_rows_are_removed() {
    let world = World::new();
    let store = &world.state.store;
    let put = async |kind, until: Option<&str>| {
        let until = until.map(|text| text.parse().unwrap());
        let put = store.encrypted_put(kind, "x", vec![1], until);
        put.await.unwrap();
    };
    put("sign-in", Some("2030-01-01T00:01:00Z")).await;
    put("client-key", None).await;
    world.sign_in().await;
    world.clock.set("2030-01-01T00:00:59Z");
    assert_eq!(world.sessions().purge().await.unwrap(), 0);
    world.clock.set("2030-01-01T00:01:00Z");
    assert_eq!(world.sessions().purge().await.unwrap(), 1);
    world.clock.set("2030-02-01T00:00:00Z");
    assert_eq!(world.sessions().purge().await.unwrap(), 1);
    let key = store.encrypted_take("client-key", "x", world.clock.now());
    assert_eq!(key.await.unwrap(), Some(vec![1]));
}
