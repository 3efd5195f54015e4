//! A call that an upstream has.

use http::StatusCode;
use hyper_util::client::legacy::connect::CaptureConnection;
use tokio::sync::OwnedSemaphorePermit;

use crate::call::Call;
use crate::caller::{CallReport, Outcome, Reservation};
use crate::directory::Offer;
use crate::route::Route;
use crate::usage::Usage;

/// A call that an upstream has. What is set aside for it is settled when this is dropped: then it has ended, whatever has
/// happened.
pub(crate) struct InFlight {
    /// `None`: the upstream did not take it.
    reservation: Option<Box<dyn Reservation>>,
    route: Route,
    pub(crate) offer: Offer,
    request_bytes: usize,
    request_id: Option<String>,
    outcome: Outcome,
    usage: Usage,
    /// How many answers were asked for.
    answers: u64,
    /// `None`: the upstream is not at work.
    slot: Option<OwnedSemaphorePermit>,
    connection: CaptureConnection,
}

impl InFlight {
    /// A call that is about to be sent. Until more is known, the client has left, and the prompt was read.
    pub(crate) fn new(
        reservation: Option<Box<dyn Reservation>>,
        call: &Call,
        offer: Offer,
        request_id: Option<String>,
        slot: OwnedSemaphorePermit,
        connection: CaptureConnection,
    ) -> Self {
        let mut in_flight = Self {
            reservation,
            route: call.route,
            offer,
            request_bytes: call.size(),
            request_id,
            outcome: Outcome::Abandoned,
            usage: Usage::default(),
            answers: call.max_cost().answers,
            slot: Some(slot),
            connection,
        };
        in_flight.set_usage(Usage {
            input: Usage::estimate_of_bytes(call.size()),
            is_estimated: true,
            ..Usage::default()
        });
        in_flight
    }

    pub(crate) fn request_bytes(&self) -> usize {
        self.request_bytes
    }

    /// The upstream did not take it: there is nothing to settle. Returns what is set aside for it.
    pub(crate) fn was_not_taken(&mut self) -> Option<Box<dyn Reservation>> {
        self.slot = None;
        self.reservation.take()
    }

    /// The answer of the upstream is passed on after all.
    pub(crate) fn was_taken(&mut self, reservation: Option<Box<dyn Reservation>>) {
        self.reservation = reservation;
    }

    /// The upstream failed: `why` is for the log.
    pub(crate) fn fail(&mut self, why: &str) {
        self.outcome = Outcome::Failed;
        let upstream = &self.offer.upstream.settings.name;
        let id = self.request_id.as_deref();
        tracing::warn!(
            upstream,
            id,
            route = self.route.path(),
            why,
            "a call failed"
        );
    }

    /// The upstream refused it, which costs nothing.
    pub(crate) fn refuse(&mut self) {
        self.outcome = Outcome::Failed;
        self.usage = Usage::default();
    }

    /// The answer is complete.
    pub(crate) fn complete(&mut self, status: StatusCode) {
        self.outcome = Outcome::Complete(status);
    }

    /// What it has cost so far. Counting tokens costs none. Some upstreams report the usage of one answer of several, such as
    /// llama.cpp: then the number is the least that it can be.
    pub(crate) fn set_usage(&mut self, usage: Usage) {
        if self.route != Route::CountTokens {
            self.usage = usage;
            self.usage.is_estimated |= self.answers > 1;
        }
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        let Some(reservation) = self.reservation.take() else {
            return;
        };
        let (outcome, upstream) = (self.outcome, &self.offer.upstream.settings.name);
        let is_sent = self.connection.connection_metadata().is_some();
        if !is_sent {
            // The upstream got nothing: what was set aside is free again.
            return;
        }
        if outcome == Outcome::Abandoned {
            let (id, route) = (self.request_id.as_deref(), self.route.path());
            tracing::info!(
                upstream,
                id,
                route,
                "the client left before its answer was complete"
            );
        }
        reservation.settle(&CallReport {
            route: self.route,
            model: &self.offer.model,
            upstream,
            outcome,
            usage: self.usage,
        });
    }
}
