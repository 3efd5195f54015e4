//! An application in process, with a clock that the test sets.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use chrono::{DateTime, Utc};
use clap::Parser;
use cocore_keys::{
    Caller, CallerCredential, Clock, CreateRequest, Created, KeyName, Origin, SystemRandom,
};
use cocore_store::Store;
use serde_json::Value;
use tempfile::TempDir;

use crate::arguments::RawSettings;
use crate::sessions::{NewSession, Sessions};
use crate::settings::Settings;
use crate::state::AppState;
use crate::wiring::{self, Environment};

/// The time at which every world starts.
const START: &str = "2030-01-01T00:00:00Z";

/// Clocks that stand still until they are set.
#[derive(Default)]
pub(super) struct ManualClock {
    wall_millis: AtomicI64,
    steady_seconds: AtomicU64,
}

impl ManualClock {
    pub(super) fn set(&self, text: &str) {
        let at: DateTime<Utc> = text.parse().unwrap();
        self.wall_millis
            .store(at.timestamp_millis(), Ordering::Relaxed);
    }

    /// Lets time pass on both clocks.
    pub(super) fn advance(&self, seconds: u32) {
        let millis = i64::from(seconds) * 1000;
        self.wall_millis.fetch_add(millis, Ordering::Relaxed);
        self.steady_seconds
            .fetch_add(seconds.into(), Ordering::Relaxed);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.wall_millis.load(Ordering::Relaxed)).unwrap()
    }

    fn steady(&self) -> Duration {
        Duration::from_secs(self.steady_seconds.load(Ordering::Relaxed))
    }
}

pub(super) struct World {
    dir: TempDir,
    pub(super) clock: Arc<ManualClock>,
    pub(super) state: AppState,
}

impl World {
    pub(super) fn new() -> Self {
        Self::with(&[])
    }

    /// With these settings.
    pub(super) fn with(settings: &[&str]) -> Self {
        Self::with_changed(settings, |_| {})
    }

    /// With these settings, which are changed after they were parsed.
    pub(super) fn with_changed(settings: &[&str], change: impl FnOnce(&mut Settings)) -> Self {
        let dir = TempDir::new().unwrap();
        let url = format!("sqlite:{}", dir.path().join("keys.sqlite").display());
        let arguments = ["cocore-server", "--database-url", &url];
        let raw = RawSettings::parse_from(arguments.iter().chain(settings));
        let mut settings = Settings::parse(&raw).unwrap();
        change(&mut settings);
        let clock = Arc::new(ManualClock::default());
        clock.set(START);
        let environment = Environment {
            store: Store::open(settings.database.clone(), clock.clone()),
            clock: clock.clone(),
            random: Arc::new(SystemRandom),
            address: settings.listen.address.clone(),
        };
        let state = wiring::app_state(&settings, environment).unwrap();
        Self { dir, clock, state }
    }

    /// Whether the file of the database exists.
    pub(super) fn has_database(&self) -> bool {
        self.dir.path().join("keys.sqlite").exists()
    }

    pub(super) fn sessions(&self) -> &Sessions {
        &self.state.console.browser.sessions
    }

    /// Creates a login link, and returns its path.
    pub(super) async fn login_link(&self, did: Option<&str>) -> String {
        let did = did.map(|did| did.parse().unwrap());
        let console = &self.state.console;
        let identity = console.identity.as_deref().unwrap();
        let created = console.login_links.create(Some(identity), did.as_ref());
        let url = created.await.unwrap();
        url.strip_prefix(&identity.browser_origin)
            .unwrap()
            .to_owned()
    }

    /// Signs Alice in: what her cookie holds.
    pub(super) async fn sign_in(&self) -> String {
        self.sign_in_as("did:web:alice.example").await
    }

    pub(super) async fn sign_in_as(&self, did: &str) -> String {
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
    pub(super) async fn send(&self, request: TestRequest, headers: &[(&str, &str)]) -> StatusCode {
        let app = init_service(crate::http::app(self.state.clone())).await;
        let request = headers.iter().fold(request, |request, (name, value)| {
            request.append_header((*name, *value))
        });
        call_service(&app, request.to_request()).await.status()
    }

    /// Creates a key as the operator does.
    pub(super) async fn create(&self, expires_at: Option<&str>) -> String {
        let caller = Caller {
            did: Arc::new("did:web:alice.example".parse().unwrap()),
            credential: CallerCredential::Operator,
            origin: Origin::default(),
        };
        let asked = CreateRequest {
            expires_at: expires_at.map(|text| text.parse().unwrap()),
            ..CreateRequest::named(KeyName::parse("a key").unwrap())
        };
        let created = self.state.keys.create(&caller, asked, None).await;
        let Created::New(_, secret) = created.unwrap() else {
            panic!("the request is not repeatable");
        };
        secret.expose().to_owned()
    }

    pub(super) async fn call(
        &self,
        key: &str,
        method: &str,
        input: Option<Value>,
    ) -> (StatusCode, Vec<u8>) {
        let app = init_service(crate::http::app(self.state.clone())).await;
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

    /// Everything that must be equal in the answers to two rejected keys.
    pub(super) async fn fingerprint(
        &self,
        path: &str,
        key: &str,
    ) -> (StatusCode, Vec<(String, String)>, Vec<u8>) {
        let app = init_service(crate::http::app(self.state.clone())).await;
        let credential = ("authorization", format!("Bearer {key}"));
        let request = TestRequest::get().uri(path).insert_header(credential);
        let answer = call_service(&app, request.to_request()).await;
        let headers = answer.headers().iter();
        let headers =
            headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
        let mut headers: Vec<_> = headers.filter(|(name, _)| name != "x-request-id").collect();
        headers.sort();
        (answer.status(), headers, read_body(answer).await.to_vec())
    }
}
