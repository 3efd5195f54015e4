//! Where the gateway reports what each call cost.

use http::StatusCode;

use crate::route::Route;
use crate::usage::Usage;

/// Takes the report of each call that an upstream got, however it ended. It has to return at once.
pub trait Meter: Send + Sync {
    /// A call has ended.
    fn report(&self, report: &CallReport<'_>);
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
