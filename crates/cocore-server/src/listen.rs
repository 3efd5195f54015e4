//! Where the server listens, and at which origin others reach it.

use std::net::{SocketAddr, ToSocketAddrs};

use url::Url;

use crate::failure::Failure;

/// Where the server listens, and how others call it.
#[derive(Clone, Debug)]
pub struct Listen {
    /// The address to bind.
    pub address: SocketAddr,
    /// The public origin, without a path: `https://keys.example.com`.
    pub public_url: Option<String>,
}

impl Listen {
    /// Parses the settings `--listen` and `--public-url`.
    ///
    /// # Errors
    /// One line: which setting, what was expected.
    pub fn parse(address: &str, public_url: Option<&str>) -> Result<Self, Failure> {
        let address = parse_address("--listen (COCORE_LISTEN)", address)?;
        let public_url = public_url.filter(|text| !text.is_empty());
        let public_url = public_url.map(origin).transpose()?;
        Ok(Self {
            address,
            public_url,
        })
    }
}

/// Parses the address of a listener.
///
/// # Errors
/// One line: which setting, what was expected.
pub fn parse_address(setting: &str, text: &str) -> Result<SocketAddr, Failure> {
    let invalid = || {
        Failure::new(format!(
            "{setting}: expected an address and a port such as 127.0.0.1:8080, found {text:?}"
        ))
    };
    let mut addresses = text.to_socket_addrs().map_err(|_| invalid())?;
    addresses.next().ok_or_else(invalid)
}

/// Parses an origin: scheme, host, port, and nothing else.
fn origin(text: &str) -> Result<String, Failure> {
    let invalid = |found: &str| {
        Failure::new(format!(
            "--public-url (COCORE_PUBLIC_URL): expected an origin such as https://keys.example.com, {found}"
        ))
    };
    let url = Url::parse(text).map_err(|error| invalid(&format!("found {error}")))?;
    if !matches!(url.scheme(), "https" | "http") || url.host_str().is_none_or(str::is_empty) {
        return Err(invalid("found no http or https host"));
    }
    if !matches!(url.host(), Some(url::Host::Domain(_))) {
        return Err(invalid("found an IP address: a did:web needs a host name"));
    }
    let only_origin = url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    if !only_origin {
        return Err(invalid("found more than an origin"));
    }
    Ok(url.origin().ascii_serialization())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_url_is_an_origin() {
        for (text, expected) in [
            ("https://keys.example.com", Some("https://keys.example.com")),
            (
                "https://Keys.example.com:443/",
                Some("https://keys.example.com"),
            ),
            ("http://localhost:8080", Some("http://localhost:8080")),
            ("keys.example.com", None),
            ("ftp://keys.example.com", None),
            ("https://keys.example.com/path", None),
            ("https://user:pass@keys.example.com", None),
            ("https://[::1]:8443", None),
            ("http://127.0.0.1:8080", None),
            ("https://", None),
            ("", None),
        ] {
            assert_eq!(origin(text).ok().as_deref(), expected, "{text}");
        }
    }
}
