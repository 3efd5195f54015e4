//! The server's side of XRPC, called as an adapter calls it.
#![allow(clippy::unwrap_used, missing_docs)]

mod answers;
mod bodies;
mod observed;
mod service;

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_core::Stream;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response};
use service::{Api, Log, Names, routes};
use xrpc_server::{Head, Server};

/// The parts of a body, after which it ends, fails, or never goes on.
struct Parts {
    parts: VecDeque<Bytes>,
    then: Then,
}

#[derive(Clone, Copy)]
enum Then {
    End,
    Fail,
    Hang,
}

impl Stream for Parts {
    type Item = Result<Bytes, ()>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match (self.parts.pop_front(), self.then) {
            (Some(part), _) => Poll::Ready(Some(Ok(part))),
            (None, Then::End) => Poll::Ready(None),
            (None, Then::Fail) => Poll::Ready(Some(Err(()))),
            (None, Then::Hang) => Poll::Pending,
        }
    }
}

/// A call, with a valid credential unless another one is set.
struct Call {
    method: Method,
    target: String,
    headers: HeaderMap,
    peer: Option<SocketAddr>,
    body: Parts,
}

impl Call {
    fn new(method: &str, target: &str) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert("authorization", HeaderValue::from_static("Ali"));
        let body = Parts {
            parts: VecDeque::new(),
            then: Then::End,
        };
        Self {
            method: method.parse().unwrap(),
            target: target.to_owned(),
            headers,
            peer: None,
            body,
        }
    }

    fn peer(mut self, address: &str) -> Self {
        self.peer = Some(address.parse().unwrap());
        self
    }

    fn header(mut self, name: &str, value: &str) -> Self {
        let name: HeaderName = name.parse().unwrap();
        self.headers.remove(&name);
        if !value.is_empty() {
            self.headers.insert(name, value.parse().unwrap());
        }
        self
    }

    fn body(mut self, bytes: &[u8]) -> Self {
        self.body.parts.push_back(Bytes::copy_from_slice(bytes));
        self
    }

    fn then(mut self, then: Then) -> Self {
        self.body.then = then;
        self
    }

    fn json(self, text: &str) -> Self {
        self.header("content-type", "application/json")
            .body(text.as_bytes())
    }

    async fn send(self, server: &Server<Api, Names>) -> Response<Bytes> {
        let mut head = Head::new(
            self.method,
            format!("/xrpc/{}", self.target).parse().unwrap(),
        );
        head.headers = self.headers;
        head.peer = self.peer;
        let path = self.target.split('?').next().unwrap();
        // No time passes: a body that has to be waited for is too late.
        server
            .call(head, path, self.body, |_| std::future::ready(()))
            .await
    }
}

fn server() -> Server<Api, Names> {
    Server::new(routes, Api, Names)
        .body_limit(64)
        .body_timeout(Duration::from_secs(10))
}

fn text(answer: &Response<Bytes>) -> String {
    String::from_utf8(answer.body().to_vec()).unwrap()
}

fn header<'a>(answer: &'a Response<Bytes>, name: &str) -> &'a str {
    answer
        .headers()
        .get(name)
        .map_or("", |value| value.to_str().unwrap())
}

/// The status and the error of an answer, as `400 InvalidRequest: message`.
fn error(answer: &Response<Bytes>) -> String {
    let body: xrpc_server::ErrorBody = serde_json::from_slice(answer.body()).unwrap();
    format!("{} {body}", answer.status().as_u16())
}

fn log(server: Server<Api, Names>) -> (Server<Api, Names>, Log) {
    let log = Log::default();
    (server.observer(log.clone()), log)
}
