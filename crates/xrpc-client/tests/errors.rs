//! Responses that are errors or invalid, and requests that are not sent.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

#[allow(dead_code, unreachable_pub)]
#[path = "support/server.rs"]
mod server;
#[allow(dead_code, unreachable_pub)]
#[path = "support/weather.rs"]
mod weather;

use std::error::Error as _;
use std::time::Duration;

use lexicon_runtime::{NoParams, RawBody};
use server::{Reply, Server, json, reply};
use weather::*;
use xrpc_client::{
    CallError, Client, InvalidResponse, RetryPolicy, UnexpectedStatus, Validation, Violations,
};

type ForecastError = CallError<GetForecastError>;

async fn forecast(reply: Reply) -> Result<GetForecastOutput, ForecastError> {
    let server = Server::start([reply]);
    let client = Client::builder(&server.url()).retry(RetryPolicy::none());
    let client = client.response_limit(100).build().unwrap();
    client
        .query::<GetForecast>(GetForecastParams::new("Bergen"))
        .await
}

#[tokio::test]
async fn a_declared_error_is_its_variant_whatever_its_status() {
    for status in [400, 404, 409, 500] {
        let body = r#"{"error":"UnknownPlace","message":"no Bergen"}"#;
        match forecast(json(status, body)).await.unwrap_err() {
            CallError::Declared(GetForecastError::UnknownPlace(message)) => {
                assert_eq!(message.as_deref(), Some("no Bergen"));
            }
            other => panic!("{other}"),
        }
    }
}

#[tokio::test]
async fn any_other_name_has_status_message_headers_and_request_id() {
    let headers = "Content-Type: application/json\nX-Request-Id: r-1\nRetry-After: 30";
    let body = r#"{"error":"RateLimitExceeded","message":"slow down"}"#;
    let error = forecast(reply(429, headers, body)).await.unwrap_err();
    assert!(error.is_retryable());
    assert_eq!(
        error.to_string(),
        "the server answered with status 429: RateLimitExceeded: slow down"
    );
    let CallError::Xrpc(error) = error else {
        panic!("{error}");
    };
    assert_eq!(error.status, 429);
    assert_eq!(error.error, "RateLimitExceeded");
    assert_eq!(error.message.as_deref(), Some("slow down"));
    assert_eq!(error.headers["retry-after"], "30");
    assert_eq!(error.retry_after(), Some(Duration::from_secs(30)));
    assert_eq!(error.request_id.as_deref(), Some("r-1"));

    // A declared name in other letters is not declared; `null` is no message.
    let error = forecast(json(400, r#"{"error":"unknownPlace","message":null}"#)).await;
    let error = error.unwrap_err();
    assert!(!error.is_retryable());
    assert_eq!(
        error.to_string(),
        "the server answered with status 400: unknownPlace"
    );
}

#[tokio::test]
async fn a_status_without_an_xrpc_error_has_the_body() {
    let page = "<html>Bad Gateway</html>";
    for (reply, retryable, expected) in [
        (
            reply(502, "Content-Type: text/html\nX-Request-Id: r-2", page),
            true,
            "status 502 and a body of type text/html, not with an XRPC error",
        ),
        (
            reply(503, "Content-Type: text/html", "x".repeat(100_000)),
            true,
            "status 503 and a body of type text/html, not with an XRPC error",
        ),
        (
            reply(401, "", ""),
            false,
            "status 401 and no body, not with an XRPC error",
        ),
        (
            json(500, r#"{"message":"no name"}"#),
            false,
            "status 500 and a body of type application/json, not with an XRPC error",
        ),
        (
            reply(302, "Location: https://evil.example/?token=hidden", ""),
            false,
            "status 302, a redirect, which is not followed",
        ),
    ] {
        let error = forecast(reply).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("the server answered with {expected}")
        );
        assert_eq!(error.is_retryable(), retryable);
        let CallError::UnexpectedStatus(error) = error else {
            panic!("{error}");
        };
        let UnexpectedStatus {
            status,
            body,
            request_id,
            ..
        } = *error;
        if status == 502 {
            assert_eq!(body, page.as_bytes());
            assert_eq!(request_id.as_deref(), Some("r-2"));
        }
        assert!(body.len() <= 64 * 1024);
    }
}

#[tokio::test]
async fn a_response_that_breaks_the_lexicon_is_an_error_with_a_reason() {
    let gzip = "Content-Type: application/json\nContent-Encoding: gzip";
    for (reply, expected) in [
        (
            reply(200, "Content-Type: text/html", "<html>"),
            "the response is invalid: expected content type application/json, found text/html",
        ),
        (
            reply(200, "", r#"{"sky":"sun"}"#),
            "the response is invalid: expected content type application/json, found none",
        ),
        (
            reply(200, "", ""),
            "the response is invalid: expected a body of type application/json, found none",
        ),
        (
            json(200, ""),
            "the response is invalid: expected a body of type application/json, found none",
        ),
        (
            json(200, &format!(r#"{{"sky":"{}"}}"#, "a".repeat(100))),
            "the response is larger than 100 bytes, the limit of this client",
        ),
        (
            reply(200, gzip, "\u{1f}"),
            "the response is invalid: expected no content coding, found gzip",
        ),
        (
            json(200, r#"{"sky":"sun"} more"#),
            "the response is invalid: output: malformed JSON: trailing characters at line 1 column 15",
        ),
        (
            json(200, r#"{"millimetres":0}"#),
            "the response is invalid: output/sky: required, but missing; output/millimetres: expected 1 to 2000",
        ),
    ] {
        let error = forecast(reply).await.unwrap_err();
        assert!(matches!(error, CallError::InvalidResponse(_)), "{error}");
        assert!(!error.is_retryable());
        assert_eq!(error.to_string(), expected);
    }
}

#[tokio::test]
async fn a_lenient_call_accepts_the_shape_and_lists_what_is_broken() {
    let client = |reply| {
        let server = Server::start([reply]);
        let builder = Client::builder(&server.url()).validation(Validation::Lenient);
        builder.build().unwrap()
    };
    let bergen = || GetForecastParams::new("Bergen");
    let places = |violations: Violations| -> Vec<String> {
        violations
            .iter()
            .map(|violation| violation.place.clone())
            .collect()
    };

    let call = client(json(200, r#"{"sky":"thunderstorm","millimetres":0}"#));
    let call = call.query::<GetForecast>(bergen());
    let response = call.response().await.unwrap();
    assert_eq!(response.output.sky, "thunderstorm");
    let broken = places(response.violations.unwrap());
    assert_eq!(broken, ["output/sky", "output/millimetres"]);

    let call = client(json(200, r#"{"sky":"sun"}"#));
    let response = call
        .query::<GetForecast>(bergen())
        .response()
        .await
        .unwrap();
    assert_eq!(response.violations, None);

    let call = client(json(200, r#"{"sky":7}"#));
    match call.query::<GetForecast>(bergen()).await.unwrap_err() {
        CallError::InvalidResponse(InvalidResponse::Schema(violations)) => {
            assert_eq!(places(violations), ["output/sky"]);
        }
        other => panic!("{other}"),
    }
    let call = client(json(200, r#"{"sky":"thunderstorm"}"#));
    let strict = call
        .query::<GetForecast>(bergen())
        .validation(Validation::Strict);
    assert!(strict.await.is_err());
}

#[tokio::test]
async fn an_invalid_request_is_not_sent() {
    let server = Server::start([]);
    let client = Client::new(&server.url()).unwrap();
    let raw = |content_type: Option<&str>| match content_type {
        None => RawBody::default(),
        Some(content_type) => RawBody::new(content_type, []),
    };
    let mut found = Vec::new();
    let params = GetForecastParams {
        days: Some(15),
        ..GetForecastParams::new("")
    };
    found.push(
        client
            .query::<GetForecast>(params)
            .await
            .unwrap_err()
            .to_string(),
    );
    let report = PutReportInput::new("Bergen", "");
    found.push(
        client
            .procedure::<PutReport>(report)
            .await
            .unwrap_err()
            .to_string(),
    );
    for content_type in [None, Some("text/plain"), Some("image/*"), Some("image/p\n")] {
        let call = client.procedure::<PutImage>(raw(content_type));
        found.push(call.await.unwrap_err().to_string());
    }
    for (name, value) in [("a b", "c"), ("x-own", "c\nd")] {
        let call = client.query::<GetHealth>(NoParams {}).header(name, value);
        found.push(call.await.unwrap_err().to_string());
    }
    let expected = [
        "params/place: expected 1 to 200 bytes of UTF-8, found 0; params/days: expected 1 to 14",
        "input/sky: expected 1 to 9 bytes of UTF-8, found 0",
        "input: expected a content type that matches image/*, found none",
        "input: expected a content type that matches image/*, found text/plain",
        "input: expected a content type that matches image/*, found image/*",
        "input: the content type has characters that no header may have",
        "headers: expected the name of a header",
        "headers/x-own: expected the value of a header",
    ];
    let prefix = "the request was not sent, since it is invalid: ";
    assert_eq!(found, expected.map(|text| format!("{prefix}{text}")));
    assert_eq!(server.received().len(), 0);
}

#[tokio::test]
async fn a_credential_that_is_not_available_is_not_printed_and_nothing_is_sent() {
    let server = Server::start([]);
    let client = Client::new(&server.url()).unwrap().bearer("hidden\n");
    let error = client.query::<GetHealth>(NoParams {}).await.unwrap_err();
    assert!(matches!(error, CallError::Credential(_)));
    assert!(!format!("{error:?} {error}").contains("hidden"));

    let client = Client::builder(&server.url())
        .bearer_with(|_| async { Err("the signer is down".into()) })
        .build()
        .unwrap();
    let error = client.query::<GetHealth>(NoParams {}).await.unwrap_err();
    assert_eq!(error.source().unwrap().to_string(), "the signer is down");
    assert_eq!(server.received().len(), 0);
}
