//! A call is sent to an upstream.

use std::any::Any;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, Request};
use http_body_util::Full;
use hyper_util::client::legacy::connect::capture_connection;
use tokio::time::{Instant, timeout};

use crate::answer::{Answering, Opened};
use crate::byte_budget::ByteBudget;
use crate::call::Call;
use crate::caller::Reservation;
use crate::clients::Clients;
use crate::directory::Offer;
use crate::error::{ErrorCode, GatewayError};
use crate::headers::to_upstream;
use crate::in_flight::InFlight;
use crate::upstream_error::late;

/// What an upstream answers that takes no call now; the second one is Anthropic's.
const UNAVAILABLE: [u16; 2] = [503, 529];

/// A call with all that is needed to send it.
pub(crate) struct Sending {
    pub(crate) call: Call,
    pub(crate) offers: Vec<Offer>,
    /// What an upstream gets of the client's headers.
    pub(crate) headers: HeaderMap,
    pub(crate) request_id: Option<String>,
    /// What is set aside for it.
    pub(crate) reservation: Option<Box<dyn Reservation>>,
    pub(crate) answers: ByteBudget,
    pub(crate) ping_after: Duration,
    /// What the caller keeps for as long as the body is in memory.
    pub(crate) _held: Box<dyn Any>,
}

impl Sending {
    /// Sends the call to the first upstream that takes it. Whoever does not connect, or says at once that it is not
    /// available, has not begun: the next one gets it. After that nothing is sent twice.
    ///
    /// # Errors
    /// `no_upstream`, `upstream_error` or `upstream_timeout`.
    pub(crate) async fn open(mut self, clients: &Clients) -> Result<Opened, GatewayError> {
        let mut unavailable = None;
        let mut is_busy = false;
        for (number, offer) in self.offers.iter().enumerate() {
            let is_same = |tried: &Offer| tried.upstream.id == offer.upstream.id;
            if self.offers[..number].iter().any(is_same) {
                continue;
            }
            let Some(slot) = offer.upstream.take_slot() else {
                is_busy = true;
                continue;
            };
            let own = &offer.upstream.settings;
            let deadline = Instant::now() + own.timeout;
            let mut request = self.request(offer);
            let connection = capture_connection(&mut request);
            let client = clients.of(&offer.upstream);
            let id = self.request_id.clone();
            let reservation = self.reservation.take();
            let call = &self.call;
            let mut in_flight =
                InFlight::new(reservation, call, offer.clone(), id, slot, connection);
            let head_timeout = own.first_byte_timeout.min(own.timeout);
            let sent = timeout(head_timeout, client.request(request)).await;
            match sent {
                Ok(Ok(answer)) if UNAVAILABLE.contains(&answer.status().as_u16()) => {
                    self.reservation = in_flight.was_not_taken();
                    unavailable = Some((answer, in_flight, deadline));
                }
                Ok(Ok(answer)) => return self.answering().read(answer, in_flight, deadline).await,
                Ok(Err(error)) if error.is_connect() => {
                    let id = self.request_id.as_deref();
                    tracing::warn!(upstream = own.name, id, "the upstream cannot be reached");
                    self.reservation = in_flight.was_not_taken();
                }
                Ok(Err(_)) => {
                    let message = "the upstream closed the connection before it answered";
                    in_flight.fail(message);
                    // It may have done the work.
                    return Err(GatewayError::new(ErrorCode::UpstreamError, message).no_retry());
                }
                Err(_) => {
                    in_flight.fail("the upstream did not answer in time");
                    return Err(late());
                }
            }
        }
        if let Some((answer, mut in_flight, deadline)) = unavailable {
            in_flight.was_taken(self.reservation.take());
            return self.answering().read(answer, in_flight, deadline).await;
        }
        let message = match is_busy {
            true => "all upstreams of this model are busy: try again soon",
            false => "no upstream of this model can be reached: try again soon",
        };
        Err(GatewayError::not_now(message))
    }

    fn answering(&self) -> Answering<'_> {
        Answering {
            call: &self.call,
            budget: &self.answers,
            ping_after: self.ping_after,
        }
    }

    fn request(&self, offer: &Offer) -> Request<Full<Bytes>> {
        let own = &offer.upstream.settings;
        let body = Full::new(self.call.body_for(&offer.model));
        let mut request = Request::new(body);
        *request.method_mut() = Method::POST;
        *request.uri_mut() = offer.upstream.uri(self.call.route);
        *request.headers_mut() = to_upstream(
            &self.headers,
            self.request_id.as_deref(),
            own.key.as_ref(),
            self.call.route.dialect(),
        );
        request
    }
}
