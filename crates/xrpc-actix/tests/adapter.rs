//! The adapter in an application of actix-web.
#![allow(clippy::unwrap_used, missing_docs)]

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::http::StatusCode;
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use actix_web::{App, HttpResponse, web};
use futures_core::Stream;
use lexicon_runtime::{ErrorBody, MethodKind, NoParams, RawBody, XrpcMethod};
use xrpc_server::{Anonymous, Handler, HandlerError, Head, Request, Response, Router, Server};

/// Answers with what it knows of the request.
struct Describe;

impl XrpcMethod for Describe {
    const NSID: &'static str = "com.example.describe";
    const KIND: MethodKind = MethodKind::Procedure;
    const INPUT_ENCODING: Option<&'static str> = Some("*/*");
    const OUTPUT_ENCODING: Option<&'static str> = Some("*/*");
    type Params = NoParams;
    type Input = RawBody;
    type Output = RawBody;
    type Error = ErrorBody;
}

struct Api;

impl Handler<Describe, ()> for Api {
    async fn handle(
        &self,
        request: Request<Describe, ()>,
    ) -> Result<Response<RawBody>, HandlerError<ErrorBody>> {
        let Head {
            uri, peer, headers, ..
        } = request.head;
        let tags: Vec<_> = headers.get_all("x-tag").iter().collect();
        let length = request.input.bytes.len();
        let text = format!("{uri} {peer:?} {tags:?} {length}");
        let mut response = Response::new(RawBody::new("text/plain", text));
        response
            .headers
            .append("set-cookie", "a=1".parse().unwrap());
        response
            .headers
            .append("set-cookie", "b=2".parse().unwrap());
        Ok(response)
    }
}

fn routes(router: &mut Router<Api, ()>) {
    router.add::<Describe>();
}

#[actix_web::test]
async fn heads_bodies_and_answers_are_converted() {
    let server = Arc::new(Server::new(routes, Api, Anonymous));
    let scope = xrpc_actix::service(server).route("/_health", web::get().to(HttpResponse::Ok));
    let app = init_service(App::new().service(scope)).await;
    let request = TestRequest::post()
        .uri("/xrpc/com.example.describe?a=b%20c")
        .peer_addr("192.0.2.1:4000".parse().unwrap())
        .append_header(("x-tag", "one"))
        .append_header(("x-tag", "two"))
        .set_payload("abc");
    let answer = call_service(&app, request.to_request()).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers().get("content-type").unwrap(), "text/plain");
    assert_eq!(answer.headers().get_all("set-cookie").count(), 2);
    assert_eq!(
        read_body(answer).await,
        r#"/xrpc/com.example.describe?a=b%20c Some(192.0.2.1:4000) ["one", "two"] 3"#
    );
    for (path, expected) in [
        ("/xrpc", StatusCode::BAD_REQUEST),
        ("/xrpc/", StatusCode::BAD_REQUEST),
        ("/xrpc/com.example.none", StatusCode::NOT_IMPLEMENTED),
        ("/xrpc/_health", StatusCode::OK),
        ("/xrpcx/com.example.describe", StatusCode::NOT_FOUND),
    ] {
        let answer = call_service(&app, TestRequest::get().uri(path).to_request()).await;
        assert_eq!(answer.status(), expected, "{path}");
    }
    for path in ["/xrpc", "/xrpc/com.example.describe"] {
        let preflight = TestRequest::default().method("OPTIONS".parse().unwrap());
        let answer = call_service(&app, preflight.uri(path).to_request()).await;
        assert_eq!(answer.status(), StatusCode::NO_CONTENT, "{path}");
        assert!(
            answer
                .headers()
                .contains_key("access-control-allow-methods")
        );
    }
}

/// A body that never comes.
struct Never;

impl Stream for Never {
    type Item = Result<bytes::Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Pending
    }
}

#[actix_web::test]
async fn a_body_has_a_deadline() {
    // The deadline passes at once, so that the test does not wait.
    let server = Server::new(routes, Api, Anonymous).body_timeout(Duration::ZERO);
    let app = App::new().service(xrpc_actix::service(Arc::new(server)));
    let app = init_service(app).await;
    let payload: Pin<Box<dyn Stream<Item = _>>> = Box::pin(Never);
    let request = TestRequest::post()
        .uri("/xrpc/com.example.describe")
        .to_request();
    let (request, _) = request.replace_payload(Payload::Stream { payload });
    let answer = call_service(&app, request).await;
    assert_eq!(answer.status(), StatusCode::REQUEST_TIMEOUT);
}

#[actix_web::test]
async fn an_application_completes_the_head() {
    let server = Arc::new(Server::new(routes, Api, Anonymous));
    let scope = xrpc_actix::scope("/api", server, |_, head| {
        head.request_id = Some("given".into());
    });
    let app = init_service(App::new().service(scope)).await;
    let request = TestRequest::post().uri("/api/com.example.describe");
    let answer = call_service(&app, request.to_request()).await;
    assert_eq!(answer.headers().get("x-request-id").unwrap(), "given");
}
