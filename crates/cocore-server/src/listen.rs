//! Where the server listens, and at which origin others reach it.

use std::fmt;
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::PathBuf;

use url::Url;

use crate::failure::Failure;

/// The address of a listener.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ListenAddress {
    /// An address of the network, with a port.
    Tcp(SocketAddr),
    /// The path of a Unix socket.
    Unix(PathBuf),
}

impl ListenAddress {
    /// Parses `127.0.0.1:8080`, `unix:/run/http.sock` or `/run/http.sock`.
    ///
    /// # Errors
    /// One line: which setting, what was expected.
    pub fn parse(setting: &str, text: &str) -> Result<Self, Failure> {
        let path = text.strip_prefix("unix:");
        let path = path.or_else(|| text.starts_with('/').then_some(text));
        let invalid = || {
            Failure::new(format!(
                "{setting}: expected an address and a port such as 127.0.0.1:8080, or unix:PATH, found {text:?}"
            ))
        };
        if let Some(path) = path {
            let is_file = !path.is_empty() && !path.ends_with('/') && !path.contains('\0');
            return is_file.then(|| Self::Unix(path.into())).ok_or_else(invalid);
        }
        let mut addresses = text.to_socket_addrs().map_err(|_| invalid())?;
        addresses.next().map(Self::Tcp).ok_or_else(invalid)
    }

    /// Returns the address of the network, if it is one.
    pub fn tcp(&self) -> Option<SocketAddr> {
        match self {
            Self::Tcp(address) => Some(*address),
            Self::Unix(_) => None,
        }
    }

    /// Returns the URL of a path, for people.
    pub fn url(&self, path: &str) -> String {
        match self {
            Self::Tcp(address) => format!("http://{address}{path}"),
            Self::Unix(file) if path.is_empty() => format!("unix:{}", file.display()),
            Self::Unix(file) => format!("unix:{}:{path}", file.display()),
        }
    }
}

impl fmt::Display for ListenAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

/// Where the server listens, and how others call it.
#[derive(Clone, Debug)]
pub struct Listen {
    /// The address to bind.
    pub address: ListenAddress,
    /// The public origin, without a path: `https://keys.example.com`.
    pub public_url: Option<String>,
}

impl Listen {
    /// Parses the settings `--listen` and `--public-url`.
    ///
    /// # Errors
    /// One line: which setting, what was expected.
    pub fn parse(address: &str, public_url: Option<&str>) -> Result<Self, Failure> {
        let address = ListenAddress::parse("--listen (COCORE_LISTEN)", address)?;
        let public_url = public_url.filter(|text| !text.is_empty());
        let public_url = public_url.map(origin).transpose()?;
        Ok(Self {
            address,
            public_url,
        })
    }
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
    fn addresses() {
        for (text, expected) in [
            ("127.0.0.1:8080", Some("127.0.0.1:8080")),
            ("[::1]:0", Some("[::1]:0")),
            ("unix:/run/http.sock", Some("unix:/run/http.sock")),
            ("/run/http.sock", Some("unix:/run/http.sock")),
            ("unix:http.sock", Some("unix:http.sock")),
            ("unix:", None),
            ("unix:/run/", None),
            ("/", None),
            ("http.sock", None),
            ("127.0.0.1", None),
            ("8080", None),
            ("", None),
        ] {
            let found = ListenAddress::parse("--listen", text);
            let found = found.ok().map(|address| address.to_string());
            assert_eq!(found.as_deref(), expected, "{text}");
        }
    }

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
