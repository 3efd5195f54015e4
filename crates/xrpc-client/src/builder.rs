//! Building a client.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use http::header::USER_AGENT;
use http::{HeaderMap, HeaderName, HeaderValue};
use lexicon_runtime::Secret;
use reqwest::Url;

use crate::client::Client;
use crate::credential::{CallInfo, Credential};
use crate::error::BoxError;
use crate::retry::RetryPolicy;
use crate::settings::{Settings, Validation};
use crate::timer::{Timer, TokioTimer};
use crate::tls;

/// Why a client cannot be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The base URL is no URL, or has parts that no base URL may have.
    #[error("the base URL is invalid: {0}")]
    BaseUrl(&'static str),
    /// A header has a name or a value with characters that are not allowed.
    #[error("the header {0} is invalid")]
    Header(String),
    /// There is no TLS on this machine: the certificates of the operating system cannot be read.
    #[error("TLS is not available")]
    Tls(#[source] BoxError),
}

/// The settings of a client. [`Client::builder`] starts with these: no credential, 10 s to connect,
/// 30 s for a try, responses of at most 8 MiB, strict validation, and [`RetryPolicy::default`].
#[must_use = "a builder does nothing until `build` is called"]
pub struct ClientBuilder {
    base_url: String,
    http: Option<reqwest::Client>,
    connect_timeout: Duration,
    headers: Result<HeaderMap, BuildError>,
    timeout: Duration,
    response_limit: usize,
    credential: Credential,
    validation: Validation,
    retry: RetryPolicy,
    timer: Arc<dyn Timer>,
    jitter: Arc<dyn Fn() -> f64 + Send + Sync>,
}

impl Client {
    /// Builds a client with default settings for the server at `base_url`, such as
    /// `https://weather.example`.
    ///
    /// # Errors
    /// As [`ClientBuilder::build`].
    pub fn new(base_url: &str) -> Result<Self, BuildError> {
        Self::builder(base_url).build()
    }

    /// Starts a client for the server at `base_url`, such as `https://weather.example`. A path is kept:
    /// `https://example.com/weather` is called at `https://example.com/weather/xrpc/NSID`.
    pub fn builder(base_url: &str) -> ClientBuilder {
        let agent = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));
        let headers = HeaderMap::from_iter([(USER_AGENT, HeaderValue::from_static(agent))]);
        ClientBuilder {
            base_url: base_url.to_owned(),
            http: None,
            connect_timeout: Duration::from_secs(10),
            headers: Ok(headers),
            timeout: Duration::from_secs(30),
            response_limit: 8 * 1024 * 1024,
            credential: Credential::None,
            validation: Validation::default(),
            retry: RetryPolicy::default(),
            timer: Arc::new(TokioTimer),
            jitter: Arc::new(fastrand::f64),
        }
    }
}

impl ClientBuilder {
    /// Sets a bearer token as the credential.
    pub fn bearer(mut self, token: impl Into<Secret>) -> Self {
        self.credential = Credential::Bearer(token.into());
        self
    }

    /// Sets a source of bearer tokens, for tokens that change. It is asked before every try.
    ///
    /// ```
    /// # use xrpc_client::{Client, Secret};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # async fn sign(nsid: &str) -> std::io::Result<String> { Ok(format!("token for {nsid}")) }
    /// let client = Client::builder("https://weather.example")
    ///     .bearer_with(|call| async move { Ok(Secret::new(sign(call.nsid).await?)) })
    ///     .build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn bearer_with<F, T>(mut self, token: F) -> Self
    where
        F: Fn(CallInfo) -> T + Send + Sync + 'static,
        T: Future<Output = Result<Secret, BoxError>> + Send + 'static,
    {
        self.credential = Credential::provider(token);
        self
    }

    /// Adds a header to every request, in place of one of the same name.
    pub fn header<N, V>(mut self, name: N, value: V) -> Self
    where
        N: fmt::Display,
        HeaderValue: TryFrom<V>,
    {
        let name = name.to_string();
        let header = HeaderName::try_from(&name).ok();
        match header.zip(HeaderValue::try_from(value).ok()) {
            None => self.headers = Err(BuildError::Header(name)),
            Some((name, value)) => {
                if let Ok(headers) = &mut self.headers {
                    headers.insert(name, value);
                }
            }
        }
        self
    }

    /// Sets the user agent, in place of this crate's name and version.
    pub fn user_agent(self, agent: &str) -> Self {
        self.header(USER_AGENT, agent)
    }

    /// Sets the time to connect. It is a setting of the client's own HTTP client, not of one that is
    /// handed in.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Sets the time for one try, from the first byte sent to the last byte received.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets the largest body of a response, in bytes.
    pub fn response_limit(mut self, bytes: usize) -> Self {
        self.response_limit = bytes;
        self
    }

    /// Sets how strictly responses are checked.
    pub fn validation(mut self, validation: Validation) -> Self {
        self.validation = validation;
        self
    }

    /// Sets the bounds of the retries.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// Sets an HTTP client of the caller's own. Its redirects, proxies, TLS and time to connect are as
    /// it was built; turn its redirects off, unless every host that it may be sent to can be trusted.
    pub fn http_client(mut self, client: reqwest::Client) -> Self {
        self.http = Some(client);
        self
    }

    /// Sets the clock that retries wait by.
    pub fn timer(mut self, timer: impl Timer) -> Self {
        self.timer = Arc::new(timer);
        self
    }

    /// Sets the source of the random part of delays: numbers from 0 to 1.
    pub fn jitter(mut self, jitter: impl Fn() -> f64 + Send + Sync + 'static) -> Self {
        self.jitter = Arc::new(jitter);
        self
    }

    /// Builds the client.
    ///
    /// # Errors
    /// The variants of [`BuildError`].
    pub fn build(self) -> Result<Client, BuildError> {
        let endpoint = endpoint(&self.base_url)?;
        let headers = self.headers?;
        let http = match self.http {
            Some(client) => client,
            None => tls::http_client(self.connect_timeout).map_err(BuildError::Tls)?,
        };
        Ok(Client::from_settings(Settings {
            http,
            endpoint,
            credential: self.credential,
            headers: Arc::new(headers),
            validation: self.validation,
            timeout: self.timeout,
            response_limit: self.response_limit,
            retry: self.retry,
            timer: self.timer,
            jitter: self.jitter,
        }))
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("credential", &self.credential)
            .finish_non_exhaustive()
    }
}

/// The URL that NSIDs are appended to.
fn endpoint(base_url: &str) -> Result<Url, BuildError> {
    let mut url =
        Url::parse(base_url).map_err(|_| BuildError::BaseUrl("expected an absolute URL"))?;
    let fault = if !matches!(url.scheme(), "http" | "https") {
        Some("expected http or https")
    } else if !url.username().is_empty() || url.password().is_some() {
        Some("expected no credential in it: use `bearer`")
    } else if url.query().is_some() || url.fragment().is_some() {
        Some("expected neither a query nor a fragment")
    } else {
        None
    };
    if let Some(fault) = fault {
        return Err(BuildError::BaseUrl(fault));
    }
    let path = format!("{}/xrpc/", url.path().trim_end_matches('/'));
    url.set_path(&path);
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_url_may_have_a_path_and_nothing_more() {
        for (base_url, expected) in [
            ("https://weather.example", "https://weather.example/xrpc/"),
            ("https://weather.example/", "https://weather.example/xrpc/"),
            ("HTTP://[::1]:80", "http://[::1]/xrpc/"),
            ("https://a.example/b/c/", "https://a.example/b/c/xrpc/"),
        ] {
            assert_eq!(endpoint(base_url).unwrap().as_str(), expected);
        }
        for (base_url, expected) in [
            ("weather.example", "an absolute URL"),
            ("ftp://weather.example", "http or https"),
            ("did:web:weather.example", "http or https"),
            ("https://me:secret@weather.example", "no credential"),
            ("https://weather.example/?a", "neither a query"),
            ("https://weather.example/#a", "nor a fragment"),
        ] {
            let error = Client::new(base_url).unwrap_err().to_string();
            assert!(error.contains(expected), "{base_url}: {error}");
            assert!(!error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn an_invalid_header_is_named() {
        for (name, value) in [("a b", "c"), ("ab", "c\nd")] {
            let builder = Client::builder("http://localhost").header(name, value);
            let error = builder.header("good", "value").build().unwrap_err();
            assert_eq!(error.to_string(), format!("the header {name} is invalid"));
        }
    }

    #[test]
    fn no_credential_is_printed() {
        let builder = Client::builder("http://localhost").bearer("hidden");
        assert!(!format!("{builder:?}").contains("hidden"));
        let client = builder.header("x-key", "hidden").build().unwrap();
        assert!(!format!("{client:?}").contains("hidden"));
    }
}
