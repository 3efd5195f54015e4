use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use http::{Extensions, HeaderMap, HeaderValue, Method, Uri};

const FORWARDED_FOR: &str = "x-forwarded-for";

/// The head of a request: everything but its body.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Head {
    /// The HTTP verb.
    pub method: Method,
    /// The request target, with the query string.
    pub uri: Uri,
    /// The headers.
    pub headers: HeaderMap,
    /// The address that the connection comes from, if it has one.
    pub peer: Option<SocketAddr>,
    /// The id of the request. [`crate::Server`] makes one if there is none.
    pub request_id: Option<Arc<str>>,
    /// Values that the application's own middleware attached to the request.
    pub extensions: Extensions,
}

impl Head {
    /// A head without headers, address and id.
    pub fn new(method: Method, uri: Uri) -> Self {
        Self {
            method,
            uri,
            ..Self::default()
        }
    }

    /// The value of a header that is given once and is text; `None` otherwise.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.get_all(name).iter();
        match (values.next(), values.next()) {
            (Some(value), None) => value.to_str().ok(),
            _ => None,
        }
    }

    /// The bearer token of the header `Authorization`, if there is one.
    pub fn bearer(&self) -> Option<&str> {
        let (scheme, token) = self.header("authorization")?.split_once(' ')?;
        scheme
            .eq_ignore_ascii_case("bearer")
            .then(|| token.trim_start())
    }

    /// The query string, without its `?`; empty if there is none.
    pub fn query(&self) -> &str {
        self.uri.query().unwrap_or_default()
    }

    /// The client's address, behind `trusted_proxies` proxies.
    ///
    /// Each proxy appends the address that it was called from at the right end of `X-Forwarded-For`.
    /// Whatever stands left of the trusted ones can be forged. With no trusted proxy, or without a
    /// valid address in that place, this is the address of the connection.
    pub fn client_address(&self, trusted_proxies: usize) -> Option<IpAddr> {
        let values = self.headers.get_all(FORWARDED_FOR).iter();
        let values = values.map(HeaderValue::as_bytes);
        client_address(self.peer, values, trusted_proxies)
    }
}

/// The client's address as [`Head::client_address`] has it, for an adapter: `forwarded_for` is the values of
/// all headers `X-Forwarded-For`.
pub fn client_address<'v>(
    peer: Option<SocketAddr>,
    forwarded_for: impl DoubleEndedIterator<Item = &'v [u8]>,
    trusted_proxies: usize,
) -> Option<IpAddr> {
    let peer = peer.map(|peer| peer.ip());
    let Some(index) = trusted_proxies.checked_sub(1) else {
        return peer;
    };
    let mut hops = forwarded_for
        .rev()
        .filter_map(|value| str::from_utf8(value).ok())
        .flat_map(|value| value.rsplit(','));
    let named = hops.nth(index);
    named.and_then(|hop| hop.trim().parse().ok()).or(peer)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_bearer_token_is_found_whatever_the_case_of_its_scheme() {
        for (value, expected) in [
            (Some("Bearer sesame"), Some("sesame")),
            (Some("bearer  sesame"), Some("sesame")),
            (Some("Basic sesame"), None),
            (Some("Bearer"), None),
            (None, None),
        ] {
            let mut head = Head::default();
            if let Some(value) = value {
                head.headers.insert("authorization", value.parse().unwrap());
            }
            assert_eq!(head.bearer(), expected, "{value:?}");
        }
        let mut twice = Head::default();
        for token in ["Bearer one", "Bearer two"] {
            twice
                .headers
                .append("authorization", token.parse().unwrap());
        }
        assert_eq!(twice.bearer(), None);
    }
}
