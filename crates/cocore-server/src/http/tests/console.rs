//! The console without a browser: signing in and out, and what its pages contain.

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderMap, LOCATION, SET_COOKIE};
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use serde_json::{Value, json};

use super::world::World;

struct Page {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

impl Page {
    fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.map_or("", |value| value.to_str().unwrap())
    }

    /// The cookie that it sets, as a browser sends it back.
    fn cookie(&self) -> String {
        let set = self.headers.get(SET_COOKIE).unwrap().to_str().unwrap();
        set.split(';').next().unwrap().to_owned()
    }
}

async fn get(world: &World, path: &str, cookie: &str) -> Page {
    page(world, TestRequest::get().uri(path), cookie).await
}

async fn post(world: &World, path: &str, cookie: &str, input: Value) -> Page {
    let request = TestRequest::post().uri(path).set_json(input);
    page(
        world,
        request.insert_header(("sec-fetch-site", "same-origin")),
        cookie,
    )
    .await
}

async fn page(world: &World, request: TestRequest, cookie: &str) -> Page {
    let app = init_service(crate::http::app(world.state.clone())).await;
    let request = request
        .peer_addr("192.0.2.7:1".parse().unwrap())
        .insert_header(("cookie", cookie))
        .insert_header((
            "user-agent",
            "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0",
        ));
    let answer = call_service(&app, request.to_request()).await;
    Page {
        status: answer.status(),
        headers: answer.headers().clone(),
        text: String::from_utf8(read_body(answer).await.to_vec()).unwrap(),
    }
}

/// Row 6 of the list of attacks: a cookie that was planted before signing in.
#[actix_web::test]
async fn a_login_link_works_once_and_until_it_expires() {
    let world = World::new();
    let link = world.login_link(None).await;
    for path in ["/sign-in/local?token=other", "/sign-in/local"] {
        assert_eq!(get(&world, path, "").await.status, 403);
    }
    // A program that only looks does not use it up.
    let head = TestRequest::default().method("HEAD".parse().unwrap());
    let head = page(&world, head.uri(&link), "").await;
    assert_eq!((head.status.as_u16(), &head.text[..]), (200, ""));
    assert!(head.headers.get("set-cookie").is_none());
    let planted = "cocore=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let started = get(&world, &link, planted).await;
    assert_eq!(
        (started.status.as_u16(), started.header(LOCATION.as_str())),
        (303, "/")
    );
    let cookie = started.cookie();
    assert_ne!(cookie, planted, "a new id at sign-in");
    assert!(
        started
            .header("set-cookie")
            .ends_with("; Path=/; HttpOnly; SameSite=Lax; Max-Age=2592000")
    );
    let keys = get(&world, "/", &cookie).await;
    assert!(keys.text.contains("did:web:localhost"), "{}", keys.text);
    assert_eq!(get(&world, &link, "").await.status, 403);

    let (in_time, late) = (world.login_link(None).await, world.login_link(None).await);
    world.clock.set("2030-01-01T00:09:59Z");
    assert_eq!(get(&world, &in_time, "").await.status, 303);
    world.clock.set("2030-01-01T00:10:00Z");
    assert_eq!(get(&world, &late, "").await.status, 403);
}

#[actix_web::test]
async fn a_login_link_signs_in_the_account_that_the_operator_named() {
    let public = ["--public-url", "https://keys.example.com"];
    let alice = "did:web:alice.example";
    for (world, prefix) in [
        (World::new(), "cocore="),
        (World::with(&public), "__Host-cocore="),
    ] {
        let link = world.login_link(Some(alice)).await;
        let cookie = get(&world, &link, "").await.cookie();
        assert!(cookie.starts_with(prefix), "{cookie}");
        let keys = get(&world, "/", &cookie).await;
        assert!(keys.text.contains(alice), "{}", keys.text);
    }
    let some = World::with(&["--allow", "did:web:bob.example"]);
    let link = some.login_link(Some(alice)).await;
    assert_eq!(get(&some, &link, "").await.status, 403);
}

#[actix_web::test]
async fn a_login_link_needs_loopback_or_https() {
    use crate::login_link::{LOCAL_ACCOUNT, LoginLinkError};
    for (settings, is_default, is_local) in [
        (
            &["--public-url", "https://keys.example.com"][..],
            false,
            false,
        ),
        (&["--public-url", "http://localhost:8080"], true, true),
        (&["--listen", "127.0.0.1:8080"], true, true),
    ] {
        let world = World::with(settings);
        let console = &world.state.console;
        let identity = console.identity.as_deref();
        let default = console.login_links.create(identity, None).await;
        assert_eq!(default.is_ok(), is_default, "{settings:?}");
        let local = LOCAL_ACCOUNT.parse().unwrap();
        let local = console.login_links.create(identity, Some(&local)).await;
        assert_eq!(local.is_ok(), is_local, "{settings:?}");
    }
    for settings in [
        &["--listen", "0.0.0.0:8080"],
        &["--public-url", "http://keys.example.com"],
    ] {
        let world = World::with(settings);
        let console = &world.state.console;
        let created = console
            .login_links
            .create(console.identity.as_deref(), None);
        assert!(matches!(created.await, Err(LoginLinkError::NoOrigin)));
        // A link from another server of the database.
        let other = World::new();
        let link = other.login_link(None).await;
        let refused = get(&world, &link, "").await;
        assert_eq!(refused.status, 403);
        assert!(refused.text.contains("loopback"), "{}", refused.text);
    }
}

/// Row 6 of the list of attacks.
#[actix_web::test]
async fn signing_in_again_ends_the_session_before() {
    let world = World::new();
    let before = format!("cocore={}", world.sign_in().await);
    let link = world.login_link(None).await;
    let after = get(&world, &link, &before).await.cookie();
    let list = "/xrpc/dev.cocore.account.listApiKeys";
    assert_eq!(get(&world, list, &before).await.status, 401);
    assert_eq!(get(&world, list, &after).await.status, 200);
}

/// Rows 10 and 38 of the list of attacks.
#[actix_web::test]
async fn pages_escape_text_and_load_nothing_from_other_sites() {
    let world = World::new();
    let cookie = format!("cocore={}", world.sign_in().await);
    let hostile = r#"<script>alert(1)</script> & "quoted""#;
    let create = "/xrpc/dev.cocore.account.createApiKey";
    let made = post(&world, create, &cookie, json!({ "name": hostile })).await;
    assert_eq!(made.status, 200);
    let made: Value = serde_json::from_str(&made.text).unwrap();
    for path in ["/", "/usage", "/sessions", "/sign-in/local", "/nothing"] {
        for cookie in [&cookie[..], ""] {
            let page = get(&world, path, cookie).await;
            assert!(!page.text.contains("<script>alert"), "{path}");
            assert!(!page.text.contains(made["secret"].as_str().unwrap()));
            for inline in [" onclick", " onerror=", "<style", " style=", "javascript:"] {
                assert!(!page.text.contains(inline), "{path}: {inline}");
            }
            for outside in ["src=\"http", "href=\"http", "src=\"//", "href=\"//"] {
                assert!(!page.text.contains(outside), "{path}: {outside}");
            }
            assert_eq!(page.header("x-content-type-options"), "nosniff");
            assert_eq!(page.header("strict-transport-security"), "", "plain http");
            let policy = page.header("content-security-policy");
            if path == "/nothing" {
                // Of JSON, no browser makes a document.
                assert_eq!(
                    (page.header("content-type"), policy),
                    ("application/json", "")
                );
                continue;
            }
            assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"));
            assert_eq!(page.header("x-frame-options"), "DENY");
            assert_eq!(page.header("referrer-policy"), "no-referrer");
            assert_eq!(page.header("cross-origin-opener-policy"), "same-origin");
        }
    }
    let keys = get(&world, "/", &cookie).await;
    assert!(
        keys.text.contains("&#60;script&#62;alert(1)"),
        "{}",
        keys.text
    );
    assert_eq!(keys.header("cache-control"), "no-store");
}

/// Row 6 of the list of attacks.
#[actix_web::test]
async fn signing_out_in_this_browser_and_everywhere() {
    let world = World::new();
    let mut cookies = Vec::new();
    for _ in 0..3 {
        cookies.push(format!("cocore={}", world.sign_in().await));
    }
    let list = "/xrpc/dev.cocore.account.listApiKeys";
    let signed_in = async |cookie: &str| get(&world, list, cookie).await.status == 200;

    let out = post(&world, "/console/sign-out", &cookies[0], json!({})).await;
    assert_eq!(
        (out.status.as_u16(), &out.text[..]),
        (200, r#"{"ended":1}"#)
    );
    assert!(
        out.header("set-cookie").starts_with("cocore=; ")
            && out.header("set-cookie").contains("Max-Age=0")
    );
    assert!(!signed_in(&cookies[0]).await);
    assert_eq!(
        post(&world, "/console/sign-out", &cookies[0], json!({}))
            .await
            .status,
        401
    );

    let did = "did:web:alice.example";
    let sessions = world.sessions().list(did).await.unwrap();
    let shown = get(&world, "/sessions", &cookies[1]).await;
    assert!(
        sessions
            .iter()
            .all(|session| shown.text.contains(&session.id))
    );
    let path = "/console/end-sessions";
    for bad in [
        json!({}),
        json!({ "id": "x", "all": true }),
        json!([]),
        json!({ "id": 1 }),
    ] {
        assert_eq!(post(&world, path, &cookies[1], bad).await.status, 400);
    }
    let none = post(&world, path, &cookies[1], json!({ "id": "unknown" })).await;
    assert_eq!(none.text, r#"{"ended":0}"#);
    let cross = TestRequest::post()
        .uri(path)
        .set_json(json!({ "all": true }));
    let cross = cross.insert_header(("sec-fetch-site", "cross-site"));
    assert_eq!(page(&world, cross, &cookies[1]).await.status, 403);
    let all = post(&world, path, &cookies[1], json!({ "all": true })).await;
    assert_eq!(all.text, r#"{"ended":2}"#);
    assert!(!signed_in(&cookies[1]).await && !signed_in(&cookies[2]).await);
    assert_eq!(
        get(&world, "/sessions", &cookies[1]).await.status,
        200,
        "the sign-in page"
    );
}

#[actix_web::test]
async fn on_loopback_browsers_are_redirected_to_the_address() {
    let world = World::new();
    let local = TestRequest::get()
        .uri("/sessions?x=1")
        .insert_header(("host", "localhost:8080"));
    let moved = page(&world, local, "").await;
    assert_eq!(moved.status, 307);
    assert_eq!(
        moved.header("location"),
        "http://127.0.0.1:8080/sessions?x=1"
    );
    let there = TestRequest::get()
        .uri("/")
        .insert_header(("host", "127.0.0.1:8080"));
    assert_eq!(page(&world, there, "").await.status, 200);
}

#[actix_web::test]
async fn assets_are_revalidated() {
    let world = World::new();
    let css = get(&world, "/assets/console.css", "").await;
    assert_eq!(
        (css.status.as_u16(), css.header("content-type")),
        (200, "text/css; charset=utf-8")
    );
    let again = TestRequest::get()
        .uri("/assets/console.css")
        .insert_header(("if-none-match", css.header("etag")));
    let again = page(&world, again, "").await;
    assert_eq!((again.status.as_u16(), &again.text[..]), (304, ""));
    assert_eq!(get(&world, "/assets/../http.rs", "").await.status, 404);
}

#[actix_web::test]
async fn unreadable_requests_are_answered_with_a_page() {
    let world = World::new();
    for path in [
        "/sign-in/local?token=a&token=b",
        "/oauth/callback?state=a&state=b",
    ] {
        let page = get(&world, path, "").await;
        assert_eq!(page.status, 400);
        assert!(
            page.text.contains("could not be read") && page.text.contains("<main"),
            "{}",
            page.text
        );
    }
    let json = TestRequest::post()
        .uri("/sign-in")
        .set_json(json!({ "handle": "x" }));
    let answer = page(&world, json, "").await;
    assert!(answer.text.contains("could not be read"), "{}", answer.text);
}

/// Row 4 of the list of attacks.
#[actix_web::test]
async fn an_invalid_bearer_beside_a_valid_cookie_is_rejected() {
    let world = World::new();
    let cookie = format!("cocore={}", world.sign_in().await);
    let request = TestRequest::post()
        .uri("/console/end-sessions")
        .set_json(json!({ "all": true }))
        .insert_header(("sec-fetch-site", "same-origin"))
        .insert_header(("authorization", "Bearer bad"));
    assert_eq!(page(&world, request, &cookie).await.status, 401);
}

#[actix_web::test]
async fn unknown_paths_are_a_page_for_people_and_json_for_programs() {
    let world = World::new();
    let browser = TestRequest::get()
        .uri("/nothing")
        .insert_header(("accept", "text/html,*/*"));
    let answer = page(&world, browser, "").await;
    assert_eq!(
        (answer.status.as_u16(), answer.text.contains("<main")),
        (404, true)
    );
    let program = get(&world, "/nothing", "").await;
    assert!(
        program.text.contains(r#""error":"NotFound""#),
        "{}",
        program.text
    );
    for path in ["/", "/.well-known/did.json", "/assets/console.css"] {
        let head = page(
            &world,
            TestRequest::default()
                .method("HEAD".parse().unwrap())
                .uri(path),
            "",
        )
        .await;
        assert_eq!(head.status, 200, "{path}");
    }
}

/// Each reason for which sign-in is off is the true one.
#[actix_web::test]
async fn the_reason_without_sign_in_is_the_missing_part() {
    let no_key = World::with_changed(&[], |settings| settings.encryption_key = None);
    let no_url = World::with(&["--listen", "0.0.0.0:8080"]);
    for (world, missing) in [(no_key, "encryption key"), (no_url, "public URL")] {
        for path in ["/", "/oauth/client-metadata.json"] {
            let answer = get(&world, path, "").await;
            for part in ["encryption key", "public URL"] {
                let is_named = answer.text.contains(part);
                assert_eq!(is_named, part == missing, "{path}: {}", answer.text);
            }
        }
    }
}
