//! The settings of a client, which each call may change for itself.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderMap;
use reqwest::Url;

use crate::credential::Credential;
use crate::retry::RetryPolicy;
use crate::timer::Timer;

/// How strictly a response is held to its lexicon.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Validation {
    /// A response that breaks any constraint is an error.
    #[default]
    Strict,
    /// A response is accepted if it has the shape of its type: every required field is there and has
    /// the right type. Constraints that it breaks are listed in
    /// [`Response::violations`](crate::Response::violations).
    Lenient,
}

/// Everything that a call needs to know of its client.
#[derive(Clone)]
pub(crate) struct Settings {
    pub(crate) http: reqwest::Client,
    /// The URL that an NSID is appended to.
    pub(crate) endpoint: Url,
    pub(crate) credential: Credential,
    /// Sent with every request. Calls share them, and each try copies them once.
    pub(crate) headers: Arc<HeaderMap>,
    pub(crate) validation: Validation,
    /// The time for one try.
    pub(crate) timeout: Duration,
    /// The largest body of a response, in bytes.
    pub(crate) response_limit: usize,
    pub(crate) retry: RetryPolicy,
    pub(crate) timer: Arc<dyn Timer>,
    /// A random number from 0 to 1.
    pub(crate) jitter: Arc<dyn Fn() -> f64 + Send + Sync>,
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("endpoint", &self.endpoint.as_str())
            .field("credential", &self.credential)
            .field("validation", &self.validation)
            .field("timeout", &self.timeout)
            .field("response_limit", &self.response_limit)
            .field("retry", &self.retry)
            .finish_non_exhaustive()
    }
}
