//! Requests to servers that nobody vouches for: short, small, and over TLS.

use std::time::Duration;

use reqwest::header::{ACCEPT, CONTENT_TYPE};
use reqwest::{Client, RequestBuilder};
use url::{Host, Url};

use crate::error::{SignInError, refused};

const DEADLINE: Duration = Duration::from_secs(5);
const LARGEST: usize = 256 * 1024;

#[derive(Clone)]
pub(crate) struct Http {
    client: Client,
    /// Whether plain http to this machine is allowed, as on a developer's.
    pub(crate) loopback: bool,
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
    pub(crate) nonce: Option<String>,
    pub(crate) redirected: bool,
}

impl Http {
    pub(crate) fn new(client: Client, loopback: bool) -> Self {
        Self { client, loopback }
    }

    /// The URL, if one may ask there. A client's name resolver, which may refuse private addresses,
    /// is not asked about a bare address: so none is allowed.
    pub(crate) fn allowed(&self, text: &str) -> Option<Url> {
        let url = Url::parse(text).ok()?;
        let plain =
            url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
        let safe = url.scheme() == "https" && matches!(url.host(), Some(Host::Domain(_)));
        let local = self.loopback && matches!(url.scheme(), "http" | "https") && is_loopback(&url);
        (plain && (safe || local)).then_some(url)
    }

    /// The URL, if it is no more than an origin.
    pub(crate) fn origin(&self, text: &str) -> Option<Url> {
        self.allowed(text)
            .filter(|url| url.path() == "/" && url.query().is_none())
    }

    pub(crate) async fn get(&self, url: &Url) -> Result<Answer, SignInError> {
        let request = self.client.get(url.clone());
        self.send(url, request.header(ACCEPT, "application/json, */*;q=0.5"))
            .await
    }

    pub(crate) async fn post(
        &self,
        url: &Url,
        form: String,
        proof: String,
    ) -> Result<Answer, SignInError> {
        let request = self
            .client
            .post(url.clone())
            .body(form)
            .header("DPoP", proof);
        let request = request.header(ACCEPT, "application/json");
        self.send(
            url,
            request.header(CONTENT_TYPE, "application/x-www-form-urlencoded"),
        )
        .await
    }

    async fn send(&self, url: &Url, request: RequestBuilder) -> Result<Answer, SignInError> {
        let host = url.host_str().unwrap_or_default();
        let failed = |error: reqwest::Error| {
            SignInError::Unavailable(if error.is_timeout() {
                format!("{host} did not answer in time.")
            } else {
                format!("{host} cannot be reached.")
            })
        };
        let mut response = request.timeout(DEADLINE).send().await.map_err(failed)?;
        if response.url().origin() != url.origin() {
            return Err(refused(format!("{host} sends us to another server.")));
        }
        let header = response
            .headers()
            .get("DPoP-Nonce")
            .and_then(|value| value.to_str().ok());
        let mut answer = Answer {
            status: response.status().as_u16(),
            body: Vec::new(),
            nonce: header.map(str::to_owned),
            redirected: response.url() != url,
        };
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            if answer.body.len() + chunk.len() > LARGEST {
                return Err(refused(format!("{host} answers with too much.")));
            }
            answer.body.extend_from_slice(&chunk);
        }
        if answer.status == 429 || answer.status >= 500 {
            return Err(SignInError::Unavailable(format!(
                "{host} is not able to answer at the moment."
            )));
        }
        Ok(answer)
    }
}

/// Whether the URL's host is this machine.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
