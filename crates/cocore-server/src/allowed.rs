//! Who may use this server at all.

use std::collections::BTreeSet;
use std::fmt;

use lexicon_runtime::Did;

/// Everyone, or the accounts that are listed.
#[derive(Clone, Debug, Default)]
pub struct Allowed {
    /// DIDs, and hosts of did:web. Empty: everyone.
    listed: BTreeSet<String>,
}

/// An entry that is neither a DID nor a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidEntry(String);

impl fmt::Display for InvalidEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(found) = self;
        write!(
            f,
            "expected a DID, or the host of a did:web, found {found:?}"
        )
    }
}

impl Allowed {
    /// Reads the entries.
    ///
    /// # Errors
    /// The first that is neither a DID nor a host.
    pub fn parse(entries: &[String]) -> Result<Self, InvalidEntry> {
        let entry = |text: &String| {
            let text = text.trim();
            let did = match text.starts_with("did:") {
                // The host of a did:web is a name of the DNS, whose case does not count.
                true if text.starts_with("did:web:") => text.to_ascii_lowercase(),
                true => text.to_owned(),
                false => format!("did:web:{}", text.to_ascii_lowercase().replace(':', "%3A")),
            };
            let valid = Did::parse(&did).is_ok() && !text.is_empty();
            valid
                .then_some(did)
                .ok_or_else(|| InvalidEntry(text.to_owned()))
        };
        let listed = entries.iter().map(entry).collect::<Result<_, _>>()?;
        Ok(Self { listed })
    }

    /// Whether an account may.
    pub fn includes(&self, did: &str) -> bool {
        self.listed.is_empty() || self.listed.contains(did)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dids_and_hosts() {
        let everyone = Allowed::default();
        let some = ["did:plc:abc", " Example.com ", "localhost:2583"].map(str::to_owned);
        let some = Allowed::parse(&some).unwrap();
        for (did, expected) in [
            ("did:plc:abc", true),
            ("did:web:example.com", true),
            ("did:web:localhost%3A2583", true),
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
