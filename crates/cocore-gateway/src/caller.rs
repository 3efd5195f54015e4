//! The caller, and what becomes of what a call costs.

use std::future::Future;

use http::StatusCode;

use crate::error::GatewayError;
use crate::max_cost::MaxCost;
use crate::route::Route;
use crate::usage::Usage;

/// The caller of a model.
pub trait Caller {
    /// Whether the caller may use a model, by a name that it has here.
    fn may_use_model(&self, name: &str) -> bool;

    /// Sets the most aside that a call can cost, before it is sent.
    ///
    /// # Errors
    /// What the client is answered: there is not so much.
    fn reserve(
        &self,
        max_cost: MaxCost,
    ) -> impl Future<Output = Result<Box<dyn Reservation>, GatewayError>>;
}

/// What is set aside for a call. Dropped before it is settled, it is free again: no upstream took the call.
pub trait Reservation: Send {
    /// The call has ended, in whatever way. It has to return at once.
    fn settle(self: Box<Self>, report: &CallReport<'_>);
}

/// A call that has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallReport<'c> {
    /// The kind of call.
    pub route: Route,
    /// The model, by the upstream's name.
    pub model: &'c str,
    /// The name of the upstream.
    pub upstream: &'c str,
    /// How it ended.
    pub outcome: Outcome,
    /// What it cost.
    pub usage: Usage,
}

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The answer is complete.
    Complete(StatusCode),
    /// The upstream failed, or its answer broke off.
    Failed,
    /// The client left before the answer was complete.
    Abandoned,
}
