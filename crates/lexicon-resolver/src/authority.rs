//! The authority of an NSID, and the DNS name that leads to its repository.
//! Source: <https://atproto.com/specs/lexicon#lexicon-publication-and-resolution>.

use std::fmt;

use lexicon_runtime::Nsid;

/// The longest DNS name, in bytes of text without the final dot.
const MAX_DNS_NAME: usize = 253;

/// The domain that decides about a group of lexicons: all but the last segment of their NSIDs, reversed and in
/// lower case. It is not hierarchical: `guestbook.example.com` says nothing of `example.com`.
///
/// ```
/// use lexicon_resolver::Authority;
/// use lexicon_runtime::Nsid;
///
/// let authority = Authority::of(&Nsid::parse("com.example.guestbook.sign")?);
/// assert_eq!(authority.as_str(), "guestbook.example.com");
/// assert_eq!(authority.dns_name().as_deref(), Some("_lexicon.guestbook.example.com"));
/// # Ok::<(), lexicon_runtime::InvalidFormat>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Authority(String);

impl Authority {
    /// The authority of an NSID.
    pub fn of(nsid: &Nsid) -> Self {
        let labels: Vec<_> = nsid.authority().rsplit('.').collect();
        Self(labels.join(".").to_ascii_lowercase())
    }

    /// The domain.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name of the TXT record with the DID of the repository. `None` if it is longer than a DNS name can be.
    pub fn dns_name(&self) -> Option<String> {
        let name = format!("_lexicon.{}", self.0);
        (name.len() <= MAX_DNS_NAME).then_some(name)
    }
}

impl fmt::Display for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
