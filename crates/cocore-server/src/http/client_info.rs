//! A browser's address and name, by which its owner recognises a session.

use actix_web::HttpRequest;
use actix_web::http::header::{HeaderMap, USER_AGENT};

/// The longest user agent that is stored as it is, in characters.
const MAX_AGENT: usize = 60;

/// The client's address. Each proxy in front appends the address that it was called from to
/// `X-Forwarded-For`; the client itself may have written everything left of the trusted ones.
pub(super) fn address(request: &HttpRequest, trusted_proxies: usize) -> String {
    let peer = request.peer_addr().map(|peer| peer.ip().to_string());
    let peer = peer.unwrap_or_default();
    let Some(nth) = trusted_proxies.checked_sub(1) else {
        return peer;
    };
    let header = |headers: &HeaderMap| -> Vec<String> {
        let values = headers.get_all("x-forwarded-for");
        let values = values.filter_map(|value| value.to_str().ok());
        values
            .flat_map(|value| value.split(','))
            .map(|address| address.trim().to_owned())
            .collect()
    };
    let hops = header(request.headers());
    let named = hops.iter().rev().nth(nth);
    let valid = named.filter(|address| address.parse::<std::net::IpAddr>().is_ok());
    valid.cloned().unwrap_or(peer)
}

/// The browser's name for people: "Firefox on Linux".
pub(super) fn browser(request: &HttpRequest) -> String {
    let agent = request.headers().get(USER_AGENT);
    let agent = agent
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    // Most user agents hold more than one name: the first match in this order counts.
    let find = |list: &[(&str, &'static str)]| {
        let found = list.iter().find(|(mark, _)| agent.contains(mark));
        found.map(|(_, name)| *name)
    };
    let browser = find(&[
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chromium/", "Chromium"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ]);
    let system = find(&[
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("CrOS", "ChromeOS"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(name), None) | (None, Some(name)) => name.to_owned(),
        (None, None) if agent.is_empty() => "an unknown browser".to_owned(),
        (None, None) => agent.chars().take(MAX_AGENT).collect(),
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn only_trusted_proxies_name_the_address() {
        for (forwarded, trusted, expected) in [
            ("", 0, "192.0.2.1"),
            ("198.51.100.1", 0, "192.0.2.1"),
            ("198.51.100.1", 1, "198.51.100.1"),
            ("6.6.6.6, 198.51.100.1", 1, "198.51.100.1"),
            ("6.6.6.6, 198.51.100.1, 10.0.0.1", 2, "198.51.100.1"),
            ("198.51.100.1", 2, "192.0.2.1"),
            ("nonsense", 1, "192.0.2.1"),
            ("2001:db8::1", 1, "2001:db8::1"),
        ] {
            let request = TestRequest::default()
                .peer_addr("192.0.2.1:4000".parse().unwrap())
                .insert_header(("x-forwarded-for", forwarded))
                .to_http_request();
            assert_eq!(
                address(&request, trusted),
                expected,
                "{forwarded} {trusted}"
            );
        }
    }

    #[test]
    fn browsers_have_names() {
        for (agent, expected) in [
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
                "Firefox on Linux",
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
                "Chrome on macOS",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1",
                "Safari on iPhone",
            ),
            ("curl/8.5.0", "curl/8.5.0"),
            ("", "an unknown browser"),
        ] {
            let request = TestRequest::default().insert_header((USER_AGENT, agent));
            assert_eq!(browser(&request.to_http_request()), expected);
        }
    }
}
