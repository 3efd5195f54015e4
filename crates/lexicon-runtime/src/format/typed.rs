//! A type for each string format. It keeps the text as it was given.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

use super::string_format::{Format, InvalidFormat};

macro_rules! typed {
    ($($(#[$docs:meta])* $name:ident,)*) => {$(
        $(#[$docs])*
        ///
        /// What is parsed is valid. What serde reads is kept as it is, since the check of a body
        /// happens in one place, and a client can then read an answer in which one field is wrong:
        /// ask [`is_valid`](Self::is_valid) where no check has passed.
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl crate::shape::FromNode for $name {
            fn from_node(v: crate::tree::Node<'_>) -> Result<Self, crate::shape::ShapeError> {
                crate::shape::FromNode::from_node(v).map(Self)
            }
        }

        impl $name {
            /// Reads a text of this format.
            ///
            /// # Errors
            /// The text is not of this format.
            pub fn parse(text: impl Into<String>) -> Result<Self, InvalidFormat> {
                let text = text.into();
                Format::$name.check(&text)?;
                Ok(Self(text))
            }

            /// Whether the text is of this format.
            pub fn is_valid(&self) -> bool {
                Format::$name.is_valid(&self.0)
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

        impl FromStr for $name {
            type Err = InvalidFormat;

            fn from_str(text: &str) -> Result<Self, InvalidFormat> {
                Self::parse(text)
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidFormat;

            fn try_from(text: String) -> Result<Self, InvalidFormat> {
                Self::parse(text)
            }
        }

        impl TryFrom<&str> for $name {
            type Error = InvalidFormat;

            fn try_from(text: &str) -> Result<Self, InvalidFormat> {
                Self::parse(text)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl PartialEq<str> for $name {
            fn eq(&self, other: &str) -> bool {
                self.0 == other
            }
        }

        impl PartialEq<&str> for $name {
            fn eq(&self, other: &&str) -> bool {
                self.0 == *other
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }
    )*};
}

typed! {
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

impl Did {
    /// What stands between the first two colons: `plc`, `web`. Empty where the text is not valid.
    pub fn method(&self) -> &str {
        self.0.split(':').nth(1).unwrap_or_default()
    }
}

/// The segment `index` of an AT URI.
fn segment(uri: &str, index: usize) -> Option<&str> {
    uri.strip_prefix("at://")?.split('/').nth(index)
}

impl AtUri {
    /// The handle or the DID. Empty where the text is not valid.
    pub fn authority(&self) -> &str {
        segment(&self.0, 0).unwrap_or_default()
    }

    /// The NSID of the collection.
    pub fn collection(&self) -> Option<&str> {
        segment(&self.0, if self.is_in_space() { 5 } else { 1 })
    }

    /// The record key.
    pub fn rkey(&self) -> Option<&str> {
        segment(&self.0, if self.is_in_space() { 6 } else { 2 })
    }

    /// The DID of a record's author, if the record is in a space. Elsewhere the author is the
    /// [`authority`](Self::authority).
    pub fn author(&self) -> Option<&str> {
        self.is_in_space().then(|| segment(&self.0, 4))?
    }

    /// The space that the URI names, or that its record is in.
    pub fn space(&self) -> Option<SpaceRef> {
        let end = self.0.match_indices('/').nth(5).map(|(end, _)| end);
        let space = &self.0[..end.unwrap_or(self.0.len())];
        SpaceRef::parse(space).ok()
    }

    fn is_in_space(&self) -> bool {
        segment(&self.0, 1) == Some(super::at_uri::SPACE)
    }
}

impl SpaceRef {
    /// The DID of the space's authority. Empty where the text is not valid.
    pub fn authority(&self) -> &str {
        segment(&self.0, 0).unwrap_or_default()
    }

    /// The NSID of the space's type. Empty where the text is not valid.
    pub fn space_type(&self) -> &str {
        segment(&self.0, 2).unwrap_or_default()
    }

    /// The key of the space. Empty where the text is not valid.
    pub fn key(&self) -> &str {
        segment(&self.0, 3).unwrap_or_default()
    }
}

impl Nsid {
    /// All but the last segment, as written: `com.example`.
    pub fn authority(&self) -> &str {
        self.0
            .rsplit_once('.')
            .map_or("", |(authority, _)| authority)
    }

    /// The last segment.
    pub fn name(&self) -> &str {
        self.0.rsplit('.').next().unwrap_or_default()
    }
}

impl Datetime {
    /// An instant in UTC, cut to milliseconds: `2030-01-31T23:59:59.000Z`. Years that four digits
    /// cannot show become the first or the last instant that they can, and a leap second becomes the
    /// second after it.
    pub fn from_utc(at: DateTime<Utc>) -> Self {
        // chrono would write a leap second as 60, which is not legal here.
        let at = DateTime::from_timestamp_millis(at.timestamp_millis()).unwrap_or(at);
        Self(match at.year() {
            ..0 => "0000-01-01T00:00:00.000Z".to_owned(),
            0..=9999 => at.to_rfc3339_opts(SecondsFormat::Millis, true),
            _ => "9999-12-31T23:59:59.999Z".to_owned(),
        })
    }

    /// The instant. `None` where the text is not valid.
    pub fn to_utc(&self) -> Option<DateTime<Utc>> {
        let at = DateTime::parse_from_rfc3339(&self.0)
            .ok()
            .filter(|_| self.is_valid())?;
        Some(at.to_utc())
    }
}
