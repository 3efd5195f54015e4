//! Cases in which time has to pass: in process, with a clock that the test sets.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use actix_web::http::StatusCode;
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use chrono::{DateTime, Utc};
use cocore_keys::{Clock, Keys, SystemRandom};
use cocore_store::{DatabaseUrl, Store};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::api::{Api, Principal};
use lexicon_runtime::Did;

const START: &str = "2030-01-01T00:00:00Z";

/// A clock that stands until it is set.
struct Hands(AtomicI64);

impl Hands {
    fn set(&self, text: &str) {
        let at: DateTime<Utc> = text.parse().unwrap();
        self.0.store(at.timestamp_millis(), Ordering::Relaxed);
    }
}

impl Clock for Hands {
    fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.0.load(Ordering::Relaxed)).unwrap()
    }
}

struct World {
    _dir: TempDir,
    clock: Arc<Hands>,
    api: Api,
}

impl World {
    fn new() -> Self {
        let dir = TempDir::new().unwrap();
        let url = format!("sqlite:{}", dir.path().join("keys.sqlite").display());
        let clock = Arc::new(Hands(AtomicI64::new(0)));
        clock.set(START);
        let store = Store::open(DatabaseUrl::parse(&url).unwrap());
        let keys = Keys::new(store, clock.clone(), Arc::new(SystemRandom));
        Self {
            _dir: dir,
            clock,
            api: Api {
                keys: Arc::new(keys),
            },
        }
    }

    /// Mints a key as the operator does.
    async fn mint(&self, expires_at: Option<&str>) -> String {
        let did = Did::parse("did:web:alice.example").unwrap();
        let caller = Principal { did };
        let name = cocore_keys::KeyName::parse("n").unwrap();
        let at = expires_at.map(|text| text.parse().unwrap());
        let created = self.api.keys.create(caller.did.as_str(), name, at).await;
        created.unwrap().1.expose().to_owned()
    }

    async fn call(&self, key: &str, method: &str, input: Option<Value>) -> (StatusCode, Vec<u8>) {
        let app = init_service(super::app(self.api.clone())).await;
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
    let key = world.mint(Some("2030-01-01T00:00:10Z")).await;
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
    let key = world.mint(None).await;
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
    let key = world.mint(None).await;
    for now in ["2030-01-01T00:00:01.000Z", "2030-01-01T00:00:01.001Z"] {
        world.clock.set(now);
        let (_, body) = world.call(&key, "listApiKeys", None).await;
        let body: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(body["keys"][0]["lastUsedAt"], now);
    }
}
