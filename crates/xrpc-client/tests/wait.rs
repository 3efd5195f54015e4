//! Calls without an async runtime.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

#[allow(dead_code, unreachable_pub)]
#[path = "support/server.rs"]
mod server;
#[allow(dead_code, unreachable_pub)]
#[path = "support/weather.rs"]
mod weather;

use std::time::Duration;

use server::{Server, json, reset};
use weather::*;
use xrpc_client::{CallError, Client, RetryPolicy};

#[test]
fn threads_wait_for_calls_of_one_client() {
    let taken = r#"{"error":"Taken"}"#;
    let server = Server::start([reset(), json(200, r#"{"sky":"sun"}"#), json(409, taken)]);
    let policy = RetryPolicy::default().first_delay(Duration::from_millis(1));
    let client = Client::builder(&server.url())
        .retry(policy)
        .build()
        .unwrap();
    let other = client.clone();
    let thread = std::thread::spawn(move || {
        let call = other.query::<GetForecast>(GetForecastParams::new("Bergen"));
        call.wait_response().unwrap()
    });
    let response = thread.join().unwrap();
    assert_eq!(response.output.sky, "sun");
    assert_eq!(response.headers["content-type"], "application/json");

    let report = PutReportInput::new("Bergen", "sun");
    let error = client.procedure::<PutReport>(report).wait().unwrap_err();
    assert!(matches!(
        error,
        CallError::Declared(PutReportError::Taken(None))
    ));
}
