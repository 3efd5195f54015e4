use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, StatusCode};
use lexicon_runtime::{Body, Nsid, Violations, XrpcMethod, media_type, query};
use percent_encoding::percent_decode_str;

use crate::error::XrpcError;
use crate::handler::{Handler, Request};
use crate::head::Head;
use crate::method::MethodInfo;
#[cfg(feature = "subscriptions")]
use crate::subscription::{self, SubscriptionHandler, SubscriptionRoute};

/// The methods of a service `S`, whose handlers get the caller `C`. The generated function `routes`
/// fills it.
pub struct Router<S, C> {
    by_nsid: HashMap<&'static str, Route<S, C>>,
    #[cfg(feature = "subscriptions")]
    subscriptions: HashMap<&'static str, SubscriptionRoute<S, C>>,
}

impl<S, C> Default for Router<S, C> {
    fn default() -> Self {
        Self {
            by_nsid: HashMap::new(),
            #[cfg(feature = "subscriptions")]
            subscriptions: HashMap::new(),
        }
    }
}

/// A method, with its types erased.
pub(crate) struct Route<S, C> {
    pub(crate) info: MethodInfo,
    /// The media type of the body, if the method has one.
    pub(crate) input: Option<&'static str>,
    /// Decodes and checks the query string.
    pub(crate) decode_params: DecodeParams<S, C>,
}

type DecodeParams<S, C> = fn(&str) -> Result<Box<dyn Call<S, C>>, Violations>;

impl<S, C> Clone for Route<S, C> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S, C> Copy for Route<S, C> {}

/// An answer that is on its way.
pub(crate) type Answer =
    Pin<Box<dyn Future<Output = Result<http::Response<Bytes>, XrpcError>> + Send>>;

/// A call whose parameters are decoded.
pub(crate) trait Call<S, C>: Send {
    /// Decodes and checks the body, and runs the handler.
    fn handle(self: Box<Self>, service: Arc<S>, caller: C, head: Head, body: Vec<u8>) -> Answer;
}

struct Decoded<M: XrpcMethod> {
    params: M::Params,
}

impl<S: 'static, C: Send + 'static> Router<S, C> {
    /// Adds the method `M`.
    pub fn add<M: XrpcMethod>(&mut self)
    where
        S: Handler<M, C>,
    {
        let route = Route {
            info: MethodInfo::of::<M>(),
            input: M::INPUT_ENCODING,
            decode_params: |text| {
                let params = query::decode(M::PARAMS, text)?;
                Ok(Box::new(Decoded::<M> { params }))
            },
        };
        self.by_nsid.insert(M::NSID, route);
    }

    /// Adds the subscription `E`.
    #[cfg(feature = "subscriptions")]
    pub fn add_subscription<E: lexicon_runtime::Subscription>(&mut self)
    where
        S: SubscriptionHandler<E, C>,
    {
        self.subscriptions
            .insert(E::NSID, subscription::route::<E, S, C>());
    }
}

impl<S, C> Router<S, C> {
    /// Finds the method of a path below the root.
    pub(crate) fn find(&self, path: &str) -> Result<Route<S, C>, XrpcError> {
        find(&self.by_nsid, path)
    }

    /// The methods, without the subscriptions.
    pub(crate) fn methods(&self) -> impl Iterator<Item = MethodInfo> {
        self.by_nsid.values().map(|route| route.info)
    }

    /// Whether a path below the root is a subscription.
    #[cfg(feature = "subscriptions")]
    pub(crate) fn is_subscription(&self, path: &str) -> bool {
        // Most paths are methods, written as they are registered.
        !self.by_nsid.contains_key(path)
            && !self.subscriptions.is_empty()
            && find(&self.subscriptions, path).is_ok()
    }

    /// Finds the subscription of a path below the root.
    #[cfg(feature = "subscriptions")]
    pub(crate) fn find_subscription(
        &self,
        path: &str,
    ) -> Result<SubscriptionRoute<S, C>, XrpcError> {
        find(&self.subscriptions, path)
    }
}

/// Looks up an NSID. Its authority part is a domain name, whose case does not count; a client may
/// percent-encode what needs no encoding.
fn find<R: Copy>(by_nsid: &HashMap<&'static str, R>, path: &str) -> Result<R, XrpcError> {
    if let Some(route) = by_nsid.get(path) {
        return Ok(*route);
    }
    let malformed = || {
        let message = "expected an NSID after /xrpc/, such as com.example.getThing";
        XrpcError::invalid_request(message)
    };
    let text = percent_decode_str(path).decode_utf8_lossy();
    let (authority, name) = text.rsplit_once('.').ok_or_else(malformed)?;
    let nsid = format!("{}.{name}", authority.to_ascii_lowercase());
    let nsid = Nsid::parse(nsid).map_err(|_| malformed())?;
    let route = by_nsid.get(nsid.as_str()).copied();
    route.ok_or_else(XrpcError::method_not_implemented)
}

impl<M, S, C> Call<S, C> for Decoded<M>
where
    M: XrpcMethod,
    S: Handler<M, C>,
    C: Send + 'static,
{
    fn handle(self: Box<Self>, service: Arc<S>, caller: C, head: Head, body: Vec<u8>) -> Answer {
        Box::pin(async move {
            let content_type = head.headers.get(CONTENT_TYPE);
            let content_type = content_type.and_then(|value| value.to_str().ok());
            let input = M::Input::decode("input", content_type, body, M::BODY_OPTIONS)?;
            let request = Request {
                params: self.params,
                input,
                caller,
                head,
            };
            let response = service.handle(request).await?;
            encode::<M>(response.output, response.headers)
        })
    }
}

fn encode<M: XrpcMethod>(
    output: M::Output,
    headers: http::HeaderMap,
) -> Result<http::Response<Bytes>, XrpcError> {
    let (content_type, bytes) = output
        .encode()
        .map_err(|error| XrpcError::internal(format!("the output cannot be written: {error}")))?;
    let mut response = http::Response::new(Bytes::from(bytes));
    *response.status_mut() = StatusCode::OK;
    let all = response.headers_mut();
    all.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(declared) = M::OUTPUT_ENCODING {
        let value = match content_type {
            Some(text) => HeaderValue::try_from(text).map_err(|_| {
                XrpcError::internal("the output's content type is not a header value")
            })?,
            None if media_type::is_glob(declared) => {
                HeaderValue::from_static("application/octet-stream")
            }
            None => HeaderValue::from_static(declared),
        };
        all.insert(CONTENT_TYPE, value);
    }
    // The handler's own values replace these, and keep their number.
    all.extend(headers);
    Ok(response)
}
