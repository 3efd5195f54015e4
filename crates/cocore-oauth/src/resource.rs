//! Requests to an account's data server, with a DPoP-bound access token. Source: RFC 9449, section 7.

use std::borrow::Cow;

use atproto_resolver::{HttpClient, Response};
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, Method, Request, StatusCode};
use serde::Deserialize;
use url::Url;

use crate::key::SigningKey;
use crate::nonces::Nonces;
use crate::session_error::SessionError;
use crate::tokens::SessionTokens;

/// The longest answer, in bytes.
const MAX_ANSWER: usize = 256 * 1024;

/// A call of a method of XRPC at an account's data server.
pub struct PdsCall {
    /// The NSID of the method.
    pub nsid: &'static str,
    /// What is sent.
    pub input: PdsInput,
}

/// What is sent with a call.
pub enum PdsInput {
    /// The parameters of a query.
    Query(Vec<(&'static str, String)>),
    /// The JSON of a procedure.
    Json(Vec<u8>),
}

/// What the data server answered.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PdsAnswer {
    /// The status.
    pub status: StatusCode,
    /// The body, of at most 256 KiB.
    pub body: Vec<u8>,
    /// The header `Retry-After`, if it is a number of seconds.
    pub retry_after: Option<u64>,
    /// The host, for messages.
    pub host: String,
}

impl PdsAnswer {
    /// An answer without `Retry-After`.
    pub fn new(status: StatusCode, body: Vec<u8>, host: impl Into<String>) -> Self {
        Self {
            status,
            body,
            retry_after: None,
            host: host.into(),
        }
    }

    /// Whether it is an error of the account, such as `AccountDeactivated`, and not of the tokens. Source: the lexicons of
    /// `com.atproto.server`.
    #[must_use]
    pub fn is_about_account(&self) -> bool {
        #[derive(Deserialize)]
        struct Named<'a> {
            #[serde(borrow)]
            error: Cow<'a, str>,
        }
        let named = serde_json::from_slice::<Named<'_>>(&self.body);
        named.is_ok_and(|named| named.error.starts_with("Account"))
    }
}

/// What requests with tokens need.
pub(crate) struct Resource<'r> {
    pub(crate) http: &'r HttpClient,
    pub(crate) nonces: &'r Nonces,
    /// In seconds since 1970.
    pub(crate) now: u64,
    /// The origin of the data server.
    pub(crate) pds: &'r Url,
}

impl Resource<'_> {
    /// Sends a call with the tokens of a session. It is sent again if, and only if, the data server asks for a proof
    /// with another nonce.
    pub(crate) async fn call(
        &self,
        tokens: &SessionTokens,
        key: &SigningKey,
        call: &PdsCall,
    ) -> Result<PdsAnswer, SessionError> {
        let host = self.pds.host_str().unwrap_or_default().to_owned();
        let invalid = || SessionError::InvalidAnswer { host: host.clone() };
        let endpoint = self.pds.join(&format!("/xrpc/{}", call.nsid));
        let endpoint = endpoint.map_err(|_| invalid())?;
        let endpoint = &endpoint;
        let send = |nonce: Option<String>| async move {
            let request = self.request(tokens, key, nonce.as_deref(), endpoint, call)?;
            let response = self.http.send(request, MAX_ANSWER).await;
            response.map_err(SessionError::from)
        };
        let response = self.nonces.send(endpoint, wants_nonce, send).await?;
        if response.redirected {
            return Err(invalid());
        }
        let retry_after = response.headers.get(RETRY_AFTER);
        let retry_after = retry_after.and_then(|value| value.to_str().ok()?.parse().ok());
        Ok(PdsAnswer {
            status: response.status,
            body: response.body,
            retry_after,
            host,
        })
    }

    fn request(
        &self,
        tokens: &SessionTokens,
        key: &SigningKey,
        nonce: Option<&str>,
        endpoint: &Url,
        call: &PdsCall,
    ) -> Result<Request<Vec<u8>>, SessionError> {
        let mut url = endpoint.clone();
        let (method, body) = match &call.input {
            PdsInput::Query(parameters) => {
                url.query_pairs_mut().extend_pairs(parameters);
                (Method::GET, Vec::new())
            }
            PdsInput::Json(body) => (Method::POST, body.clone()),
        };
        let token = &tokens.access_token;
        let proof = key.proof(
            method.as_str(),
            endpoint.as_str(),
            nonce,
            Some(token),
            self.now,
        )?;
        // What the issuer sent as a token, and what the header's grammar does not allow.
        let header = |text: &str| {
            let value = HeaderValue::from_str(text).map_err(|_| SessionError::NotConnected);
            value.map(|mut value| {
                value.set_sensitive(true);
                value
            })
        };
        let mut request = Request::builder()
            .uri(url.as_str())
            .header(ACCEPT, "application/json")
            .header(AUTHORIZATION, header(&format!("DPoP {token}"))?)
            .header("DPoP", header(&proof)?);
        if method == Method::POST {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        request
            .method(method)
            .body(body)
            .map_err(|_| SessionError::InvalidAnswer {
                host: endpoint.host_str().unwrap_or_default().to_owned(),
            })
    }
}

/// Whether a data server asks for a proof with the nonce that it gives.
fn wants_nonce(response: &Response) -> bool {
    const ERROR: &str = "use_dpop_nonce";
    #[derive(Deserialize)]
    struct Body {
        error: String,
    }
    let challenge = response.headers.get(WWW_AUTHENTICATE);
    let challenge = challenge.and_then(|value| value.to_str().ok());
    let is_named = || {
        let body = serde_json::from_slice::<Body>(&response.body);
        body.is_ok_and(|body| body.error == ERROR)
    };
    response.status == StatusCode::UNAUTHORIZED
        && (challenge.is_some_and(|text| text.contains(ERROR)) || is_named())
}
