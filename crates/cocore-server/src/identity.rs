//! The service as others know it: its origin, its DID, its DID document.

use std::net::SocketAddr;

use serde_json::{Value, json};
use url::{Host, Url};

use crate::settings::Listen;

/// The services of the DID document: fragment and type.
pub const SERVICES: [(&str, &str); 2] = [
    ("cocore_account", "CocoreAccount"),
    ("cocore_console", "CocoreConsole"),
];

/// What follows from the one public URL. A token's audience and the document's `id` cannot differ.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The origin at which others reach the service.
    pub origin: String,
    /// The origin to which browsers are sent: on loopback an address, for OAuth allows no other
    /// redirect there.
    pub browser_origin: String,
    /// The DID.
    pub did: String,
    /// Whether it is plain http on this machine alone.
    pub loopback: bool,
    /// Whether nobody said that it is anything else.
    pub is_local: bool,
}

impl Identity {
    /// The identity, if there is one: a public URL, or a loopback address without any.
    pub fn new(listen: &Listen, bound: SocketAddr) -> Option<Self> {
        let port = bound.port();
        let (origin, browser_origin) = match &listen.public_url {
            Some(url) => (url.clone(), address_for_localhost(url)),
            None if bound.ip().is_loopback() => (
                format!("http://localhost:{port}"),
                format!("http://{bound}"),
            ),
            None => return None,
        };
        let host = origin.split_once("://").map(|(_, host)| host)?;
        Some(Self {
            did: format!("did:web:{}", host.replace(':', "%3A")),
            loopback: is_loopback(&origin),
            is_local: listen.public_url.is_none(),
            origin,
            browser_origin,
        })
    }

    /// Whether pages are on https.
    pub fn is_https(&self) -> bool {
        self.origin.starts_with("https://")
    }

    /// Whether an `Origin` header names this service.
    pub fn is_own_origin(&self, origin: &str) -> bool {
        origin == self.origin || origin == self.browser_origin
    }

    /// What `/.well-known/did.json` answers.
    pub fn did_document(&self) -> Value {
        let services = SERVICES.map(|(id, kind)| {
            json!({ "id": format!("#{id}"), "type": kind, "serviceEndpoint": self.origin })
        });
        json!({
            "@context": ["https://www.w3.org/ns/did/v1"],
            "id": self.did,
            "service": services,
        })
    }
}

fn address_for_localhost(origin: &str) -> String {
    match origin.strip_prefix("http://localhost") {
        Some(port) if port.is_empty() || port.starts_with(':') => format!("http://127.0.0.1{port}"),
        _ => origin.to_owned(),
    }
}

fn is_loopback(origin: &str) -> bool {
    let url = Url::parse(origin).ok();
    url.is_some_and(|url| {
        url.scheme() == "http"
            && match url.host() {
                Some(Host::Domain(name)) => name == "localhost",
                Some(Host::Ipv4(address)) => address.is_loopback(),
                Some(Host::Ipv6(address)) => address.is_loopback(),
                None => false,
            }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_url_gives_all() {
        for (public, bound, expected) in [
            (
                Some("https://keys.example.com"),
                "0.0.0.0:80",
                Some((
                    "did:web:keys.example.com",
                    "https://keys.example.com",
                    false,
                )),
            ),
            (
                Some("https://keys.example.com:8443"),
                "0.0.0.0:80",
                Some((
                    "did:web:keys.example.com%3A8443",
                    "https://keys.example.com:8443",
                    false,
                )),
            ),
            (
                Some("http://localhost:99"),
                "0.0.0.0:80",
                Some(("did:web:localhost%3A99", "http://127.0.0.1:99", true)),
            ),
            (
                None,
                "127.0.0.1:8080",
                Some(("did:web:localhost%3A8080", "http://127.0.0.1:8080", true)),
            ),
            (
                None,
                "[::1]:8080",
                Some(("did:web:localhost%3A8080", "http://[::1]:8080", true)),
            ),
            (None, "0.0.0.0:8080", None),
            (None, "192.168.1.2:8080", None),
        ] {
            let listen = Listen {
                address: bound.parse().unwrap(),
                public_url: public.map(str::to_owned),
            };
            let found = Identity::new(&listen, listen.address);
            let found = found
                .as_ref()
                .map(|i| (&i.did[..], &i.browser_origin[..], i.loopback));
            assert_eq!(found, expected, "{public:?} {bound}");
        }
    }
}
