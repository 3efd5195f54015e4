#![doc = include_str!("../README.md")]
#![deny(missing_docs)]

mod convert;
#[cfg(feature = "subscriptions")]
mod websocket;

use std::sync::Arc;
use std::time::Duration;

use actix_web::web::{self, Payload};
use actix_web::{HttpRequest, HttpResponse, Scope};
use bytes::Bytes;
use futures_core::Stream;
use tokio::time::sleep;
use xrpc_server::{Authenticator, BodyError, Head, Server, with_deadline};

pub use convert::{client_address, head, response};

/// The methods of a server as a scope of actix-web at `/xrpc`.
pub fn service<S, A>(server: Arc<Server<S, A>>) -> Scope
where
    S: Send + Sync + 'static,
    A: Authenticator,
{
    scope("/xrpc", server, |_, _| {})
}

/// The methods of a server as a scope of actix-web at `root`.
///
/// `extend` completes the head of each request, such as with what the application's middleware attached
/// to it, for the authenticator and the handlers to see.
pub fn scope<S, A, F>(root: &str, server: Arc<Server<S, A>>, extend: F) -> Scope
where
    S: Send + Sync + 'static,
    A: Authenticator,
    F: Fn(&HttpRequest, &mut Head) + Clone + 'static,
{
    let answer = move |request: HttpRequest, payload: Payload| {
        let (server, extend) = (server.clone(), extend.clone());
        async move {
            let mut head = head(&request);
            extend(&request, &mut head);
            call(&server, &request, head, payload).await
        }
    };
    web::scope(root).default_service(web::to(answer))
}

/// The body of a request, which has to arrive within `limit`: for routes of the application's own, with
/// [`xrpc_server::read_body`].
pub fn body(payload: Payload, limit: Duration) -> impl Stream<Item = Result<Bytes, BodyError>> {
    with_deadline(payload, limit, move || sleep(limit))
}

async fn call<S, A>(
    server: &Server<S, A>,
    request: &HttpRequest,
    head: Head,
    payload: Payload,
) -> HttpResponse
where
    S: Send + Sync + 'static,
    A: Authenticator,
{
    let path = request.match_info().unprocessed();
    let path = path.strip_prefix('/').unwrap_or_default();
    #[cfg(feature = "subscriptions")]
    if head.method != http::Method::OPTIONS && server.is_subscription(path) {
        return match server.subscribe(head, path).await {
            Ok(stream) => websocket::serve(request, payload, stream, server.closed()),
            Err(answer) => response(answer),
        };
    }
    let answer = server.call(head, path, payload, sleep).await;
    response(answer)
}
