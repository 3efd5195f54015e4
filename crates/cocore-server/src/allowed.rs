//! The accounts that an option names.

use std::collections::BTreeSet;

use atproto_resolver::Did;

/// The accounts that this server serves, or that may introspect keys of others: all, or those that are listed.
#[derive(Clone, Debug, Default)]
pub struct Allowed {
    /// Empty means every account.
    listed: BTreeSet<Did>,
}

/// An entry that is neither a DID nor a host.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a DID, or the host of a did:web, found {0:?}")]
pub struct InvalidEntry(String);

impl Allowed {
    /// Parses entries. Each is a DID, or a host that stands for its did:web.
    ///
    /// # Errors
    /// The first entry that is neither.
    pub fn parse(entries: &[String]) -> Result<Self, InvalidEntry> {
        let entry = |text: &String| {
            let text = text.trim();
            let did = if text.starts_with("did:") {
                Did::parse(text)
            } else {
                Did::parse(&format!("did:web:{}", text.replace(':', "%3A")))
            };
            did.map_err(|_| InvalidEntry(text.to_owned()))
        };
        let listed = entries.iter().map(entry).collect::<Result<_, _>>()?;
        Ok(Self { listed })
    }

    /// Whether an account is one of them. DIDs are compared by value.
    pub fn includes(&self, did: &str) -> bool {
        // Nearly every DID is in its normal form, and needs no copy.
        self.listed.is_empty()
            || self.listed.contains(did)
            || Did::parse(did).is_ok_and(|did| self.listed.contains(&did))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dids_and_hosts() {
        let everyone = Allowed::default();
        let some = [
            "did:plc:abc",
            " Example.com ",
            "did:web:localhost%3A2583",
            "localhost:2584",
        ]
        .map(str::to_owned);
        let some = Allowed::parse(&some).unwrap();
        for (did, expected) in [
            ("did:plc:abc", true),
            ("did:web:example.com", true),
            ("did:web:localhost%3A2583", true),
            ("did:web:localhost%3a2583", true),
            ("did:web:LOCALHOST%3A2583", true),
            ("did:web:localhost%3A2584", true),
            ("did:web:localhost%3A2585", false),
            ("did:plc:abcd", false),
            ("did:web:www.example.com", false),
        ] {
            assert_eq!(some.includes(did), expected, "{did}");
            assert!(everyone.includes(did));
        }
        for bad in ["", "did:", "a b", "https://example.com"] {
            assert!(Allowed::parse(&[bad.to_owned()]).is_err(), "{bad}");
        }
    }
}
