//! Reports to the observer, and panics.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Waker};

use crate::{Call, error, header, log, server};

#[tokio::test]
async fn each_request_is_reported_once() {
    let (server, log) = log(server());
    Call::new("GET", "com.example.get?place=Oslo")
        .send(&server)
        .await;
    Call::new("POST", "com.example.put")
        .json("{}")
        .send(&server)
        .await;
    Call::new("GET", "com.example.none").send(&server).await;
    Call::new("OPTIONS", "com.example.get").send(&server).await;
    let lines = log.0.lock().unwrap();
    assert_eq!(
        *lines,
        [
            "GET com.example.get 200 - - by Ali",
            "POST com.example.put 400 InvalidRequest - by Ali",
            "GET none 501 MethodNotImplemented -",
            "OPTIONS none 204 - -",
        ]
    );
}

/// Row 56 of the list of attacks.
#[tokio::test]
async fn a_client_that_hangs_up_is_reported() {
    let (server, log) = log(server());
    {
        let call = pin!(Call::new("GET", "com.example.get?place=hang").send(&server));
        let mut context = Context::from_waker(Waker::noop());
        assert!(call.poll(&mut context).is_pending());
        assert!(log.0.lock().unwrap().is_empty());
    }
    assert_eq!(
        *log.0.lock().unwrap(),
        ["GET com.example.get disconnected by Ali"]
    );
}

/// Row 35 of the list of attacks.
#[tokio::test]
async fn a_panic_is_an_internal_error_without_detail() {
    let (server, log) = log(server());
    let answer = Call::new("GET", "com.example.get?place=panic")
        .send(&server)
        .await;
    assert_eq!(error(&answer), "500 InternalServerError");
    assert_eq!(header(&answer, "x-request-id").len(), 16);
    assert_eq!(
        *log.0.lock().unwrap(),
        ["GET com.example.get 500 InternalServerError the handler panicked: a secret cause by Ali"]
    );
    // The server goes on.
    let answer = Call::new("GET", "com.example.get?place=Oslo")
        .send(&server)
        .await;
    assert_eq!(answer.status(), 200);
}

#[tokio::test]
async fn a_panic_outside_of_the_handlers_future_is_an_internal_error_too() {
    let (server, log) = log(server());
    let call = Call::new("GET", "com.example.get?place=Oslo");
    let answer = call.header("authorization", "panic").send(&server).await;
    assert_eq!(error(&answer), "500 InternalServerError");
    assert_eq!(
        *log.0.lock().unwrap(),
        ["GET com.example.get 500 InternalServerError the handler panicked: in the authenticator"]
    );
}

#[tokio::test]
async fn a_report_names_the_client_behind_trusted_proxies() {
    for (trusted_proxies, hops, expected) in [
        (0, "192.0.2.1", "192.0.2.9"),
        (1, "192.0.2.1, 192.0.2.2", "192.0.2.2"),
        (2, "192.0.2.1, 192.0.2.2", "192.0.2.1"),
        (3, "192.0.2.1, 192.0.2.2", "192.0.2.9"),
        (1, "192.0.2.1, none", "192.0.2.9"),
        (1, "", "192.0.2.9"),
    ] {
        let (server, log) = log(server().trusted_proxies(trusted_proxies));
        let call = Call::new("GET", "com.example.none").header("x-forwarded-for", hops);
        call.peer("192.0.2.9:1234").send(&server).await;
        let line = format!("GET none 501 MethodNotImplemented - from {expected}");
        assert_eq!(*log.0.lock().unwrap(), [line], "{hops:?}");
    }
}
