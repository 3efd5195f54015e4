//! The DPoP nonces that other servers gave. Source: RFC 9449, section 8.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use atproto_resolver::Response;
use http::HeaderMap;
use url::Url;

/// Of how many servers nonces are kept.
const MAX_SERVERS: usize = 1024;
/// The longest nonce, in bytes.
const MAX_NONCE: usize = 1024;

/// The latest nonce of each server, by its origin. A clone shares them.
#[derive(Clone, Default)]
pub(crate) struct Nonces(Arc<Mutex<HashMap<String, String>>>);

impl Nonces {
    /// Sends a request to this URL with a proof. It is sent again if, and only if, the server asks for a proof with the
    /// nonce that it gives.
    pub(crate) async fn send<E, F: Future<Output = Result<Response, E>>>(
        &self,
        url: &Url,
        wants_nonce: fn(&Response) -> bool,
        send: impl Fn(Option<String>) -> F,
    ) -> Result<Response, E> {
        let first = send(self.get(url)).await?;
        if !self.keep(url, &first.headers) || !wants_nonce(&first) {
            return Ok(first);
        }
        let second = send(self.get(url)).await?;
        self.keep(url, &second.headers);
        Ok(second)
    }

    /// Returns the nonce for a request to this URL.
    fn get(&self, url: &Url) -> Option<String> {
        let nonces = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        nonces.get(&url.origin().ascii_serialization()).cloned()
    }

    /// Keeps the nonce of a response, and returns whether it has one.
    fn keep(&self, url: &Url, headers: &HeaderMap) -> bool {
        let given = headers.get("DPoP-Nonce");
        let given = given.and_then(|value| value.to_str().ok());
        let Some(given) = given.filter(|given| given.len() <= MAX_NONCE) else {
            return false;
        };
        let mut nonces = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if nonces.len() >= MAX_SERVERS {
            // A server whose nonce is not known gives it with its first answer.
            nonces.clear();
        }
        nonces.insert(url.origin().ascii_serialization(), given.to_owned());
        true
    }
}
