//! The adapter as a service of axum.
#![allow(clippy::unwrap_used, missing_docs)]

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use futures_core::Stream;
use lexicon_runtime::{ErrorBody, MethodKind, NoParams, RawBody, XrpcMethod};
use tower_service::Service;
use xrpc_server::{
    Anonymous, Handler, HandlerError, Head, Request, Response, Router, Server, StatusCode,
};

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

#[derive(Clone)]
struct Tenant(&'static str);

struct Api;

impl Handler<Describe, ()> for Api {
    async fn handle(
        &self,
        request: Request<Describe, ()>,
    ) -> Result<Response<RawBody>, HandlerError<ErrorBody>> {
        let Head {
            peer, extensions, ..
        } = request.head;
        let tenant = extensions.get::<Tenant>().map(|tenant| tenant.0);
        let length = request.input.bytes.len();
        let text = format!("{peer:?} {tenant:?} {length}");
        Ok(RawBody::new("text/plain", text).into())
    }
}

fn routes(router: &mut Router<Api, ()>) {
    router.add::<Describe>();
}

fn app(server: Server<Api, Anonymous>) -> axum::Router {
    axum::Router::new().nest_service("/xrpc", xrpc_axum::service(Arc::new(server)))
}

fn request(path: &str, body: Body) -> http::Request<Body> {
    http::Request::post(path).body(body).unwrap()
}

#[tokio::test]
async fn heads_bodies_and_answers_are_converted() {
    let mut app = app(Server::new(routes, Api, Anonymous));
    let mut call = request("/xrpc/com.example.describe", Body::from("abc"));
    let peer: SocketAddr = "192.0.2.1:4000".parse().unwrap();
    call.extensions_mut().insert(ConnectInfo(peer));
    call.extensions_mut().insert(Tenant("acme"));
    call.extensions_mut()
        .insert(xrpc_axum::RequestId("given".into()));
    let answer = app.call(call).await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()["content-type"], "text/plain");
    assert_eq!(answer.headers()["x-request-id"], "given");
    let body = to_bytes(answer.into_body(), 1000).await.unwrap();
    assert_eq!(body, r#"Some(192.0.2.1:4000) Some("acme") 3"#);
    for (path, expected) in [
        ("/xrpc", StatusCode::BAD_REQUEST),
        ("/xrpc/", StatusCode::BAD_REQUEST),
        ("/xrpc/com.example.none", StatusCode::NOT_IMPLEMENTED),
        ("/xrpcx/com.example.describe", StatusCode::NOT_FOUND),
    ] {
        let answer = app.call(request(path, Body::empty())).await.unwrap();
        assert_eq!(answer.status(), expected, "{path}");
    }
}

/// A body that never comes.
struct Never;

impl Stream for Never {
    type Item = Result<bytes::Bytes, std::io::Error>;

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Pending
    }
}

#[tokio::test]
async fn a_body_has_a_deadline() {
    // The deadline passes at once, so that the test does not wait.
    let mut app = app(Server::new(routes, Api, Anonymous).body_timeout(Duration::ZERO));
    let call = request("/xrpc/com.example.describe", Body::from_stream(Never));
    let answer = app.call(call).await.unwrap();
    assert_eq!(answer.status(), StatusCode::REQUEST_TIMEOUT);
}
