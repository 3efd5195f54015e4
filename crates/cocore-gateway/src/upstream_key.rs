//! The key of an upstream.

use std::fmt;

use http::HeaderValue;

/// The key of an upstream. It cannot be printed.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct UpstreamKey(HeaderValue);

impl UpstreamKey {
    /// Parses the text of a variable or a file. `None`: it is empty, or no value of a header.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let value = HeaderValue::from_str(text).ok()?;
        (!text.is_empty()).then_some(Self(value))
    }

    /// Returns the value of a header that holds the key alone.
    pub(crate) fn value(&self) -> HeaderValue {
        let mut value = self.0.clone();
        value.set_sensitive(true);
        value
    }

    /// Returns the value of `Authorization`.
    pub(crate) fn bearer(&self) -> HeaderValue {
        let bytes = [b"Bearer ", self.0.as_bytes()].concat();
        // A key that is a value of a header is one with a prefix, too.
        let mut value = HeaderValue::from_bytes(&bytes).unwrap_or(HeaderValue::from_static(""));
        value.set_sensitive(true);
        value
    }
}

impl fmt::Debug for UpstreamKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UpstreamKey(..)")
    }
}
