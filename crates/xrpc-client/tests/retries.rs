//! Faults of the connection, and when a call is tried again. Time is handed in.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

#[allow(dead_code, unreachable_pub)]
#[path = "support/server.rs"]
mod server;
#[allow(dead_code, unreachable_pub)]
#[path = "support/weather.rs"]
mod weather;

use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use server::{Reply, Server, json, reply, reset, stalled, truncated};
use weather::*;
use xrpc_client::{
    Call, CallError, Client, ClientBuilder, RetryPolicy, Sleep, Timer, TransportError,
};

/// A clock that only pauses move, and the pauses.
#[derive(Clone, Debug)]
struct Clock {
    start: Instant,
    pauses: Arc<Mutex<Vec<Duration>>>,
}

impl Clock {
    fn new() -> Self {
        Self {
            start: Instant::now(),
            pauses: Arc::default(),
        }
    }

    fn pauses(&self) -> Vec<u128> {
        let pauses = self.pauses.lock().unwrap();
        pauses.iter().map(Duration::as_millis).collect()
    }
}

impl Timer for Clock {
    fn now(&self) -> Instant {
        self.start + self.pauses.lock().unwrap().iter().sum::<Duration>()
    }

    fn sleep(&self, duration: Duration) -> Sleep {
        self.pauses.lock().unwrap().push(duration);
        Box::pin(async {})
    }
}

fn builder(url: &str, clock: &Clock) -> ClientBuilder {
    Client::builder(url).timer(clock.clone()).jitter(|| 1.0)
}

fn forecast(client: &Client) -> Call<GetForecast> {
    client.query::<GetForecast>(GetForecastParams::new("Bergen"))
}

fn sun() -> Reply {
    json(200, r#"{"sky":"sun"}"#)
}

fn unavailable(retry_after: &str) -> Reply {
    let headers = format!("Content-Type: application/json\n{retry_after}");
    reply(503, &headers, r#"{"error":"ServiceUnavailable"}"#)
}

#[tokio::test]
async fn a_query_is_tried_again_after_every_transient_fault() {
    for fault in [
        reset(),
        truncated(sun(), 90),
        truncated(sun(), 1),
        unavailable(""),
        reply(502, "Content-Type: text/html", "<html>"),
        json(429, r#"{"error":"RateLimitExceeded"}"#),
        json(504, ""),
        json(408, ""),
    ] {
        let server = Server::start([fault, sun()]);
        let clock = Clock::new();
        let client = builder(&server.url(), &clock).build().unwrap();
        assert_eq!(forecast(&client).await.unwrap().sky, "sun");
        assert_eq!(clock.pauses(), [250]);
        assert_eq!(server.received().len(), 2);
    }
}

#[tokio::test]
async fn permanent_errors_are_not_retried() {
    for reply in [
        json(400, r#"{"error":"UnknownPlace"}"#),
        json(401, r#"{"error":"AuthRequired"}"#),
        json(500, r#"{"error":"InternalServerError"}"#),
        reply(302, "Location: /", ""),
        json(200, "{}"),
    ] {
        let server = Server::start([reply, sun()]);
        let clock = Clock::new();
        let client = builder(&server.url(), &clock).build().unwrap();
        forecast(&client).await.unwrap_err();
        assert_eq!(clock.pauses(), []);
        assert_eq!(server.received().len(), 1);
    }
}

#[tokio::test]
async fn a_procedure_is_sent_once_unless_it_is_idempotent() {
    for fault in [reset, || unavailable("Retry-After: 1")] {
        let server = Server::start([fault(), fault(), json(200, r#"{"id":7}"#)]);
        let clock = Clock::new();
        let client = builder(&server.url(), &clock).build().unwrap();
        let report = || client.procedure::<PutReport>(PutReportInput::new("Bergen", "sun"));
        let error = report().await.unwrap_err();
        assert!(error.is_retryable());
        assert_eq!(server.received().len(), 1);
        assert_eq!(clock.pauses(), []);

        let output = report().idempotent().await.unwrap();
        assert_eq!(output.id, 7);
        assert_eq!(server.received().len(), 3);
        assert_eq!(clock.pauses().len(), 1);
        assert_eq!(
            server.received()[2].body,
            br#"{"place":"Bergen","sky":"sun"}"#
        );
    }
}

#[tokio::test]
async fn retry_after_is_obeyed_unless_it_asks_for_too_much() {
    let now = "Date: Sun, 06 Nov 1994 08:49:37 GMT";
    let server = Server::start([
        unavailable("Retry-After: 20"),
        unavailable(&format!(
            "Retry-After: Sun, 06 Nov 1994 08:50:07 GMT\n{now}"
        )),
        unavailable("Retry-After: 11"),
        sun(),
    ]);
    let clock = Clock::new();
    let policy = RetryPolicy::default().max_tries(9);
    let client = builder(&server.url(), &clock)
        .retry(policy)
        .build()
        .unwrap();
    let error = forecast(&client).await.unwrap_err();
    // 50 of the 60 s have passed, and the server asks for 11 more.
    assert_eq!(clock.pauses(), [20_000, 30_000]);
    assert_eq!(server.received().len(), 3);
    match error {
        CallError::Xrpc(error) => assert_eq!(error.retry_after(), Some(Duration::from_secs(11))),
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn tries_are_bounded_and_the_last_result_is_returned() {
    let server = Server::start([reset(), unavailable(""), reset(), sun()]);
    let clock = Clock::new();
    let client = builder(&server.url(), &clock).build().unwrap();
    let error = forecast(&client).await.unwrap_err();
    assert!(matches!(
        error,
        CallError::Transport(TransportError::Interrupted(_))
    ));
    assert_eq!(clock.pauses(), [250, 500]);
    assert_eq!(server.received().len(), 3);

    let server = Server::start([reset(), sun()]);
    let client = builder(&server.url(), &clock).build().unwrap();
    let call = forecast(&client).retry(RetryPolicy::none());
    call.await.unwrap_err();
    assert_eq!(server.received().len(), 1);
}

#[tokio::test]
async fn a_slow_response_is_a_timeout() {
    for missing in [1, 95] {
        let server = Server::start([stalled(sun(), missing)]);
        let client = builder(&server.url(), &Clock::new());
        let client = client.timeout(Duration::from_millis(50)).build().unwrap();
        let error = forecast(&client).retry(RetryPolicy::none()).await;
        let error = error.unwrap_err();
        assert!(
            matches!(&error, CallError::Transport(TransportError::Timeout(_))),
            "{error}"
        );
        assert!(error.is_retryable());
    }
}

#[tokio::test]
async fn a_later_try_gets_no_more_time_than_is_left() {
    let server = Server::start([unavailable(""), stalled(sun(), 1), sun()]);
    let clock = Clock::new();
    let policy = RetryPolicy::default().total_time(Duration::from_millis(300));
    let client = builder(&server.url(), &clock)
        .retry(policy)
        .build()
        .unwrap();
    let error = forecast(&client).await.unwrap_err();
    // 50 ms were left, not the 30 s of a try.
    assert!(
        matches!(error, CallError::Transport(TransportError::Timeout(_))),
        "{error}"
    );
    assert_eq!(clock.pauses(), [250]);
}

#[tokio::test]
async fn a_failed_connection_is_reported_as_such() {
    let port = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().port()
    };
    let clock = Clock::new();
    let client = builder(&format!("http://127.0.0.1:{port}"), &clock)
        .build()
        .unwrap();
    let report = PutReportInput::new("Bergen", "sun");
    let error = client.procedure::<PutReport>(report).await.unwrap_err();
    assert!(
        matches!(&error, CallError::Transport(TransportError::Connect(_))),
        "{error}"
    );
    assert!(error.is_retryable());
    let text = format!("{error:?}");
    assert!(!text.contains("putReport"), "an error shows no URL: {text}");
    assert_eq!(clock.pauses(), []);
}
