//! Where a lexicon is resolved.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use url::Url;

/// The text of [`Source::Proof`].
const PROOF: &str = "proof";

/// Where a lexicon is resolved, and so whether its proof is verified.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Source {
    /// The repository of its authority, with a proof that is verified.
    #[default]
    Proof,
    /// A host that is trusted: it answers `com.atproto.lexicon.resolveLexicon`, without a proof.
    Host(Url),
}

impl FromStr for Source {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == PROOF {
            return Ok(Self::Proof);
        }
        let url = Url::parse(text).ok();
        let is_origin = |url: &Url| {
            matches!(url.scheme(), "https" | "http")
                && url.path() == "/"
                && url.query().is_none()
                && url.username().is_empty()
        };
        let url = url.filter(is_origin).map(Self::Host);
        url.ok_or_else(|| format!("expected an origin such as https://example.com, found {text:?}"))
    }
}

impl TryFrom<String> for Source {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Source> for String {
    fn from(source: Source) -> Self {
        source.to_string()
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Proof => f.write_str(PROOF),
            Self::Host(url) => f.write_str(url.as_str().trim_end_matches('/')),
        }
    }
}
