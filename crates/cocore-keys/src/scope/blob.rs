//! Permissions to upload blobs.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;

use super::invalid::InvalidScopeReason as Reason;
use super::syntax::{self, Syntax};

const PARAMETERS: &[&str; 1] = &["accept"];

/// The media types of a blob: one type (`text/html`), all subtypes of a type (`video/*`), or all (`*/*`). They do
/// not depend on case, and are in lower case.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MediaRange(Box<str>);

impl MediaRange {
    /// The type and the subtype are tokens of RFC 9110, section 5.6.2, without `*`.
    fn parse(text: &str) -> Option<Self> {
        let is_token = |part: &str| {
            let is_legal =
                |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'+-.^_`|~".contains(&byte);
            !part.is_empty() && part.bytes().all(is_legal)
        };
        let is_valid = match text.split_once('/')? {
            ("*", "*") => true,
            (kind, "*") => is_token(kind),
            (kind, subtype) => is_token(kind) && is_token(subtype),
        };
        is_valid.then(|| Self(text.to_ascii_lowercase().into()))
    }

    /// Returns the text, such as `text/html`, `video/*` or `*/*`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns whether each media type of another range is in this one.
    pub fn covers(&self, other: &Self) -> bool {
        match self.0.strip_suffix('*') {
            Some("*/") => true,
            Some(kind) => other.0.starts_with(kind),
            None => self == other,
        }
    }

    /// The range of all subtypes of its type.
    fn kind(&self) -> Self {
        let (kind, _) = self.0.split_once('/').unwrap_or((&self.0, ""));
        Self(format!("{kind}/*").into())
    }
}

impl fmt::Debug for MediaRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// A permission to upload blobs of media types: `blob:image/*`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlobPermission {
    /// In order and distinct, at least one, and none that another one covers.
    accept: Box<[MediaRange]>,
}

impl BlobPermission {
    pub(super) fn from_syntax(syntax: Syntax<'_>) -> Result<Self, Reason> {
        let [accept] = syntax.values(PARAMETERS)?;
        Self::new(accept.iter().map(Cow::as_ref))
    }

    /// Creates a permission from the values of its parameter.
    pub(super) fn new<'v>(accept: impl Iterator<Item = &'v str>) -> Result<Self, Reason> {
        let ranges: Option<BTreeSet<_>> = accept.map(MediaRange::parse).collect();
        let ranges = ranges.ok_or(Reason::Value {
            parameter: "accept",
            expected: "a media type such as text/html, video/* or */*",
        })?;
        if ranges.is_empty() {
            return Err(Reason::Missing("accept"));
        }
        let all = MediaRange("*/*".into());
        let is_needed = |range: &&MediaRange| {
            let kind = range.kind();
            !ranges.contains(&all) && (**range == kind || !ranges.contains(&kind))
        };
        let mut accept: Vec<_> = ranges.iter().filter(is_needed).cloned().collect();
        if accept.is_empty() {
            accept.push(all);
        }
        Ok(Self {
            accept: accept.into(),
        })
    }

    /// Returns the media types, in order.
    pub fn accept(&self) -> &[MediaRange] {
        &self.accept
    }

    /// Whether each media type is in one of these permissions. All types, and all subtypes of a type, are in one
    /// range: their number is not bounded, so that lists cannot have them all.
    pub(super) fn is_covered<'p>(&self, by: impl Iterator<Item = &'p Self> + Clone) -> bool {
        let mut ranges = self.accept.iter();
        ranges.all(|range| {
            let mut by = by.clone().flat_map(|by| by.accept.iter());
            by.any(|by| by.covers(range))
        })
    }
}

impl fmt::Display for BlobPermission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let accept: Vec<_> = self.accept.iter().map(MediaRange::as_str).collect();
        syntax::write(f, "blob", (PARAMETERS[0], &accept), &[])
    }
}
