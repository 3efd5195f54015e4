//! The HTTP client for servers that are not trusted.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use http::header::{ACCEPT, HeaderMap};
use http::{Request, StatusCode};
use reqwest::redirect::{Action, Attempt, Policy};
use serde::de::DeserializeOwned;
use url::Url;

use crate::dns::{Dns, NameResolver, SystemNames};
use crate::http_error::HttpError;
use crate::in_flight::{InFlight, RequestLimits};
use crate::network::Network;
use crate::tls;

const DEFAULT_TIMEOUT: Duration = Duration::from_secs(5);
const DEFAULT_USER_AGENT: &str = concat!("atproto-resolver/", env!("CARGO_PKG_VERSION"));
const MAX_REDIRECTS: usize = 3;
/// How long a connection without a request is reused. It is shorter than the 5 seconds after which many servers
/// close such a connection: a request that meets the close fails.
const POOL_IDLE_TIMEOUT: Duration = Duration::from_secs(3);

/// An HTTP client with bounds, for servers that are not trusted.
///
/// A whole request takes at most the time-out. A response has at most as many bytes as the caller says. At
/// most three redirects are followed, and none to another origin. The [`Network`] says which hosts may be
/// asked, and [`RequestLimits`] how many requests may be in flight. Proxies of the environment are not used:
/// they would look up names without the check for private addresses.
///
/// A clone shares the connections and the limits.
///
/// ```no_run
/// use atproto_resolver::{HttpClient, HttpError, Network};
///
/// # async fn example() -> Result<(), HttpError> {
/// let client = HttpClient::builder(Network::Public).user_agent("weather/1.0").build()?;
/// let url = client.parse_url("https://example.com/.well-known/oauth-protected-resource")?;
/// let metadata: serde_json::Value = client.get_json(&url, 64 * 1024).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct HttpClient {
    client: reqwest::Client,
    network: Network,
    requests: InFlight,
    on_behalf_of: Option<IpAddr>,
}

/// The settings of an [`HttpClient`].
#[derive(Clone)]
#[must_use]
pub struct HttpClientBuilder {
    network: Network,
    timeout: Duration,
    user_agent: String,
    limits: RequestLimits,
    names: Arc<dyn NameResolver>,
}

impl fmt::Debug for HttpClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpClientBuilder")
            .field("network", &self.network)
            .field("timeout", &self.timeout)
            .field("user_agent", &self.user_agent)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

/// A response whose body has been read.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Response {
    /// The status. A redirect that was not followed has a status of 3xx.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
    /// Whether a redirect was followed.
    pub redirected: bool,
}

impl HttpClientBuilder {
    /// Sets how long a request may take, from connecting to the end of the body. The default is 5 seconds.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets the header `User-Agent`. The default names this crate.
    pub fn user_agent(mut self, user_agent: impl Into<String>) -> Self {
        self.user_agent = user_agent.into();
        self
    }

    /// Sets how many requests may be in flight.
    pub fn limits(mut self, limits: RequestLimits) -> Self {
        self.limits = limits;
        self
    }

    /// Sets what looks up host names. The default is the operating system.
    pub fn name_resolver(mut self, names: Arc<dyn NameResolver>) -> Self {
        self.names = names;
        self
    }

    /// Builds the client.
    ///
    /// # Errors
    /// [`HttpError::Setup`]: the machine has no root certificates, or the user agent is not a header value.
    pub fn build(self) -> Result<HttpClient, HttpError> {
        let setup = |error: &dyn std::error::Error| HttpError::Setup {
            reason: with_causes(error),
        };
        let requests = InFlight::new(self.limits);
        let dns = Dns {
            network: self.network,
            names: self.names,
            requests: requests.clone(),
        };
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls::config().map_err(|error| setup(&error))?)
            .dns_resolver(Arc::new(dns))
            .no_proxy()
            .timeout(self.timeout)
            .connect_timeout(self.timeout)
            .pool_idle_timeout(POOL_IDLE_TIMEOUT)
            .redirect(Policy::custom(follow_same_origin))
            .user_agent(self.user_agent)
            .build();
        Ok(HttpClient {
            client: client.map_err(|error| setup(&error))?,
            network: self.network,
            requests,
            on_behalf_of: None,
        })
    }
}

impl HttpClient {
    /// Returns the default settings of a client for these hosts.
    pub fn builder(network: Network) -> HttpClientBuilder {
        HttpClientBuilder {
            network,
            timeout: DEFAULT_TIMEOUT,
            user_agent: DEFAULT_USER_AGENT.to_owned(),
            limits: RequestLimits::default(),
            names: Arc::new(SystemNames),
        }
    }

    /// Returns this client for requests on behalf of a client of the program: they count as that client's.
    /// `None` stands for the program itself, which has no share of its own.
    #[must_use]
    pub fn on_behalf_of(&self, client: Option<IpAddr>) -> Self {
        Self {
            on_behalf_of: client,
            ..self.clone()
        }
    }

    /// The hosts that the client may connect to.
    pub fn network(&self) -> Network {
        self.network
    }

    /// Reads a URL that the client may connect to.
    ///
    /// # Errors
    /// [`HttpError::ForbiddenUrl`].
    pub fn parse_url(&self, text: &str) -> Result<Url, HttpError> {
        let url = Url::parse(text).ok();
        url.filter(|url| self.network.allows(url))
            .ok_or(HttpError::ForbiddenUrl)
    }

    /// Reads a URL that the client may connect to and that is an origin: a scheme, a host and a port.
    ///
    /// # Errors
    /// [`HttpError::ForbiddenUrl`].
    pub fn parse_origin(&self, text: &str) -> Result<Url, HttpError> {
        let url = self.parse_url(text)?;
        if url.path() == "/" && url.query().is_none() {
            Ok(url)
        } else {
            Err(HttpError::ForbiddenUrl)
        }
    }

    /// Sends a GET request, and reads a response of any status.
    ///
    /// # Errors
    /// The URL is forbidden, too many requests are in flight, the server cannot be reached, or the body is
    /// longer than `max_bytes`.
    pub async fn get(&self, url: &Url, max_bytes: usize) -> Result<Response, HttpError> {
        let request = Request::get(url.as_str()).header(ACCEPT, "application/json, */*;q=0.5");
        let request = request
            .body(Vec::new())
            .map_err(|_| HttpError::ForbiddenUrl)?;
        self.send(request, max_bytes).await
    }

    /// Sends a GET request, and reads the JSON of a response with status 200.
    ///
    /// # Errors
    /// Those of [`get`](Self::get), another status, or a body that is not the expected JSON.
    pub async fn get_json<T: DeserializeOwned>(
        &self,
        url: &Url,
        max_bytes: usize,
    ) -> Result<T, HttpError> {
        let response = self.get(url, max_bytes).await?;
        let host = host(url);
        if response.status != StatusCode::OK {
            let status = response.status.as_u16();
            return Err(HttpError::Status { host, status });
        }
        serde_json::from_slice(&response.body).map_err(|_| HttpError::InvalidJson { host })
    }

    /// Sends a request, and reads a response of any status.
    ///
    /// # Errors
    /// The URL is forbidden, too many requests are in flight, the server cannot be reached, or the body is
    /// longer than `max_bytes`.
    pub async fn send(
        &self,
        request: Request<Vec<u8>>,
        max_bytes: usize,
    ) -> Result<Response, HttpError> {
        let url = self.parse_url(&request.uri().to_string())?;
        let request = reqwest::Request::try_from(request).map_err(|_| HttpError::ForbiddenUrl)?;
        let permit = self.requests.begin(&url, self.on_behalf_of);
        let _permit = permit.ok_or_else(|| HttpError::Busy { host: host(&url) })?;
        let failed = |error: reqwest::Error| {
            let host = host(&url);
            if error.is_timeout() {
                return HttpError::Timeout { host };
            }
            let is_connect = error.is_connect();
            // The URL may hold a password, and the host is named beside it.
            let reason = with_causes(&error.without_url());
            match is_connect {
                true => HttpError::Unreachable { host, reason },
                false => HttpError::Interrupted { host, reason },
            }
        };
        let mut response = self.client.execute(request).await.map_err(failed)?;
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            if body.len() + chunk.len() > max_bytes {
                let host = host(&url);
                return Err(HttpError::TooLarge { host, max_bytes });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Response {
            status: response.status(),
            redirected: *response.url() != url,
            headers: std::mem::take(response.headers_mut()),
            body,
        })
    }
}

fn host(url: &Url) -> String {
    url.host_str().unwrap_or_default().to_owned()
}

fn follow_same_origin(attempt: Attempt<'_>) -> Action {
    let first = attempt.previous().first();
    let is_same = first.is_some_and(|first| first.origin() == attempt.url().origin());
    if is_same && attempt.previous().len() <= MAX_REDIRECTS {
        attempt.follow()
    } else {
        attempt.stop()
    }
}

/// The error with its causes: the outermost alone is too general.
fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
