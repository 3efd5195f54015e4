#![doc = include_str!("../README.md")]
#![deny(missing_docs)]

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::response::Response;
use tower_service::Service;
use xrpc_server::{Authenticator, Head, Server};

/// The methods of a server as a [`tower_service::Service`], to be nested at `/xrpc`.
///
/// Extensions of the request are those of its [`Head`]. The address of the client is known where the
/// application is served by `into_make_service_with_connect_info::<SocketAddr>()`.
pub fn service<S, A: Authenticator>(server: Arc<Server<S, A>>) -> Xrpc<S, A> {
    Xrpc { server }
}

/// The extension with which middleware gives a request its id, which the answer then has in
/// `X-Request-Id`.
#[derive(Clone, Debug)]
pub struct RequestId(pub Arc<str>);

/// The methods of a server; see [`service`].
pub struct Xrpc<S, A: Authenticator> {
    server: Arc<Server<S, A>>,
}

impl<S, A: Authenticator> Clone for Xrpc<S, A> {
    fn clone(&self) -> Self {
        Self {
            server: self.server.clone(),
        }
    }
}

impl<S, A> Service<http::Request<Body>> for Xrpc<S, A>
where
    S: Send + Sync + 'static,
    A: Authenticator,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let server = self.server.clone();
        Box::pin(async move {
            let (parts, body) = request.into_parts();
            let mut head = Head::new(parts.method, parts.uri);
            head.headers = parts.headers;
            let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
            head.peer = peer.map(|ConnectInfo(peer)| *peer);
            let id = parts.extensions.get::<RequestId>();
            head.request_id = id.map(|RequestId(id)| id.clone());
            head.extensions = parts.extensions;
            let path = head.uri.path();
            let path = path.strip_prefix('/').unwrap_or_default().to_owned();
            let body = body.into_data_stream();
            let answer = server.call(head, &path, body, tokio::time::sleep).await;
            Ok(answer.map(Body::from))
        })
    }
}
