//! The hosts that a client may connect to.

use url::{Host, Url};

use crate::address::is_loopback;

/// The hosts that a client may connect to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Network {
    /// Any host, over https or http: for a server that the operator named.
    Any,
    /// Host names with public addresses, over https.
    Public,
    /// The same, and this machine over https or http: for development.
    PublicOrLocalhost,
}

impl Network {
    /// Returns whether a client may send a request to this URL. Addresses of host names are checked when
    /// they are looked up; a bare address never is, so none is allowed but those of this machine.
    pub(crate) fn allows(self, url: &Url) -> bool {
        let is_web = matches!(url.scheme(), "https" | "http");
        let is_plain =
            url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
        let is_public = url.scheme() == "https" && matches!(url.host(), Some(Host::Domain(_)));
        match self {
            Self::Any => is_web,
            Self::Public => is_plain && is_public,
            Self::PublicOrLocalhost => is_plain && (is_public || is_web && is_loopback(url)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_that_are_allowed() {
        use Network::{Any, Public, PublicOrLocalhost};
        for (url, networks) in [
            (
                "https://example.com/a?b",
                &[Any, Public, PublicOrLocalhost][..],
            ),
            ("http://example.com/", &[Any]),
            ("https://10.0.0.1/", &[Any]),
            ("https://[::1]/", &[Any, PublicOrLocalhost]),
            ("http://127.0.0.1:80/", &[Any, PublicOrLocalhost]),
            ("http://localhost:80/", &[Any, PublicOrLocalhost]),
            ("https://user@example.com/", &[Any]),
            ("https://example.com/#fragment", &[Any]),
            ("ftp://localhost/", &[]),
            ("javascript:alert(1)", &[]),
        ] {
            let parsed = Url::parse(url).unwrap();
            for network in [Any, Public, PublicOrLocalhost] {
                let expected = networks.contains(&network);
                assert_eq!(network.allows(&parsed), expected, "{network:?} {url}");
            }
        }
    }
}
