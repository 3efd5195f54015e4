//! DIDs in their normal form.
//! Sources: <https://atproto.com/specs/did#did-syntax>, <https://www.w3.org/TR/did-core/#did-syntax>, and
//! RFC 3986, section 6.2.2, for percent-encoding.

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;

use lexicon_runtime::Format;

/// A DID of any method, in its normal form, so that two DIDs are equal if they name the same subject.
///
/// In the normal form
/// - percent-encodings have upper-case digits (`%3A`), and stand only for characters that need one
///   (`%61` is `a`),
/// - the host of a `did:web` is in lower case. Its path, and the identifiers of other methods, keep their
///   case.
///
/// ```
/// # use atproto_resolver::Did;
/// let did = Did::parse("did:web:Example.com")?;
/// assert_eq!(did.as_str(), "did:web:example.com");
/// assert_eq!((did.method(), did.id()), ("web", "example.com"));
/// assert!(Did::parse("did:web:example.com#fragment").is_err());
/// # Ok::<(), atproto_resolver::InvalidDid>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Did(lexicon_runtime::Did);

/// The error for a text that is not a DID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a DID such as did:plc:abc or did:web:example.com")]
#[non_exhaustive]
pub struct InvalidDid;

impl Did {
    /// Reads a DID, and converts it to its normal form.
    ///
    /// # Errors
    /// The text is not a DID, or a `%` in it begins no percent-encoding.
    pub fn parse(text: &str) -> Result<Self, InvalidDid> {
        if !Format::Did.is_valid(text) {
            return Err(InvalidDid);
        }
        let mut text = normalize_percent_encoding(text).ok_or(InvalidDid)?;
        if let Some(rest) = text.strip_prefix("did:web:") {
            let (host, path) = rest.split_at(rest.find(':').unwrap_or(rest.len()));
            text = format!("did:web:{}{path}", lower_case(host));
        }
        let did = lexicon_runtime::Did::parse(text).map_err(|_| InvalidDid)?;
        Ok(Self(did))
    }

    /// The whole DID.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The name of the method: `plc`, `web`.
    pub fn method(&self) -> &str {
        self.0.method()
    }

    /// The method-specific identifier: what follows the method's name and a colon.
    pub fn id(&self) -> &str {
        self.as_str().splitn(3, ':').nth(2).unwrap_or_default()
    }

    /// The whole DID, without a copy.
    pub fn into_string(self) -> String {
        self.0.into_string()
    }
}

/// Upper-cases the digits of percent-encodings and decodes those of characters that need none. `None` if a
/// `%` begins no percent-encoding.
fn normalize_percent_encoding(text: &str) -> Option<String> {
    let mut normal = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        normal.push_str(before);
        let digits = after.get(..2)?;
        let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        let byte = u8::from_str_radix(digits, 16).ok().filter(|_| is_hex)?;
        if byte.is_ascii_alphanumeric() || b"._-".contains(&byte) {
            normal.push(char::from(byte));
        } else {
            normal.push('%');
            normal.push_str(&digits.to_ascii_uppercase());
        }
        rest = &after[2..];
    }
    normal.push_str(rest);
    Some(normal)
}

/// Lower-cases all but percent-encodings.
fn lower_case(text: &str) -> String {
    let mut parts = text.split('%');
    let mut lower = parts.next().unwrap_or_default().to_ascii_lowercase();
    for part in parts {
        let (digits, rest) = part.split_at(2);
        lower.push('%');
        lower.push_str(digits);
        lower.push_str(&rest.to_ascii_lowercase());
    }
    lower
}

impl FromStr for Did {
    type Err = InvalidDid;

    fn from_str(text: &str) -> Result<Self, InvalidDid> {
        Self::parse(text)
    }
}

impl TryFrom<&lexicon_runtime::Did> for Did {
    type Error = InvalidDid;

    fn try_from(did: &lexicon_runtime::Did) -> Result<Self, InvalidDid> {
        Self::parse(did.as_str())
    }
}

impl From<Did> for lexicon_runtime::Did {
    fn from(did: Did) -> Self {
        did.0
    }
}

impl AsRef<str> for Did {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

/// Looks a text up among DIDs. A text that is not in the normal form is not found.
impl Borrow<str> for Did {
    fn borrow(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Display for Did {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Did {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normal_forms() {
        for (text, normal) in [
            ("did:plc:abc", "did:plc:abc"),
            ("did:plc:aBc", "did:plc:aBc"),
            ("did:web:localhost%3a2583", "did:web:localhost%3A2583"),
            ("did:web:LOCALHOST%3a2583", "did:web:localhost%3A2583"),
            ("did:web:Example.COM", "did:web:example.com"),
            ("did:web:ex%61mple%2ecom", "did:web:example.com"),
            ("did:web:%45xample.com", "did:web:example.com"),
            (
                "did:web:Example.com%3a1:Path:%c3%a9",
                "did:web:example.com%3A1:Path:%C3%A9",
            ),
            ("did:example:a%2541", "did:example:a%2541"),
        ] {
            let did = Did::parse(text).unwrap();
            assert_eq!(did.as_str(), normal);
            assert_eq!(Did::parse(normal).unwrap(), did, "normal forms are stable");
        }
    }

    #[test]
    fn texts_that_are_not_dids() {
        for text in [
            "",
            "did:",
            "did:plc:",
            "DID:plc:abc",
            "did:web:a b",
            "did:web:a#b",
            "did:web:a%3",
            "did:web:a%zz",
            "did:web:a%+1",
            "did:web:é%3a",
            "example.com",
        ] {
            assert_eq!(Did::parse(text), Err(InvalidDid), "{text}");
        }
    }
}
