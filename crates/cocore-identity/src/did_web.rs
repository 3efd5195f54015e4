//! Where the document of a did:web is.
//! Source: <https://w3c-ccg.github.io/did-method-web/>, as <https://atproto.com/specs/did> narrows it:
//! a host name, no path, and a port only for `localhost`.

use lexicon_runtime::Format;

/// The host of a did:web, and where its document is; `None` if the protocol does not allow it.
pub(crate) fn document_url(did: &str, allow_loopback: bool) -> Option<String> {
    let host = did.strip_prefix("did:web:")?;
    if let Some(port) = localhost_port(host) {
        let local = format!("http://localhost{port}/.well-known/did.json");
        return allow_loopback.then_some(local);
    }
    // The syntax of handles is that of host names: a dot, and a last part that is no number, so neither
    // an address nor a name of a local network.
    Format::Handle
        .is_valid(host)
        .then(|| format!("https://{host}/.well-known/did.json"))
}

/// `:PORT`, or nothing, of `localhost` in a DID.
fn localhost_port(host: &str) -> Option<String> {
    match host.strip_prefix("localhost")? {
        "" => Some(String::new()),
        port => {
            let port = port.strip_prefix("%3A").or(port.strip_prefix("%3a"))?;
            let port: u16 = port.parse().ok()?;
            Some(format!(":{port}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_hosts_of_the_public_network_are_asked() {
        for (did, local, expected) in [
            (
                "did:web:example.com",
                false,
                Some("https://example.com/.well-known/did.json"),
            ),
            (
                "did:web:a-b.example.co",
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
            ("did:web:localhost%3A2583", false, None),
            ("did:web:localhost%3A99999", true, None),
            ("did:web:localhost:path", true, None),
            ("did:web:169.254.169.254", true, None),
            ("did:web:0x7f.1", true, None),
            ("did:web:2130706433", true, None),
            ("did:web:%5B%3A%3A1%5D", true, None),
            ("did:web:example.com%3A8080", true, None),
            ("did:web:example.com:user:alice", true, None),
            ("did:web:intranet", true, None),
            ("did:web:example.com/", true, None),
            ("did:web:user@example.com", true, None),
            ("did:web:", true, None),
            ("did:plc:abc", true, None),
        ] {
            assert_eq!(document_url(did, local).as_deref(), expected, "{did}");
        }
    }
}
