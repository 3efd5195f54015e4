//! From a handle or DID to the DID's document.

use lexicon_runtime::Format;
use serde::Deserialize;
use url::Url;

use crate::error::{SignInError, refused};
use crate::http::Http;

pub(crate) struct Directory {
    http: Http,
    /// To where the operator said.
    trusted: Http,
    /// Both without a slash at the end.
    plc: String,
    handles: String,
}

/// What a DID's document says.
pub(crate) struct Identity {
    pub(crate) did: String,
    /// Only claimed: the handle's side has not been asked.
    pub(crate) handle: Option<String>,
    pub(crate) pds: Url,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    id: String,
    #[serde(default)]
    also_known_as: Vec<String>,
    #[serde(default)]
    service: Vec<Service>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Service {
    id: String,
    #[serde(rename = "type")]
    kind: serde_json::Value,
    service_endpoint: serde_json::Value,
}

impl Directory {
    pub(crate) fn new(http: Http, trusted: Http, plc: &str, handles: &str) -> Self {
        let trimmed = |url: &str| url.trim_end_matches('/').to_owned();
        Self {
            http,
            trusted,
            plc: trimmed(plc),
            handles: trimmed(handles),
        }
    }

    /// Whom a person means: their handle or DID as typed.
    pub(crate) async fn find(&self, typed: &str) -> Result<Identity, SignInError> {
        let name = typed.trim().trim_start_matches('@');
        if name.starts_with("did:") {
            return self.document(name).await;
        }
        let handle = name.to_ascii_lowercase();
        if !is_handle(&handle) {
            return Err(SignInError::Unknown(
                "Enter a handle, like name.example.com, or a DID.".into(),
            ));
        }
        let identity = self.document(&self.owner(&handle).await?).await?;
        if identity.handle.as_ref() == Some(&handle) {
            Ok(identity)
        } else {
            Err(SignInError::Unknown(format!(
                "The account behind {handle} does not use that handle."
            )))
        }
    }

    /// The handle that the document claims, if the handle's side agrees.
    pub(crate) async fn verified_handle(&self, identity: &Identity) -> Option<String> {
        let handle = identity.handle.as_ref()?;
        let owner = self.owner(handle).await.ok()?;
        (owner == identity.did).then(|| handle.clone())
    }

    /// The DID that a handle names: its own web server is asked first, then the resolver.
    async fn owner(&self, handle: &str) -> Result<String, SignInError> {
        // On a developer's machine handles like alice.test have no web server.
        if !self.http.loopback
            && let Some(url) = self
                .http
                .allowed(&format!("https://{handle}/.well-known/atproto-did"))
            && let Ok(answer) = self.http.get(&url).await
            && answer.status == 200
            && let Ok(text) = str::from_utf8(&answer.body)
            && is_did(text.trim())
        {
            return Ok(text.trim().to_owned());
        }

        #[derive(Deserialize)]
        struct Found {
            did: String,
        }
        let url = format!(
            "{}/xrpc/com.atproto.identity.resolveHandle?handle={handle}",
            self.handles
        );
        let url =
            Url::parse(&url).map_err(|_| refused("The resolver of handles is not set up."))?;
        let answer = self.trusted.get(&url).await?;
        let found = serde_json::from_slice::<Found>(&answer.body).ok();
        found
            .filter(|found| answer.status == 200 && is_did(&found.did))
            .map(|found| found.did)
            .ok_or_else(|| {
                SignInError::Unknown(format!("There is no account with the handle {handle}."))
            })
    }

    pub(crate) async fn document(&self, did: &str) -> Result<Identity, SignInError> {
        let unknown = || SignInError::Unknown(format!("There is no account {did}."));
        if !is_did(did) {
            return Err(SignInError::Unknown(
                "Only DIDs of the kinds did:plc and did:web are known here.".into(),
            ));
        }
        let answer = match did.strip_prefix("did:web:") {
            Some(host) => {
                let url = self.http.allowed(&self.web(host)).ok_or_else(unknown)?;
                self.http.get(&url).await?
            }
            None => {
                let url = Url::parse(&format!("{}/{did}", self.plc));
                let url = url.map_err(|_| refused("The PLC directory is not set up."))?;
                self.trusted.get(&url).await?
            }
        };
        if answer.status != 200 {
            return Err(unknown());
        }
        let document: Document = serde_json::from_slice(&answer.body)
            .map_err(|_| refused(format!("The document of {did} cannot be read.")))?;
        if document.id != did {
            return Err(refused(format!("The document of {did} is another's.")));
        }
        let named = |id: &str| id.strip_prefix(did).unwrap_or(id) == "#atproto_pds";
        let pds = document
            .service
            .iter()
            .find(|service| named(&service.id) && service.kind == "AtprotoPersonalDataServer")
            .and_then(|service| self.http.origin(service.service_endpoint.as_str()?))
            .ok_or_else(|| {
                refused(format!(
                    "The document of {did} names no usable data server."
                ))
            })?;
        let handles = document
            .also_known_as
            .iter()
            .filter_map(|name| name.strip_prefix("at://"));
        let handle = handles
            .map(str::to_ascii_lowercase)
            .find(|handle| is_handle(handle));
        Ok(Identity {
            did: document.id,
            handle,
            pds,
        })
    }

    fn web(&self, host: &str) -> String {
        let scheme = if self.http.loopback && host.starts_with("localhost%3A") {
            "http"
        } else {
            "https"
        };
        format!(
            "{scheme}://{}/.well-known/did.json",
            host.replacen("%3A", ":", 1)
        )
    }
}

fn is_did(text: &str) -> bool {
    let plc =
        |id: &str| id.len() == 24 && id.bytes().all(|b| matches!(b, b'a'..=b'z' | b'2'..=b'7'));
    // The specification allows a port on localhost only.
    let local = |host: &str| {
        let port = host.strip_prefix("localhost%3A");
        port.is_some_and(|port| !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()))
    };
    match text.strip_prefix("did:web:") {
        Some(host) => is_handle(host) || local(host),
        None => text.strip_prefix("did:plc:").is_some_and(plc),
    }
}

/// Whether it is a host name of at least two parts, in lower case: so is each handle.
fn is_handle(text: &str) -> bool {
    Format::Handle.is_valid(text) && !text.bytes().any(|byte| byte.is_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_handles_and_dids_from_other_text() {
        for good in ["alice.test", "a-b.example.com", "xn--ls8h.test", "1.a.co"] {
            assert!(is_handle(good), "{good}");
        }
        for bad in [
            "",
            "alice",
            "a..b",
            "-a.b",
            "a-.b",
            "a.1",
            "127.0.0.1",
            "a.b/c",
            "a.b:1",
            "Ä.de",
            "a.b?c",
        ] {
            assert!(!is_handle(bad), "{bad}");
        }
        for good in [
            "did:plc:vmjk2uwwfuoucegipx2moseb",
            "did:web:a.example",
            "did:web:localhost%3A80",
        ] {
            assert!(is_did(good), "{good}");
        }
        for bad in [
            "did:plc:x",
            "did:key:z6Mk",
            "did:web:",
            "did:web:a.example:path",
            "did:web:a.example%3A1",
            "did:web:127.0.0.1",
            "did:web:a.example/x",
            "did:web:localhost%3A",
        ] {
            assert!(!is_did(bad), "{bad}");
        }
    }
}
