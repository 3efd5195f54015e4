//! The answer of an upstream begins.

use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use hyper::body::Incoming;
use serde::Deserialize;
use serde_json::{Map, Value};
use tokio::time::Instant;

use crate::byte_budget::ByteBudget;
use crate::call::Call;
use crate::early::EarlyError;
use crate::error::{ErrorCode, GatewayError};
use crate::headers::to_client;
use crate::in_flight::InFlight;
use crate::relay::{Relay, Times};
use crate::reply::{Reply, ReplyBody};
use crate::route::Route;
use crate::upstream_error::{envelope, is_of_call, unusable};
use crate::usage::{Count, Lenient, Reported};
use crate::watch::Watch;
use crate::whole::{Bounds, read_whole};

/// The largest answer that does not stream, in bytes.
const MAX_ANSWER: usize = 32 * 1024 * 1024;
/// The largest error of an upstream that is read, in bytes, and how long that may take.
const MAX_ERROR: usize = 64 * 1024;
const ERROR_TIMEOUT: Duration = Duration::from_secs(10);

/// An answer that has begun.
pub(crate) enum Opened {
    /// A stream of events, with its headers.
    Events(Box<Relay>, HeaderMap),
    /// Anything else, all of it.
    Whole(Reply),
}

impl Opened {
    pub(crate) fn into_reply(self) -> Reply {
        match self {
            Self::Whole(reply) => reply,
            Self::Events(relay, headers) => Reply {
                status: StatusCode::OK,
                headers,
                body: ReplyBody::Events(relay.events()),
            },
        }
    }

    /// Returns the events of an answer whose status was promised before it was there.
    ///
    /// # Errors
    /// It is no stream of events.
    pub(crate) fn into_relay(self) -> Result<Relay, EarlyError> {
        match self {
            Self::Events(relay, _) => Ok(*relay),
            Self::Whole(Reply {
                status,
                body: ReplyBody::Whole(body),
                ..
            }) if !status.is_success() => Err(EarlyError::Upstream(body)),
            Self::Whole(_) => {
                let message = "the upstream answered without a stream";
                let error = GatewayError::new(ErrorCode::UpstreamError, message);
                Err(EarlyError::Own(error))
            }
        }
    }
}

/// The part of an answer that is read.
#[derive(Deserialize)]
struct Parsed {
    #[serde(default)]
    usage: Lenient<Reported>,
    #[serde(default)]
    error: Lenient<Map<String, Value>>,
}

impl Parsed {
    /// Reads an answer, if it is a JSON object.
    fn of(body: &[u8]) -> Option<Self> {
        if !body.trim_ascii_start().starts_with(b"{") {
            return None;
        }
        let parsed = match std::str::from_utf8(body) {
            // The quicker way: no text is checked again.
            Ok(text) => serde_json::from_str(text),
            Err(_) => serde_json::from_slice(body),
        };
        parsed.ok()
    }
}

/// Reads the answer to a call.
pub(crate) struct Answering<'a> {
    pub(crate) call: &'a Call,
    pub(crate) budget: &'a ByteBudget,
    pub(crate) ping_after: Duration,
}

impl Answering<'_> {
    /// Reads an answer, or the beginning of a stream.
    ///
    /// # Errors
    /// `upstream_error` or `upstream_timeout`.
    pub(crate) async fn read(
        &self,
        answer: Response<Incoming>,
        mut in_flight: InFlight,
        deadline: Instant,
    ) -> Result<Opened, GatewayError> {
        let (head, body) = answer.into_parts();
        if !head.status.is_success() {
            let body = read_error(body).await;
            return self.error(head.status, &head.headers, body, in_flight);
        }
        if !is_plain(&head.headers) {
            in_flight.fail("the answer is compressed, which nobody asked for");
            return Err(unusable(head.status));
        }
        let idle_timeout = in_flight.offer.upstream.settings.idle_timeout;
        if is_events(&head.headers) {
            let times = Times {
                ping_after: self.ping_after,
                idle_timeout,
                deadline,
            };
            let relay = Relay::new(body, Watch::new(self.call), times, in_flight);
            return Ok(Opened::Events(Box::new(relay), to_client(&head.headers)));
        }
        let bounds = Bounds {
            max: MAX_ANSWER,
            idle_timeout,
            deadline,
        };
        let read = read_whole(body, bounds, Some(self.budget)).await;
        let body = read.inspect_err(|error| in_flight.fail(&error.message))?;
        let Some(parsed) = Parsed::of(&body) else {
            in_flight.fail("the answer is no JSON object");
            return Err(unusable(head.status));
        };
        let mut count = Count::default();
        if let Lenient(Some(usage)) = &parsed.usage {
            count.add(usage);
        }
        in_flight.set_usage(count.usage_of_answer(self.call.route, self.call.size(), body.len()));
        let is_error = parsed.error.0.is_some();
        if is_error {
            in_flight.fail("the answer has an error and status 200");
        } else {
            in_flight.complete(head.status);
        }
        // A response with an error inside is a response that says so.
        let (status, body) = match is_error && self.call.route != Route::Responses {
            true => {
                let status = ErrorCode::UpstreamError.status();
                (status, envelope(self.call.route.dialect(), status, body))
            }
            false => (head.status, body),
        };
        Ok(Opened::Whole(Reply {
            status,
            headers: to_client(&head.headers),
            body: ReplyBody::Whole(body),
        }))
    }

    /// Hands on an error of the upstream, if it is one of the call.
    fn error(
        &self,
        status: StatusCode,
        headers: &HeaderMap,
        body: Bytes,
        mut in_flight: InFlight,
    ) -> Result<Opened, GatewayError> {
        if !is_of_call(status) {
            in_flight.fail(&format!("it answered with status {status}"));
            in_flight.refuse();
            return Err(unusable(status));
        }
        in_flight.refuse();
        let mut headers = to_client(headers);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        Ok(Opened::Whole(Reply {
            status,
            headers,
            body: ReplyBody::Whole(envelope(self.call.route.dialect(), status, body)),
        }))
    }
}

/// Reads the body of an error. One that does not come is empty: the status says enough.
async fn read_error(body: Incoming) -> Bytes {
    let bounds = Bounds {
        max: MAX_ERROR,
        idle_timeout: ERROR_TIMEOUT,
        deadline: Instant::now() + ERROR_TIMEOUT,
    };
    read_whole(body, bounds, None).await.unwrap_or_default()
}

fn is_plain(headers: &HeaderMap) -> bool {
    let encoding = headers.get(CONTENT_ENCODING).map(HeaderValue::as_bytes);
    encoding.is_none_or(|encoding| encoding.eq_ignore_ascii_case(b"identity"))
}

fn is_events(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE);
    let kind = kind.and_then(|value| value.to_str().ok());
    let kind = kind.and_then(|kind| kind.split(';').next());
    kind.is_some_and(|kind| kind.trim().eq_ignore_ascii_case("text/event-stream"))
}
