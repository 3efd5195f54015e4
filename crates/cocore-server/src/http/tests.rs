//! Cases in which time has to pass, and pages: in process, with a clock that the test sets.

mod console;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use chrono::{DateTime, Utc};
use clap::Parser;
use cocore_keys::{Clock, SystemRandom};
use cocore_store::Store;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::arguments::Arguments;
use crate::login_link::LoginLink;
use crate::sessions::{NewSession, Sessions};
use crate::settings::Settings;
use crate::state::AppState;
use crate::wiring::{self, Environment};

const START: &str = "2030-01-01T00:00:00Z";

/// A clock that stands still until it is set.
struct ManualClock(AtomicI64);

impl ManualClock {
    fn set(&self, text: &str) {
        let at: DateTime<Utc> = text.parse().unwrap();
        self.0.store(at.timestamp_millis(), Ordering::Relaxed);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.0.load(Ordering::Relaxed)).unwrap()
    }

    fn steady(&self) -> Duration {
        Duration::ZERO
    }
}

struct World {
    _dir: TempDir,
    clock: Arc<ManualClock>,
    state: AppState,
    /// The token of the login link.
    token: String,
}

impl World {
    fn new() -> Self {
        Self::with(&[])
    }

    /// With these settings.
    fn with(settings: &[&str]) -> Self {
        let dir = TempDir::new().unwrap();
        let url = format!("sqlite:{}", dir.path().join("keys.sqlite").display());
        let arguments = ["cocore-server", "--database-url", &url];
        let arguments = Arguments::parse_from(arguments.iter().chain(settings));
        let settings = Settings::parse(&arguments.settings).unwrap();
        let clock = Arc::new(ManualClock(AtomicI64::new(0)));
        clock.set(START);
        let (login_link, token) = LoginLink::new(clock.clone(), &SystemRandom).unwrap();
        let environment = Environment {
            store: Store::open(settings.database.clone(), clock.clone()),
            clock: clock.clone(),
            random: Arc::new(SystemRandom),
            address: settings.listen.address,
            login_link: Some(login_link),
        };
        let state = wiring::app_state(settings, environment).unwrap();
        Self {
            _dir: dir,
            clock,
            state,
            token,
        }
    }

    fn sessions(&self) -> &Sessions {
        &self.state.console.browser.sessions
    }

    /// Signs Alice in: what her cookie holds.
    async fn sign_in(&self) -> String {
        self.sign_in_as("did:web:alice.example").await
    }

    async fn sign_in_as(&self, did: &str) -> String {
        let new = NewSession {
            did: did.to_owned(),
            handle: None,
            browser: "Firefox".to_owned(),
            address: "127.0.0.1".to_owned(),
        };
        let secret = self.sessions().start(new).await.unwrap();
        secret.expose().to_owned()
    }

    /// Sends a request with these headers.
    async fn send(&self, request: TestRequest, headers: &[(&str, &str)]) -> StatusCode {
        let app = init_service(super::app(self.state.clone())).await;
        let request = headers.iter().fold(request, |request, (name, value)| {
            request.append_header((*name, *value))
        });
        call_service(&app, request.to_request()).await.status()
    }

    /// Creates a key as the operator does.
    async fn create(&self, expires_at: Option<&str>) -> String {
        let did = Arc::new("did:web:alice.example".parse().unwrap());
        let name = cocore_keys::KeyName::parse("n").unwrap();
        let at = expires_at.map(|text| text.parse().unwrap());
        let created = self.state.keys.create(&did, name, at).await;
        created.unwrap().1.expose().to_owned()
    }

    async fn call(&self, key: &str, method: &str, input: Option<Value>) -> (StatusCode, Vec<u8>) {
        let app = init_service(super::app(self.state.clone())).await;
        let uri = format!("/xrpc/dev.cocore.account.{method}");
        let request = match input {
            None => TestRequest::get(),
            Some(input) => TestRequest::post().set_json(input),
        };
        let credential = ("authorization", format!("Bearer {key}"));
        let request = request.uri(&uri).insert_header(credential).to_request();
        let answer = call_service(&app, request).await;
        (answer.status(), read_body(answer).await.to_vec())
    }
}

#[actix_web::test]
async fn a_key_that_expires_gets_the_answer_of_an_unknown_one() {
    let world = World::new();
    let key = world.create(Some("2030-01-01T00:00:10Z")).await;
    for (now, expected) in [
        ("2030-01-01T00:00:09.999Z", StatusCode::OK),
        ("2030-01-01T00:00:10Z", StatusCode::UNAUTHORIZED),
        ("2031-01-01T00:00:00Z", StatusCode::UNAUTHORIZED),
    ] {
        world.clock.set(now);
        assert_eq!(
            world.call(&key, "listApiKeys", None).await.0,
            expected,
            "{now}"
        );
    }
    let unknown = format!("cocore-{}", "A".repeat(43));
    let expired = world.call(&key, "listApiKeys", None).await;
    assert_eq!(expired, world.call(&unknown, "listApiKeys", None).await);
}

#[actix_web::test]
async fn now_is_no_expiry() {
    let world = World::new();
    let key = world.create(None).await;
    for (at, expected) in [
        ("2029-12-31T23:59:59.999Z", StatusCode::BAD_REQUEST),
        ("2030-01-01T00:00:00Z", StatusCode::BAD_REQUEST),
        ("2030-01-01T00:00:00.000999Z", StatusCode::BAD_REQUEST),
        ("2030-01-01T00:00:00.001Z", StatusCode::OK),
    ] {
        let input = json!({ "name": "n", "expiresAt": at });
        let (status, body) = world.call(&key, "createApiKey", Some(input)).await;
        assert_eq!(status, expected, "{at}: {}", String::from_utf8_lossy(&body));
    }
}

#[actix_web::test]
async fn a_use_shows_at_once() {
    let world = World::new();
    let key = world.create(None).await;
    for now in ["2030-01-01T00:00:01.000Z", "2030-01-01T00:00:01.001Z"] {
        world.clock.set(now);
        let (_, body) = world.call(&key, "listApiKeys", None).await;
        let body: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(body["keys"][0]["lastUsedAt"], now);
    }
}

#[actix_web::test]
async fn a_session_ends_idle_and_at_last() {
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

#[actix_web::test]
async fn a_cookie_counts_from_our_own_pages_alone() {
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
async fn the_local_account_and_accounts_that_are_not_listed_have_no_session() {
    let list = || TestRequest::get().uri("/xrpc/dev.cocore.account.listApiKeys");
    for (public_url, name) in [
        ("https://keys.example.com", "__Host-cocore"),
        ("http://localhost:8080", "cocore"),
    ] {
        let world = World::with(&["--public-url", public_url]);
        let cookie = format!("{name}={}", world.sign_in_as("did:web:localhost").await);
        assert_eq!(world.send(list(), &[("cookie", &cookie)]).await, 401);
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
async fn what_is_over_is_removed() {
    let world = World::new();
    let store = &world.state.store;
    let put = async |kind, name: &str| {
        store
            .encrypted_put(kind, name, vec![1], None)
            .await
            .unwrap()
    };
    put("tokens", "did:web:alice.example").await;
    put("tokens", "did:web:bob.example").await;
    put("client-key", "current").await;
    let soon: DateTime<Utc> = "2030-01-01T00:00:01Z".parse().unwrap();
    assert!(store.token_seen_first([1; 32], soon).await.unwrap());
    assert!(!store.token_seen_first([1; 32], soon).await.unwrap());
    world.sign_in().await;
    world.clock.set("2030-01-01T00:01:00Z");
    // A token that ended, and the tokens of somebody who is signed in nowhere.
    assert_eq!(world.sessions().purge().await.unwrap(), 2);
    let now = soon;
    for (kind, name, left) in [
        ("tokens", "did:web:alice.example", true),
        ("tokens", "did:web:bob.example", false),
        ("client-key", "current", true),
    ] {
        let found = store.encrypted_get(kind, name, now).await.unwrap();
        assert_eq!(found.is_some(), left, "{kind} {name}");
    }
}
