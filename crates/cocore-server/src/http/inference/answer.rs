//! An answer of the gateway as one of actix.

use actix_web::body::BodyStream;
use actix_web::http::header::{ACCESS_CONTROL_EXPOSE_HEADERS, HeaderName, HeaderValue};
use actix_web::http::{ConnectionType, Version};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use cocore_gateway::{Dialect, GatewayError, Reply, ReplyBody};

use crate::http::request_id::RequestId;

/// Tells a proxy whether it may buffer an answer. nginx invented it.
const BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// Where Anthropic's clients look for the id of a request. Every answer has it in `X-Request-Id`.
const REQUEST_ID: HeaderName = HeaderName::from_static("request-id");

/// The headers that pages of any site may read: those of every answer, and what clients of models look for.
const EXPOSED: &str = "retry-after, retry-after-ms, www-authenticate, x-request-id, request-id, \
     x-should-retry, ratelimit, ratelimit-policy";

/// Returns an answer. Where the upstream breaks off, the connection ends without the mark of a complete answer.
pub(super) fn response(
    request: &HttpRequest,
    dialect: Dialect,
    reply: Result<Reply, GatewayError>,
) -> HttpResponse {
    let Reply {
        status,
        headers,
        body,
    } = reply.unwrap_or_else(|error| error.reply(dialect));
    let (whole, events) = match body {
        ReplyBody::Whole(body) => (body, None),
        ReplyBody::Events(events) => (Bytes::new(), Some(events)),
    };
    let mut answer = http::Response::new(whole);
    *answer.status_mut() = status;
    *answer.headers_mut() = headers;
    let mut answer = xrpc_actix::response(answer);
    if dialect == Dialect::Anthropic
        && let Some(id) = RequestId::find(request)
        && let Ok(id) = HeaderValue::from_str(&id)
    {
        answer.headers_mut().insert(REQUEST_ID, id);
    }
    let exposed = HeaderValue::from_static(EXPOSED);
    answer
        .headers_mut()
        .insert(ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
    let Some(events) = events else {
        return answer;
    };
    // nginx hands on what comes when it comes.
    answer
        .headers_mut()
        .insert(BUFFERING, HeaderValue::from_static("no"));
    let mut answer = answer
        .set_body(BodyStream::new(events))
        .map_into_boxed_body();
    if request.version() == Version::HTTP_10 {
        // That version has no chunks: the end of the connection is the end of the answer.
        let head = answer.head_mut();
        head.no_chunking(true);
        head.set_connection_type(ConnectionType::Close);
    }
    answer
}
