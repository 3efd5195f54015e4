//! The rules of did:web.
//! Source: <https://w3c-ccg.github.io/did-method-web/>, as <https://atproto.com/specs/did> narrows it:
//! a host name, no path, and a port only for `localhost`.

use lexicon_runtime::Format;

use crate::did::Did;

/// Returns the URL of the DID document of a did:web. `None` if the DID is of another method, or the rules
/// forbid it: its host is an address, a name of a local network, or `localhost` where that is not allowed,
/// or it has a path or a port.
pub(crate) fn document_url(did: &Did, allow_localhost: bool) -> Option<String> {
    let host = did.id();
    if did.method() != "web" {
        return None;
    }
    if let Some(port) = localhost_port(host) {
        let url = format!("http://localhost{port}/.well-known/did.json");
        return allow_localhost.then_some(url);
    }
    // The syntax of handles is that of public host names: at least one dot, and a last label that does not
    // begin with a digit.
    Format::Handle
        .is_valid(host)
        .then(|| format!("https://{host}/.well-known/did.json"))
}

/// Returns `:PORT` of `localhost%3APORT`, or nothing for `localhost` alone.
fn localhost_port(host: &str) -> Option<String> {
    let rest = host.strip_prefix("localhost")?;
    if rest.is_empty() {
        return Some(String::new());
    }
    let text = rest.strip_prefix("%3A")?;
    let port: u16 = text.parse().ok()?;
    // One port has one text: no sign and no zeros before it.
    (port.to_string() == text).then(|| format!(":{port}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Row 17 of the list of attacks.
    #[test]
    fn only_public_hosts_are_allowed() {
        for (did, local, expected) in [
            (
                "did:web:example.com",
                false,
                Some("https://example.com/.well-known/did.json"),
            ),
            (
                "did:web:A-b.example.co",
                true,
                Some("https://a-b.example.co/.well-known/did.json"),
            ),
            ("did:web:localhost", false, None),
            (
                "did:web:localhost",
                true,
                Some("http://localhost/.well-known/did.json"),
            ),
            (
                "did:web:localhost%3A2583",
                true,
                Some("http://localhost:2583/.well-known/did.json"),
            ),
            (
                "did:web:localhost%3a2583",
                true,
                Some("http://localhost:2583/.well-known/did.json"),
            ),
            ("did:web:localhost%3A2583", false, None),
            ("did:web:localhost%3A99999", true, None),
            ("did:web:localhost%3A02583", true, None),
            ("did:web:localhost:path", true, None),
            ("did:web:localhost%3Ax", true, None),
            ("did:web:169.254.169.254", true, None),
            ("did:web:0x7f.1", true, None),
            ("did:web:2130706433", true, None),
            ("did:web:%5B%3A%3A1%5D", true, None),
            ("did:web:example.com%3A8080", true, None),
            ("did:web:example.com:user:alice", true, None),
            ("did:web:intranet", true, None),
            ("did:web:example.com%2F", true, None),
            ("did:web:user%40example.com", true, None),
            ("did:plc:abc", true, None),
        ] {
            let parsed = Did::parse(did).unwrap();
            assert_eq!(document_url(&parsed, local).as_deref(), expected, "{did}");
        }
    }
}
