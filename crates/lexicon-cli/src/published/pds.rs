//! The calls of the account's personal data server: a session, and records. They are written by hand, since a
//! client with generated types would make the generator depend on its own output.

use atproto_resolver::{Did, HttpClient};
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use http::{Method, Request};
use lexicon_resolver::{COLLECTION, Repository};
use lexicon_runtime::{ErrorBody, Nsid, Secret, Value};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::print::escape_controls;
use crate::published::account::Credentials;
use crate::published::pds_error::PdsError;

/// The longest answer, in bytes.
const MAX_ANSWER: usize = 1024 * 1024;
/// The longest message of a server that is shown, in characters.
const MAX_MESSAGE: usize = 300;

/// A session of the account at its server.
pub(crate) struct Session<'s> {
    server: Server<'s>,
    did: &'s Did,
    access: Secret,
    /// Of a session that was created here.
    refresh: Option<Secret>,
}

#[derive(Clone, Copy)]
struct Server<'s> {
    http: &'s HttpClient,
    repository: &'s Repository,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Created {
    did: String,
    access_jwt: Secret,
    refresh_jwt: Secret,
}

#[derive(Deserialize)]
struct Existing {
    did: String,
}

#[derive(Deserialize)]
struct Put {
    cid: String,
}

impl<'s> Session<'s> {
    /// Creates a session with an app password, or uses a token. The session has to be of the account.
    pub(crate) async fn open(
        http: &'s HttpClient,
        repository: &'s Repository,
        credentials: Credentials,
    ) -> Result<Self, PdsError> {
        let server = Server { http, repository };
        let did = repository.did();
        let (method, found, session) = match credentials {
            Credentials::Password(password) => {
                const METHOD: &str = "com.atproto.server.createSession";
                let input = json!({ "identifier": did.as_str(), "password": password.expose() });
                let created: Created = server.call(METHOD, Some(&input), None).await?;
                let session = Self {
                    server,
                    did,
                    access: created.access_jwt,
                    refresh: Some(created.refresh_jwt),
                };
                (METHOD, created.did, session)
            }
            Credentials::Token(token) => {
                const METHOD: &str = "com.atproto.server.getSession";
                let existing: Existing = server.call(METHOD, None, Some(&token)).await?;
                let session = Self {
                    server,
                    did,
                    access: token,
                    refresh: None,
                };
                (METHOD, existing.did, session)
            }
        };
        if Did::parse(&found).as_ref() == Ok(did) {
            Ok(session)
        } else {
            let found = escape_controls(&found);
            let reason = format!("expected a session of {did}, found one of {found}");
            Err(PdsError::InvalidAnswer { method, reason })
        }
    }

    /// Puts the record of a lexicon in place of the one with the CID `swap`, or of none. Returns its CID.
    pub(crate) async fn put(
        &self,
        nsid: &Nsid,
        record: &Value,
        swap: Option<&str>,
    ) -> Result<String, PdsError> {
        let input = json!({
            "repo": self.did.as_str(), "collection": COLLECTION, "rkey": nsid, "record": record,
            "swapRecord": swap,
        });
        let method = "com.atproto.repo.putRecord";
        let put: Put = self
            .server
            .call(method, Some(&input), Some(&self.access))
            .await?;
        Ok(put.cid)
    }

    /// Deletes the session, if it was created here.
    pub(crate) async fn close(self) -> Result<(), PdsError> {
        let Some(refresh) = &self.refresh else {
            return Ok(());
        };
        let method = "com.atproto.server.deleteSession";
        let request = self
            .server
            .request(method, Method::POST, None, Some(refresh))?;
        self.server.send(method, request).await.map(drop)
    }
}

impl Server<'_> {
    /// Calls a procedure with an input, or a query without one.
    async fn call<T: DeserializeOwned>(
        &self,
        method: &'static str,
        input: Option<&Value>,
        token: Option<&Secret>,
    ) -> Result<T, PdsError> {
        let verb = match input {
            Some(_) => Method::POST,
            None => Method::GET,
        };
        let request = self.request(method, verb, input, token)?;
        let body = self.send(method, request).await?;
        // The error would quote what it found, which may be a token.
        serde_json::from_slice(&body).map_err(|_| PdsError::InvalidAnswer {
            method,
            reason: "expected the output of the method".to_owned(),
        })
    }

    fn request(
        &self,
        method: &'static str,
        verb: Method,
        input: Option<&Value>,
        token: Option<&Secret>,
    ) -> Result<Request<Vec<u8>>, PdsError> {
        let mut url = self.repository.pds().clone();
        url.set_path(&format!("/xrpc/{method}"));
        let mut request = Request::builder().method(verb).uri(url.as_str());
        if input.is_some() {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        let invalid = |reason: &str| PdsError::InvalidAnswer {
            method,
            reason: reason.to_owned(),
        };
        if let Some(token) = token {
            let header = HeaderValue::from_str(&format!("Bearer {}", token.expose()));
            let mut header = header.map_err(|_| invalid("the token is no value of a header"))?;
            header.set_sensitive(true);
            request = request.header(AUTHORIZATION, header);
        }
        let body = input.map(|input| input.to_string().into_bytes());
        request
            .body(body.unwrap_or_default())
            .map_err(|_| invalid("the URL of the server cannot be used"))
    }

    /// Sends a request, and returns the body of a response with status 200.
    async fn send(
        &self,
        method: &'static str,
        request: Request<Vec<u8>>,
    ) -> Result<Vec<u8>, PdsError> {
        let response = self.http.send(request, MAX_ANSWER).await;
        let response = response.map_err(|source| PdsError::Http { method, source })?;
        if response.status.as_u16() == 200 {
            return Ok(response.body);
        }
        let body: Option<ErrorBody> = serde_json::from_slice(&response.body).ok();
        let (error, message) = match body {
            Some(body) => (body.error, body.message),
            None => ("no XRPC error".to_owned(), None),
        };
        let shown = |text: &str| {
            let text: String = text.chars().take(MAX_MESSAGE).collect();
            escape_controls(&text).replace('\n', " ")
        };
        Err(PdsError::Rejected {
            method,
            status: response.status.as_u16(),
            error: shown(&error),
            message: shown(message.as_deref().unwrap_or("no message")),
        })
    }
}
