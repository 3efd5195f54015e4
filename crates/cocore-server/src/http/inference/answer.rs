//! An answer of the gateway as one of actix.

use actix_web::http::header::ACCESS_CONTROL_EXPOSE_HEADERS;
use actix_web::http::{ConnectionType, StatusCode, Version};
use actix_web::{HttpRequest, HttpResponse};
use cocore_gateway::{Dialect, Reply, ReplyBody};

use crate::http::header_map::append;
use crate::http::request_id::RequestId;

/// Tells a proxy whether it may buffer an answer. nginx invented it.
const BUFFERING: &str = "x-accel-buffering";

/// Where Anthropic's clients look for the id of a request. Every answer has it in `X-Request-Id`.
const REQUEST_ID: &str = "request-id";

/// The headers that pages of any site may read: those of every answer, and what clients of models look for.
const EXPOSED: &str = "retry-after, retry-after-ms, www-authenticate, x-request-id, request-id, \
     x-should-retry, ratelimit, ratelimit-policy";

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
    answer.insert_header((ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED));
    match reply.body {
        ReplyBody::Whole(body) => answer.body(body),
        ReplyBody::Events(events) => {
            // nginx hands on what comes when it comes.
            answer.insert_header((BUFFERING, "no"));
            let mut answer = answer.streaming(events);
            if request.version() == Version::HTTP_10 {
                // That version has no chunks: the end of the connection is the end of the answer.
                let head = answer.head_mut();
                head.no_chunking(true);
                head.set_connection_type(ConnectionType::Close);
            }
            answer
        }
    }
}
