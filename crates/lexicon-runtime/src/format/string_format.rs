//! The formats by name, and the check of each.

use super::text::{EMPTY, Reason};
use super::{at_uri, cid, datetime, did, handle, language, nsid, record_key, space_ref, tid, uri};

/// A string format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// A handle or a DID.
    AtIdentifier,
    /// An `at://` URI.
    AtUri,
    /// A CID in its string form.
    Cid,
    /// A date, a time and an offset.
    Datetime,
    /// A decentralised identifier.
    Did,
    /// A domain name that stands for an account.
    Handle,
    /// A language tag.
    Language,
    /// A namespaced identifier.
    Nsid,
    /// The last part of a record's address.
    RecordKey,
    /// An `at://` URI of a space. A draft of the protocol.
    SpaceRef,
    /// A timestamp identifier.
    Tid,
    /// Any URI.
    Uri,
}

impl Format {
    /// All formats, by name.
    pub const ALL: [Self; 12] = [
        Self::AtIdentifier,
        Self::AtUri,
        Self::Cid,
        Self::Datetime,
        Self::Did,
        Self::Handle,
        Self::Language,
        Self::Nsid,
        Self::RecordKey,
        Self::SpaceRef,
        Self::Tid,
        Self::Uri,
    ];

    /// The name that a lexicon uses.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AtIdentifier => "at-identifier",
            Self::AtUri => "at-uri",
            Self::Cid => "cid",
            Self::Datetime => "datetime",
            Self::Did => "did",
            Self::Handle => "handle",
            Self::Language => "language",
            Self::Nsid => "nsid",
            Self::RecordKey => "record-key",
            Self::SpaceRef => "space-ref",
            Self::Tid => "tid",
            Self::Uri => "uri",
        }
    }

    /// The format of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }

    /// Checks a text. It allocates nothing.
    ///
    /// # Errors
    /// The text is not of this format; the error has the reason, and not the text.
    pub fn check(self, text: &str) -> Result<(), InvalidFormat> {
        let result = match self {
            Self::AtIdentifier if text.starts_with("did:") => did::check(text),
            Self::AtIdentifier => handle::check(text),
            Self::AtUri => at_uri::check(text),
            Self::Cid => cid::check(text),
            Self::Datetime => datetime::check(text),
            Self::Did => did::check(text),
            Self::Handle => handle::check(text),
            Self::Language => language::check(text),
            Self::Nsid => nsid::check(text),
            Self::RecordKey => record_key::check(text),
            Self::SpaceRef => space_ref::check(text),
            Self::Tid => tid::check(text),
            Self::Uri => uri::check(text),
        };
        result.map_err(|reason| InvalidFormat::new(self, text, reason))
    }

    /// Checks a text as [`check`](Self::check) does, and tolerates datetimes of older records: all
    /// that RFC 3339 allows (lower-case `t` and `z`, a space in place of the `T`, seconds of `60`, the
    /// offset `-00:00`), and datetimes without a time zone.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    pub fn check_lenient(self, text: &str) -> Result<(), InvalidFormat> {
        match self {
            Self::Datetime => datetime::check_lenient(text)
                .map_err(|reason| InvalidFormat::new(self, text, reason)),
            format => format.check(text),
        }
    }

    /// Whether a text is of this format. It allocates nothing.
    pub fn is_valid(self, text: &str) -> bool {
        self.check(text).is_ok()
    }

    /// What completes "expected".
    pub const fn expected(self) -> &'static str {
        match self {
            Self::AtIdentifier => "a handle or a DID",
            Self::AtUri => "an AT URI such as at://did:plc:abc/com.example.thing/key",
            Self::Cid => "a CID",
            Self::Datetime => "a datetime such as 2030-01-31T23:59:59.000Z",
            Self::Did => "a DID such as did:plc:abc or did:web:example.com",
            Self::Handle => "a handle such as alice.example.com",
            Self::Language => "a language tag such as en or pt-BR",
            Self::Nsid => "an NSID such as com.example.getThing",
            Self::RecordKey => "a record key",
            Self::SpaceRef => {
                "a reference to a space such as at://did:plc:abc/space/com.example.group/self"
            }
            Self::Tid => "a TID: 13 characters of sortable base32",
            Self::Uri => "a URI",
        }
    }
}

/// A text that is not of a format, and why. It does not hold the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {}: {reason}", .format.expected())]
pub struct InvalidFormat {
    format: Format,
    reason: Reason,
}

impl InvalidFormat {
    fn new(format: Format, text: &str, reason: Reason) -> Self {
        // What no format allows is a better reason than the place where a format finds it.
        let reason = match text {
            "" => EMPTY,
            text if text.starts_with(char::is_whitespace) => "it begins with white space",
            text if text.ends_with(char::is_whitespace) => "it ends with white space",
            text if format != Format::Datetime && text.contains(char::is_whitespace) => {
                "it contains white space"
            }
            _ => reason,
        };
        Self { format, reason }
    }

    /// The format that was expected.
    pub fn format(self) -> Format {
        self.format
    }

    /// Why the text is not of this format: a clause such as "the time zone is missing".
    pub fn reason(self) -> &'static str {
        self.reason
    }
}
