//! An answer of the gateway as one of actix.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse};
use cocore_gateway::{Dialect, Reply, ReplyBody};
use http::HeaderMap;

use crate::http::request_id::RequestId;

/// Tells a proxy whether it may buffer an answer. nginx invented it.
const BUFFERING: &str = "x-accel-buffering";

/// Where Anthropic's clients look for the id of a request. Every answer has it in `X-Request-Id`.
const REQUEST_ID: &str = "request-id";

/// Returns the answer. Where the upstream breaks off, the connection ends without the mark of a complete answer.
pub(super) fn response(request: &HttpRequest, dialect: Dialect, reply: Reply) -> HttpResponse {
    let status = StatusCode::from_u16(reply.status.as_u16());
    let mut answer = HttpResponse::build(status.unwrap_or(StatusCode::BAD_GATEWAY));
    append(&mut answer, &reply.headers);
    if dialect == Dialect::Anthropic
        && let Some(id) = RequestId::find(request)
    {
        answer.insert_header((REQUEST_ID, &*id));
    }
    match reply.body {
        ReplyBody::Whole(body) => answer.body(body),
        ReplyBody::Events(events) => answer
            // nginx hands on what comes when it comes.
            .insert_header((BUFFERING, "no"))
            .streaming(events),
    }
}

/// Answers the preflight of a page of any site: it may send a bearer credential, and never a cookie.
pub(super) async fn preflight(request: HttpRequest) -> HttpResponse {
    let mut answer = HttpResponse::NoContent();
    append(
        &mut answer,
        &xrpc_server::preflight_headers(&xrpc_actix::head(&request).headers),
    );
    answer.finish()
}

fn append(answer: &mut actix_web::HttpResponseBuilder, headers: &HeaderMap) {
    for (name, value) in headers {
        let name = header::HeaderName::from_bytes(name.as_str().as_bytes());
        let value = header::HeaderValue::from_bytes(value.as_bytes());
        if let (Ok(name), Ok(value)) = (name, value) {
            answer.append_header((name, value));
        }
    }
}
