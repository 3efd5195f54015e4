//! One call of a method.

use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};
use lexicon_runtime::{MethodKind, Violation, Violations, XrpcMethod};

use crate::error::CallError;
use crate::exchange::{self, SendError};
use crate::request::Request;
use crate::response::{self, Response};
use crate::retry::RetryPolicy;
use crate::settings::{Settings, Validation};

/// A call that is not sent yet. Awaiting it sends it and returns the output;
/// [`Call::response`] returns the headers too.
#[derive(Debug)]
#[must_use = "a call is sent when it is awaited"]
pub struct Call<M: XrpcMethod> {
    settings: Settings,
    params: M::Params,
    input: M::Input,
    /// Its own headers.
    headers: HeaderMap,
    may_be_repeated: bool,
    invalid_header: Option<Violation>,
}

impl<M: XrpcMethod> Call<M> {
    pub(crate) fn new(settings: Settings, params: M::Params, input: M::Input) -> Self {
        Self {
            settings,
            params,
            input,
            headers: HeaderMap::new(),
            may_be_repeated: M::KIND == MethodKind::Query,
            invalid_header: None,
        }
    }

    /// Adds a header, in place of the client's own of that name: `atproto-proxy`, for example. One that
    /// is invalid is an error when the call is sent.
    pub fn header<N, V>(mut self, name: N, value: V) -> Self
    where
        HeaderName: TryFrom<N>,
        HeaderValue: TryFrom<V>,
    {
        match (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            (Ok(name), Ok(value)) => {
                self.headers.insert(name, value);
            }
            (Ok(name), Err(_)) => {
                let place = format!("headers/{name}");
                self.invalid_header = Some(Violation::new(place, "expected the value of a header"));
            }
            (Err(_), _) => {
                let message = "expected the name of a header";
                self.invalid_header = Some(Violation::new("headers", message));
            }
        }
        self
    }

    /// Declares that a procedure may be carried out several times without harm. It is then retried like a
    /// query.
    pub fn idempotent(mut self) -> Self {
        self.may_be_repeated = true;
        self
    }

    /// Sets the bounds of the retries.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.settings.retry = policy;
        self
    }

    /// Sets the time for one try, from the first byte sent to the last byte received.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.settings.timeout = timeout;
        self
    }

    /// Sets the largest body of the response, in bytes.
    pub fn response_limit(mut self, bytes: usize) -> Self {
        self.settings.response_limit = bytes;
        self
    }

    /// Sets how strictly the response is checked.
    pub fn validation(mut self, validation: Validation) -> Self {
        self.settings.validation = validation;
        self
    }

    /// Sends the call and returns the output with the headers of its response.
    ///
    /// # Errors
    /// The variants of [`CallError`].
    pub fn response(
        self,
    ) -> impl Future<Output = Result<Response<M::Output>, CallError<M::Error>>> + Send + 'static
    {
        let invalid = self
            .invalid_header
            .map(Violations::from)
            .map_or(Ok(()), Err);
        let settings = self.settings;
        let request = invalid
            .and_then(|()| Request::new::<M>(&settings, self.headers, &self.params, self.input));
        let may_be_repeated = self.may_be_repeated;
        async move {
            let request = request.map_err(CallError::InvalidRequest)?;
            match exchange::send(&settings, &request, may_be_repeated).await {
                Ok(raw) => response::interpret::<M>(&settings, raw),
                Err(SendError::Credential(error)) => Err(CallError::Credential(error)),
                Err(SendError::Transport(error)) => Err(CallError::Transport(error)),
            }
        }
    }
}

impl<M: XrpcMethod> IntoFuture for Call<M> {
    type Output = Result<M::Output, CallError<M::Error>>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        let response = self.response();
        Box::pin(async move { Ok(response.await?.output) })
    }
}
