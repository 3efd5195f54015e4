//! A call is sent to an upstream, and its answer begins.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use serde::Deserialize;
use serde::de::IgnoredAny;
use tokio::time::{Instant, timeout, timeout_at};

use crate::call::Call;
use crate::clients::Clients;
use crate::directory::Offer;
use crate::error::{ErrorCode, GatewayError};
use crate::headers::{to_client, to_upstream};
use crate::in_flight::InFlight;
use crate::meter::Meter;
use crate::relay::{Relay, Times};
use crate::reply::{Reply, ReplyBody};
use crate::upstream_error::{envelope, is_of_call, unusable};
use crate::usage::Reported;
use crate::watch::Watch;

/// The largest answer that does not stream, in bytes.
const MAX_ANSWER: usize = 32 * 1024 * 1024;
/// When to try again while all upstreams of a model are busy or away.
const RETRY_DELAY: Duration = Duration::from_secs(1);

/// What an upstream answers that takes no call now; the second one is Anthropic's.
const UNAVAILABLE: [u16; 2] = [503, 529];

/// A call with all that is needed to send it.
pub(crate) struct Sending {
    pub(crate) call: Call,
    pub(crate) offers: Vec<Offer>,
    pub(crate) headers: HeaderMap,
    pub(crate) request_id: Option<String>,
    pub(crate) meter: Arc<dyn Meter>,
    pub(crate) ping_after: Option<Duration>,
}

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
                status: http::StatusCode::OK,
                headers,
                body: ReplyBody::Events(relay.events()),
            },
        }
    }
}

impl Opened {
    /// Returns the events of an answer whose status was promised before it was there.
    ///
    /// # Errors
    /// It is no stream of events.
    pub(crate) fn into_relay(self) -> Result<Relay, GatewayError> {
        match self {
            Self::Events(relay, _) => Ok(*relay),
            Self::Whole(reply) => Err(of_reply(&reply)),
        }
    }
}

/// An answer without a stream as an error: what the upstream said, as a message.
fn of_reply(reply: &Reply) -> GatewayError {
    let message = match &reply.body {
        ReplyBody::Whole(body) => serde_json::from_slice::<serde_json::Value>(body).ok(),
        ReplyBody::Events(_) => None,
    };
    let message = message
        .as_ref()
        .and_then(|body| body["error"]["message"].as_str());
    let message = message.unwrap_or("the upstream answered without a stream");
    GatewayError::new(ErrorCode::UpstreamError, message)
}

/// The part of an answer that is read.
#[derive(Deserialize)]
struct Answer {
    usage: Option<Reported>,
    error: Option<IgnoredAny>,
}

impl Sending {
    /// Sends the call to the first upstream that takes it. Whoever does not connect, or says at once that it is not
    /// available, has not begun: the next one gets it. After that nothing is sent twice.
    ///
    /// # Errors
    /// `no_upstream`, `upstream_error` or `upstream_timeout`.
    pub(crate) async fn open(self, clients: &Clients) -> Result<Opened, GatewayError> {
        let mut unavailable = None;
        let mut is_busy = false;
        for offer in &self.offers {
            let Some(slot) = offer.upstream.take_slot() else {
                is_busy = true;
                continue;
            };
            let own = &offer.upstream.settings;
            let deadline = Instant::now() + own.timeout;
            let request = self.request(offer)?;
            let client = clients.of(&offer.upstream);
            let mut in_flight = InFlight::new(self.meter.clone(), &self.call, offer.clone(), slot);
            let sent = timeout(own.first_byte_timeout, client.request(request)).await;
            match sent {
                Ok(Ok(answer)) if UNAVAILABLE.contains(&answer.status().as_u16()) => {
                    in_flight.was_not_taken();
                    unavailable = Some((answer, in_flight, deadline));
                }
                Ok(Ok(answer)) => return self.answer(answer, in_flight, deadline).await,
                Ok(Err(error)) if error.is_connect() => {
                    tracing::warn!(upstream = own.name, "the upstream cannot be reached");
                    in_flight.was_not_taken();
                }
                Ok(Err(_)) => {
                    in_flight.fail();
                    let message = "the upstream closed the connection before it answered";
                    return Err(GatewayError::new(ErrorCode::UpstreamError, message));
                }
                Err(_) => {
                    in_flight.fail();
                    return Err(late());
                }
            }
        }
        if let Some((answer, in_flight, deadline)) = unavailable {
            return self.answer(answer, in_flight, deadline).await;
        }
        let message = match is_busy {
            true => "all upstreams of this model are busy: try again soon",
            false => "no upstream of this model can be reached: try again soon",
        };
        let error = GatewayError::new(ErrorCode::NoUpstream, message);
        Err(error.with_retry_after(RETRY_DELAY))
    }

    fn request(&self, offer: &Offer) -> Result<Request<Full<Bytes>>, GatewayError> {
        let own = &offer.upstream.settings;
        let url = format!("{}{}", own.url, self.call.route.path());
        let body = Full::new(self.call.body_for(&offer.model));
        let mut request = Request::post(url).body(body).map_err(|_| {
            // The settings were checked.
            GatewayError::new(ErrorCode::NoUpstream, "the URL of the upstream is invalid")
        })?;
        *request.headers_mut() = to_upstream(
            &self.headers,
            self.request_id.as_deref(),
            own.key.as_ref(),
            self.call.route.dialect(),
        );
        Ok(request)
    }

    async fn answer(
        &self,
        answer: Response<Incoming>,
        mut in_flight: InFlight,
        deadline: Instant,
    ) -> Result<Opened, GatewayError> {
        let (head, body) = answer.into_parts();
        let idle_timeout = in_flight.offer.upstream.settings.idle_timeout;
        let content_type = head.headers.get(CONTENT_TYPE);
        let content_type = content_type.and_then(|value| value.to_str().ok());
        let is_events = content_type.is_some_and(|kind| kind.starts_with("text/event-stream"));
        if head.status.is_success() && is_events {
            let times = Times {
                ping_after: self.ping_after,
                idle_timeout,
                deadline,
            };
            let relay = Relay::new(body, Watch::new(&self.call), times, in_flight);
            return Ok(Opened::Events(Box::new(relay), to_client(&head.headers)));
        }
        let read = read_whole(body, idle_timeout, deadline).await;
        let body = read.inspect_err(|_| in_flight.fail())?;
        let dialect = self.call.route.dialect();
        let reply = |status, body| Reply {
            status,
            headers: to_client(&head.headers),
            body: ReplyBody::Whole(body),
        };
        if !head.status.is_success() {
            in_flight.fail();
            if !is_of_call(head.status) {
                let (upstream, status) = (&in_flight.offer.upstream.settings.name, head.status);
                tracing::warn!(upstream, %status, "the answer of the upstream is unusable");
                return Err(unusable(head.status));
            }
            let mut reply = reply(head.status, envelope(dialect, head.status, body));
            let json = http::HeaderValue::from_static("application/json");
            reply.headers.insert(CONTENT_TYPE, json);
            return Ok(Opened::Whole(reply));
        }
        let Ok(parsed) = serde_json::from_slice::<Answer>(&body) else {
            in_flight.fail();
            return Err(unusable(head.status));
        };
        if parsed.error.is_some() {
            in_flight.fail();
            let status = ErrorCode::UpstreamError.status();
            return Ok(Opened::Whole(reply(
                status,
                envelope(dialect, status, body),
            )));
        }
        let mut count = crate::usage::Count::default();
        if let Some(usage) = &parsed.usage {
            count.add(usage);
        }
        in_flight.set_usage(count.usage_of_answer(self.call.size(), body.len()));
        in_flight.complete(head.status);
        Ok(Opened::Whole(reply(head.status, body)))
    }
}

/// Reads an answer to its end.
async fn read_whole(
    body: Incoming,
    idle_timeout: Duration,
    deadline: Instant,
) -> Result<Bytes, GatewayError> {
    let failed = |message: &str| GatewayError::new(ErrorCode::UpstreamError, message);
    let mut body = Limited::new(body, MAX_ANSWER);
    let mut bytes = Vec::new();
    loop {
        let until = deadline.min(Instant::now() + idle_timeout);
        let frame = match timeout_at(until, body.frame()).await {
            Err(_) => return Err(late()),
            Ok(None) => return Ok(bytes.into()),
            Ok(Some(Ok(frame))) => frame,
            Ok(Some(Err(error))) => {
                return Err(match error.downcast_ref::<hyper::Error>() {
                    Some(_) => failed("the upstream's answer broke off"),
                    None => failed("the upstream's answer is larger than 32 MiB"),
                });
            }
        };
        bytes.extend_from_slice(&frame.into_data().unwrap_or_default());
    }
}

fn late() -> GatewayError {
    let message = "the upstream took too long";
    GatewayError::new(ErrorCode::UpstreamTimeout, message)
}
