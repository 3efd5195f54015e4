use std::collections::HashMap;
use std::future::Future;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures_core::Stream;
use http::{HeaderName, HeaderValue, Method, StatusCode};
use lexicon_runtime::{MethodKind, XrpcMethod};

use crate::authenticator::Authenticator;
use crate::body::{BodyError, read_body};
use crate::cors;
use crate::deadline::with_deadline;
use crate::error::XrpcError;
#[cfg(feature = "subscriptions")]
use crate::handshake;
use crate::head::Head;
use crate::method::MethodInfo;
use crate::observer::{Observer, Outcome, Watch};
use crate::panic::catch_panic;
use crate::router::{Route, Router};
#[cfg(feature = "subscriptions")]
use crate::subscription::EventStream;

/// The largest body of a method without a limit of its own, in bytes: 1 MiB.
pub const DEFAULT_BODY_LIMIT: usize = 1024 * 1024;
/// The longest time in which a body may arrive: 30 seconds.
pub const DEFAULT_BODY_TIMEOUT: Duration = Duration::from_secs(30);

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// A service of XRPC methods, which an adapter mounts in a web framework.
///
/// Each request is answered by the first of these that applies:
///
/// 1. OPTIONS, on every path: 204.
/// 2. The path: 400 for a malformed NSID, 501 for an unknown method.
/// 3. The HTTP method: 405, unless it is GET or HEAD for a query, POST for a procedure.
/// 4. The query parameters: 400.
/// 5. The credential: the error of the [`Authenticator`], such as 401, then 403.
/// 6. The head of the body: 415 for an unknown content coding, 400 for another content type, 413 for a
///    `Content-Length` above the limit. Then the body as it is read: 408 if it is late, 400 if it is
///    incomplete or broken gzip, 413 above the limit. Then its content: 400.
/// 7. The handler.
///
/// Source: <https://atproto.com/specs/xrpc>.
pub struct Server<S, A: Authenticator> {
    service: Arc<S>,
    authenticator: A,
    router: Router<S, A::Caller>,
    body_limit: usize,
    body_limits: HashMap<&'static str, usize>,
    body_timeout: Duration,
    observer: Option<Box<dyn Observer<A::Caller>>>,
    trusted_proxies: usize,
    request_ids: RequestIds,
    #[cfg(feature = "subscriptions")]
    closing: crate::closing::Closing,
}

impl<S, A> Server<S, A>
where
    S: Send + Sync + 'static,
    A: Authenticator,
{
    /// A server of the methods that `routes`, the generated function of that name, adds to a router.
    pub fn new(
        routes: impl FnOnce(&mut Router<S, A::Caller>),
        service: S,
        authenticator: A,
    ) -> Self {
        let mut router = Router::default();
        routes(&mut router);
        Self {
            service: Arc::new(service),
            authenticator,
            router,
            body_limit: DEFAULT_BODY_LIMIT,
            body_limits: HashMap::new(),
            body_timeout: DEFAULT_BODY_TIMEOUT,
            observer: None,
            trusted_proxies: 0,
            request_ids: RequestIds::default(),
            #[cfg(feature = "subscriptions")]
            closing: crate::closing::Closing::default(),
        }
    }

    /// Sets the largest body of all methods, in bytes after decoding.
    #[must_use]
    pub fn body_limit(mut self, bytes: usize) -> Self {
        self.body_limit = bytes;
        self
    }

    /// Sets the largest body of the method `M`, in bytes after decoding.
    #[must_use]
    pub fn body_limit_of<M: XrpcMethod>(mut self, bytes: usize) -> Self {
        self.body_limits.insert(M::NSID, bytes);
        self
    }

    /// Sets the longest time in which a body may arrive.
    #[must_use]
    pub fn body_timeout(mut self, timeout: Duration) -> Self {
        self.body_timeout = timeout;
        self
    }

    /// Sets the hook for logs and metrics.
    #[must_use]
    pub fn observer(mut self, observer: impl Observer<A::Caller>) -> Self {
        self.observer = Some(Box::new(observer));
        self
    }

    /// Returns the methods, in no order: for an observer with a counter for each of them.
    pub fn methods(&self) -> impl Iterator<Item = MethodInfo> {
        self.router.methods()
    }

    /// Sets the number of proxies in front of the server that append to `X-Forwarded-For`, for the client's
    /// address in reports. The default is 0.
    #[must_use]
    pub fn trusted_proxies(mut self, number: usize) -> Self {
        self.trusted_proxies = number;
        self
    }

    /// Answers a request. `path` is what follows the root, such as `com.example.getThing` of
    /// `/xrpc/com.example.getThing`; `sleep` is the timer of the adapter's runtime.
    pub async fn call<B, E, T>(
        &self,
        mut head: Head,
        path: &str,
        body: B,
        sleep: impl Fn(Duration) -> T + Unpin,
    ) -> http::Response<Bytes>
    where
        B: Stream<Item = Result<Bytes, E>> + Unpin,
        T: Future<Output = ()>,
    {
        let id = head
            .request_id
            .get_or_insert_with(|| self.request_ids.next());
        let id = id.clone();
        let mut watch = self.watch(&head, id.clone());
        let is_preflight = head.method == Method::OPTIONS;
        let answered = match is_preflight {
            true => Ok(preflight(&head)),
            false => {
                let limit = self.body_timeout;
                let body = with_deadline(body, limit, || sleep(limit));
                let answer = self.answer(head, path, body, &mut watch);
                catch_panic(answer).await.flatten()
            }
        };
        finish(answered, &id, watch)
    }

    /// Closes every subscription, such as when the application stops.
    #[cfg(feature = "subscriptions")]
    pub fn close_subscriptions(&self) {
        self.closing.close();
    }

    /// Waits until the subscriptions are to be closed, for an adapter.
    #[cfg(feature = "subscriptions")]
    pub fn closed(&self) -> impl Future<Output = ()> + Send + 'static {
        self.closing.closed()
    }

    /// Whether a path below the root is a subscription, for an adapter that speaks WebSocket.
    #[cfg(feature = "subscriptions")]
    pub fn is_subscription(&self, path: &str) -> bool {
        self.router.is_subscription(path)
    }

    /// Opens a subscription, for an adapter that speaks WebSocket: it then completes the handshake.
    ///
    /// # Errors
    /// The answer to a request that is no handshake of a WebSocket, or has bad parameters or a bad
    /// credential.
    #[cfg(feature = "subscriptions")]
    pub async fn subscribe(
        &self,
        mut head: Head,
        path: &str,
    ) -> Result<EventStream, http::Response<Bytes>> {
        let id = head
            .request_id
            .get_or_insert_with(|| self.request_ids.next());
        let id = id.clone();
        let mut watch = self.watch(&head, id.clone());
        match catch_panic(self.open(head, path, &mut watch))
            .await
            .flatten()
        {
            Ok(stream) => {
                watch.end(Outcome::Answered {
                    status: StatusCode::SWITCHING_PROTOCOLS,
                    error: None,
                    cause: None,
                });
                Ok(stream)
            }
            Err(error) => Err(finish(Err(error), &id, watch)),
        }
    }

    #[cfg(feature = "subscriptions")]
    async fn open(
        &self,
        head: Head,
        path: &str,
        watch: &mut Watch<'_, A::Caller>,
    ) -> Result<EventStream, XrpcError> {
        let route = self.router.find_subscription(path)?;
        watch.method = Some(route.info);
        handshake::check(&head)?;
        let subscription = (route.decode_params)(head.query())?;
        let caller = self.authenticator.authenticate(&head, route.info).await?;
        watch.authenticated(&caller);
        Ok(subscription.open(self.service.clone(), caller, head))
    }

    /// Verb, parameters, credential, body, handler.
    async fn answer<B>(
        &self,
        head: Head,
        path: &str,
        body: B,
        watch: &mut Watch<'_, A::Caller>,
    ) -> Result<http::Response<Bytes>, XrpcError>
    where
        B: Stream<Item = Result<Bytes, BodyError>>,
    {
        let route = self.router.find(path)?;
        watch.method = Some(route.info);
        check_verb(&head.method, route.info.kind)?;
        let call = (route.decode_params)(head.query())?;
        let caller = self.authenticator.authenticate(&head, route.info).await?;
        watch.authenticated(&caller);
        let bytes = match route.input {
            None => Vec::new(),
            Some(declared) => {
                read_body(&head.headers, declared, self.limit_of(&route), body).await?
            }
        };
        call.handle(self.service.clone(), caller, head, bytes).await
    }

    fn watch(&self, head: &Head, id: Arc<str>) -> Watch<'_, A::Caller> {
        Watch::begin(self.observer.as_deref(), head, self.trusted_proxies, id)
    }

    fn limit_of(&self, route: &Route<S, A::Caller>) -> usize {
        let own = self.body_limits.get(route.info.nsid).copied();
        own.unwrap_or(self.body_limit)
    }
}

/// Completes an answer with the headers of every answer, and reports it.
fn finish<C: 'static>(
    answered: Result<http::Response<Bytes>, XrpcError>,
    id: &str,
    watch: Watch<'_, C>,
) -> http::Response<Bytes> {
    let (mut response, error) = match answered {
        Ok(response) => (response, None),
        Err(error) => (error.response(), Some(error)),
    };
    let headers = response.headers_mut();
    cors::allow_origin(headers);
    if let Ok(value) = HeaderValue::from_str(id) {
        headers.insert(REQUEST_ID, value);
    }
    watch.end(Outcome::Answered {
        status: response.status(),
        error: error.as_ref().map(|error| &error.body().error[..]),
        cause: error.as_ref().and_then(XrpcError::cause),
    });
    response
}

fn check_verb(verb: &Method, kind: MethodKind) -> Result<(), XrpcError> {
    let (allowed, allow) = match kind {
        MethodKind::Query => (&[Method::GET, Method::HEAD][..], "GET, HEAD"),
        MethodKind::Procedure => (&[Method::POST][..], "POST"),
    };
    if allowed.contains(verb) {
        return Ok(());
    }
    Err(XrpcError::method_not_allowed(allow))
}

fn preflight(head: &Head) -> http::Response<Bytes> {
    let mut response = http::Response::new(Bytes::new());
    *response.status_mut() = StatusCode::NO_CONTENT;
    cors::answer_preflight(&head.headers, response.headers_mut());
    response
}

/// Ids that differ within a process and, by a random start, between processes.
#[derive(Default)]
struct RequestIds {
    random: RandomState,
    count: AtomicU64,
}

impl RequestIds {
    fn next(&self) -> Arc<str> {
        let count = self.count.fetch_add(1, Ordering::Relaxed);
        let id = self.random.hash_one(count);
        Arc::from(format!("{id:016x}"))
    }
}
