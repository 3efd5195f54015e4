//! Handles in their normal form.
//! Source: <https://atproto.com/specs/handle#handle-identifier-syntax>.

use std::fmt;
use std::str::FromStr;

use lexicon_runtime::Format;

/// A handle in lower case, its normal form.
///
/// ```
/// # use atproto_resolver::Handle;
/// assert_eq!(Handle::parse("Alice.Example.com")?.as_str(), "alice.example.com");
/// assert!(Handle::parse("alice").is_err());
/// # Ok::<(), atproto_resolver::InvalidHandle>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Handle(String);

/// The error for a text that is not a handle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a handle such as alice.example.com")]
#[non_exhaustive]
pub struct InvalidHandle;

impl Handle {
    /// Reads a handle, and converts it to lower case.
    ///
    /// # Errors
    /// The text is not a host name of at least two labels, or its last label begins with a digit.
    pub fn parse(text: &str) -> Result<Self, InvalidHandle> {
        if Format::Handle.is_valid(text) {
            Ok(Self(text.to_ascii_lowercase()))
        } else {
            Err(InvalidHandle)
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text, without a copy.
    pub fn into_string(self) -> String {
        self.0
    }
}

impl FromStr for Handle {
    type Err = InvalidHandle;

    fn from_str(text: &str) -> Result<Self, InvalidHandle> {
        Self::parse(text)
    }
}

impl AsRef<str> for Handle {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn handles_are_host_names() {
        for good in ["alice.test", "A-b.example.com", "xn--ls8h.test", "1.a.co"] {
            assert!(Handle::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "alice",
            "a..b",
            "-a.b",
            "a-.b",
            "a.1",
            "127.0.0.1",
            "a.b/c",
            "a.b:1",
            "Ä.de",
            "a.b?c",
        ] {
            assert!(Handle::parse(bad).is_err(), "{bad}");
        }
    }
}
