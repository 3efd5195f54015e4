//! The identity of this service: its origin, its DID, its DID document.

use atproto_resolver::is_loopback;
use serde_json::{Value, json};
use url::Url;

use crate::listen::{Listen, ListenAddress};

/// The services of the DID document: fragment and type.
pub const SERVICES: [(&str, &str); 3] = [
    ("cocore_account", "CocoreAccount"),
    ("cocore_console", "CocoreConsole"),
    (INFERENCE, "CocoreInference"),
];

/// The service of inference.
const INFERENCE: &str = "cocore_inference";

/// The groups of methods, and the service to which each belongs.
const METHOD_GROUPS: [(&str, &str); 3] = [
    ("dev.cocore.account", "cocore_account"),
    ("dev.cocore.apikey", "cocore_account"),
    ("dev.cocore.inference", INFERENCE),
];

/// The fragment of the service to which a method or a permission set belongs. `None` if it belongs to none.
pub fn service_of(nsid: &str) -> Option<&'static str> {
    let (group, _) = nsid.rsplit_once('.')?;
    let mut groups = METHOD_GROUPS.into_iter();
    groups.find_map(|(name, service)| (name == group).then_some(service))
}

/// The group of the methods of the record proxy.
const RECORD_PROXY: &str = "dev.cocore.proxy";

/// Whether the scope that a call of a method needs depends on its input: the method checks it.
pub fn is_scoped_by_input(nsid: &str) -> bool {
    let group = nsid.rsplit_once('.');
    group.is_some_and(|(group, _)| group == RECORD_PROXY)
}

/// The services of this server, as the scopes of keys name them: its DID with the fragment of the service.
#[derive(Clone, Debug, Default)]
pub struct Audiences(Vec<(&'static str, String)>);

impl Audiences {
    /// The services of a server with this identity.
    pub fn new(identity: Option<&ServiceIdentity>) -> Self {
        let services = SERVICES.into_iter().filter_map(|(fragment, _)| {
            let did = &identity?.did;
            Some((fragment, format!("{did}#{fragment}")))
        });
        Self(services.collect())
    }

    /// Returns the service of a method. Empty for a server without an identity: then only a scope for every service
    /// allows the method.
    pub fn of_method(&self, nsid: &str) -> &str {
        let service = service_of(nsid).and_then(|fragment| self.of_service(fragment));
        service.unwrap_or_default()
    }

    /// Returns the service with a fragment.
    pub fn of_service(&self, fragment: &str) -> Option<&str> {
        let mut services = self.0.iter();
        let service = services.find(|(own, _)| *own == fragment);
        service.map(|(_, aud)| &aud[..])
    }
}

/// Returns the scope that a method of a service needs.
pub fn method_scope(nsid: &str, aud: &str) -> String {
    match aud {
        "" => format!("rpc:{nsid}?aud=*"),
        aud => format!("rpc:{nsid}?aud={}", encoded(aud)),
    }
}

/// Returns the scope that stands for the permissions of a permission set at a service.
pub fn include_scope(nsid: &str, aud: &str) -> String {
    format!("include:{nsid}?aud={}", encoded(aud))
}

/// Percent-encodes a service for a parameter of a scope.
fn encoded(aud: &str) -> String {
    aud.replace('%', "%25").replace('#', "%23")
}

/// The identity of this service. All of it is derived from the public URL, so that the audience of tokens
/// and the `id` of the DID document cannot differ.
#[derive(Clone, Debug)]
pub struct ServiceIdentity {
    /// The origin at which others reach the service.
    pub origin: String,
    /// The origin to which browsers are sent. On loopback its host is an IP address: OAuth allows no other
    /// loopback redirect.
    pub browser_origin: String,
    /// The DID.
    pub did: String,
    /// Whether browsers reach the service under a loopback host.
    pub is_local: bool,
}

impl ServiceIdentity {
    /// The identity of a server with a public URL, or bound to a loopback address; otherwise `None`.
    pub fn new(listen: &Listen, bound: &ListenAddress) -> Option<Self> {
        let loopback = bound.tcp().filter(|bound| bound.ip().is_loopback());
        let (origin, browser_origin) = match (&listen.public_url, loopback) {
            (Some(url), _) => (url.clone(), address_for_localhost(url)),
            (None, Some(bound)) => (
                format!("http://localhost:{}", bound.port()),
                format!("http://{bound}"),
            ),
            (None, None) => return None,
        };
        let host = origin.split_once("://").map(|(_, host)| host)?;
        Some(Self {
            did: format!("did:web:{}", host.replace(':', "%3A")),
            is_local: Url::parse(&browser_origin).is_ok_and(|url| is_loopback(&url)),
            origin,
            browser_origin,
        })
    }

    /// Whether pages are on https.
    pub fn is_https(&self) -> bool {
        self.origin.starts_with("https://")
    }

    /// Whether a login link may sign in to this service: its token stays on this machine, or is encrypted.
    pub fn accepts_login_links(&self) -> bool {
        self.is_local || self.is_https()
    }

    /// Whether an `Origin` header names this service.
    pub fn is_own_origin(&self, origin: &str) -> bool {
        origin == self.origin || origin == self.browser_origin
    }

    /// The DID document, served at `/.well-known/did.json`. It has the service of inference if there are upstreams.
    pub fn did_document(&self, has_inference: bool) -> Value {
        let services = SERVICES.into_iter();
        let services = services.filter(|(id, _)| *id != INFERENCE || has_inference);
        let services = services.map(|(id, kind)| {
            json!({ "id": format!("#{id}"), "type": kind, "serviceEndpoint": self.origin })
        });
        let services: Vec<_> = services.collect();
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_belong_to_services_of_the_document() {
        for (nsid, expected) in [
            ("dev.cocore.account.listApiKeys", Some("cocore_account")),
            ("dev.cocore.apikey.createKey", Some("cocore_account")),
            ("dev.cocore.account.other.get", None),
            ("dev.cocore.accounts.get", None),
            ("com.example.get", None),
        ] {
            assert_eq!(service_of(nsid), expected, "{nsid}");
        }
        let is_known = |service| SERVICES.iter().any(|(id, _)| *id == service);
        assert!(METHOD_GROUPS.iter().all(|(_, service)| is_known(*service)));
    }

    #[test]
    fn everything_is_derived_from_one_url() {
        for (public, bound, expected) in [
            (
                Some("https://keys.example.com"),
                "0.0.0.0:80",
                Some(("did:web:keys.example.com", "https://keys.example.com")),
            ),
            (
                Some("https://keys.example.com:8443"),
                "0.0.0.0:80",
                Some((
                    "did:web:keys.example.com%3A8443",
                    "https://keys.example.com:8443",
                )),
            ),
            (
                Some("http://localhost:99"),
                "0.0.0.0:80",
                Some(("did:web:localhost%3A99", "http://127.0.0.1:99")),
            ),
            (
                None,
                "127.0.0.1:8080",
                Some(("did:web:localhost%3A8080", "http://127.0.0.1:8080")),
            ),
            (
                None,
                "[::1]:8080",
                Some(("did:web:localhost%3A8080", "http://[::1]:8080")),
            ),
            (None, "0.0.0.0:8080", None),
            (None, "192.168.1.2:8080", None),
            (None, "unix:/run/http.sock", None),
            (
                Some("https://keys.example.com"),
                "unix:/run/http.sock",
                Some(("did:web:keys.example.com", "https://keys.example.com")),
            ),
        ] {
            let listen = Listen {
                address: ListenAddress::parse("--listen", bound).unwrap(),
                public_url: public.map(str::to_owned),
            };
            let found = ServiceIdentity::new(&listen, &listen.address);
            if let Some(own) = &found {
                assert_eq!(own.is_local, own.browser_origin.starts_with("http://"));
            }
            let found = found
                .as_ref()
                .map(|own| (&own.did[..], &own.browser_origin[..]));
            assert_eq!(found, expected, "{public:?} {bound}");
        }
    }
}
