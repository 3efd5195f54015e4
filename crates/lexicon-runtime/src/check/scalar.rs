//! Strings, numbers, booleans, bytes, links and blobs: the checks that go no deeper.

use std::ops::{Bound, RangeBounds};

use unicode_segmentation::UnicodeSegmentation;

use super::Checker;
use crate::data;
use crate::format::{Format, Reason, cid};
use crate::tree::{Lookup, Members, Node};

const BYTES: Unit = Unit("byte", "bytes");

/// The largest integer of the data model: 2^53 - 1.
pub(super) const MAX_INTEGER: i64 = (1 << 53) - 1;

impl Checker {
    /// A string; its constraints are chained to the answer.
    pub fn string<'c, 'v>(&'c mut self, v: Node<'v>) -> StringCheck<'c, 'v> {
        let text = v.as_str();
        if text.is_none() {
            self.wrong_type("a string", v);
        }
        StringCheck {
            checker: self,
            text,
        }
    }

    /// A string without constraints.
    pub fn text(&mut self, v: Node<'_>) {
        self.string(v).end();
    }

    /// A string of a format.
    pub fn format(&mut self, v: Node<'_>, format: Format) {
        self.string(v).format(format).end();
    }

    /// An integer within 53 bits.
    pub fn integer<'c>(&'c mut self, v: Node<'_>) -> IntegerCheck<'c> {
        let number = v
            .as_i64()
            .filter(|n| (-MAX_INTEGER..=MAX_INTEGER).contains(n));
        match (number, v.is_integer()) {
            (Some(_), _) => {}
            (None, true) => self.violation("expected an integer within 53 bits"),
            (None, false) => self.wrong_type("an integer", v),
        }
        IntegerCheck {
            checker: self,
            number,
        }
    }

    /// A boolean.
    pub fn boolean(&mut self, v: Node<'_>) {
        if v.as_bool().is_none() {
            self.wrong_type("a boolean", v);
        }
    }

    /// A boolean that can only be `expected`.
    pub fn boolean_const(&mut self, v: Node<'_>, expected: bool) {
        match v.as_bool() {
            None => self.wrong_type("a boolean", v),
            Some(found) if found != expected => self.violation(format!("expected {expected}")),
            Some(_) => {}
        }
    }

    /// Bytes: `{"$bytes": BASE64}`.
    pub fn bytes<'c>(&'c mut self, v: Node<'_>) -> BytesCheck<'c> {
        let bytes = sole_text(v, "$bytes").and_then(data::decode_base64);
        let length = bytes.map(|bytes| bytes.len() as u64);
        if length.is_none() {
            self.violation("expected bytes: {\"$bytes\": base64 text}");
        }
        BytesCheck {
            checker: self,
            length,
        }
    }

    /// A link: `{"$link": CID}`.
    pub fn link(&mut self, v: Node<'_>) {
        self.link_to(v, cid::check_link);
    }

    fn link_to(&mut self, v: Node<'_>, check: fn(&str) -> Result<(), Reason>) {
        const EXPECTED: &str = "expected a link: {\"$link\": CID}";
        match sole_text(v, "$link").map(check) {
            None => self.violation(EXPECTED),
            Some(Err(reason)) => self.violation(format!("{EXPECTED}: {reason}")),
            Some(Ok(())) => {}
        }
    }

    /// A blob: in today's form, or in the old one, `{"cid": CID, "mimeType": TEXT}`, unless the value is
    /// about to be written.
    pub fn blob<'c, 'v>(&'c mut self, v: Node<'v>) -> BlobCheck<'c, 'v> {
        let mut blob = BlobCheck {
            checker: self,
            mime_type: None,
            size: None,
        };
        let Some(object) = v.as_object() else {
            blob.checker.wrong_type("a blob", v);
            return blob;
        };
        let c = &mut *blob.checker;
        let mut members = object.in_order();
        match members.member("$type") {
            None if object.get("cid").is_some() => {
                if c.options.write {
                    c.old_blob();
                }
                c.required(&mut members, "cid", |c, v| c.format(v, Format::Cid));
            }
            None => c.at_key("$type", |c| c.violation("required, but missing")),
            Some(name) => {
                if name.as_str() != Some("blob") {
                    c.at_key("$type", |c| c.violation("expected \"blob\""));
                }
                c.required(&mut members, "ref", |c, v| c.link_to(v, cid::check_blob));
                c.required(&mut members, "size", |c, v| {
                    c.integer(v).range(1..).end();
                    blob.size = v.as_i64();
                });
            }
        }
        let c = &mut *blob.checker;
        c.required(&mut members, "mimeType", |c, v| {
            c.string(v).bytes(1..).end();
            blob.mime_type = v.as_str();
        });
        blob
    }

    /// Reports a blob in the old form.
    pub(super) fn old_blob(&mut self) {
        self.violation(
            "expected a blob in today's form: {cid, mimeType} is read and never written",
        );
    }

    /// Reports an empty `$type`.
    pub(super) fn nameless(&mut self) {
        self.violation("expected the name of a type, found an empty text");
    }
}

/// The constraints of a string.
pub struct StringCheck<'c, 'v> {
    checker: &'c mut Checker,
    text: Option<&'v str>,
}

impl StringCheck<'_, '_> {
    /// Nothing more to ask.
    pub fn end(self) {}

    /// Length in UTF-8 bytes.
    pub fn bytes(self, range: impl RangeBounds<u64>) -> Self {
        if let Some(text) = self.text {
            check_range(
                self.checker,
                text.len() as u64,
                &range,
                Unit("byte of UTF-8", "bytes of UTF-8"),
            );
        }
        self
    }

    /// Length in extended grapheme clusters (UAX #29).
    pub fn graphemes(self, range: impl RangeBounds<u64>) -> Self {
        let Some(text) = self.text else { return self };
        // A text has at most as many graphemes as bytes: counting is rarely needed.
        let no_minimum = matches!(range.start_bound(), Bound::Unbounded);
        if no_minimum && range.contains(&(text.len() as u64)) {
            return self;
        }
        let count = text.graphemes(true).count() as u64;
        check_range(self.checker, count, &range, Unit("grapheme", "graphemes"));
        self
    }

    /// A string format.
    pub fn format(self, format: Format) -> Self {
        let check = match self.checker.options.lenient_datetimes {
            true => Format::check_lenient,
            false => Format::check,
        };
        if let Some(Err(error)) = self.text.map(|text| check(format, text)) {
            self.checker.violation(error.to_string());
        }
        self
    }

    /// A closed set of values.
    pub fn one_of(self, allowed: &[impl AsRef<str>]) -> Self {
        let is_allowed = |text: &str| allowed.iter().any(|value| value.as_ref() == text);
        if self.text.is_some_and(|text| !is_allowed(text)) {
            let list: Vec<_> = allowed
                .iter()
                .map(|value| format!("{:?}", value.as_ref()))
                .collect();
            self.checker.violation(match &list[..] {
                [only] => format!("expected {only}"),
                list => format!("expected one of {}", list.join(", ")),
            });
        }
        self
    }
}

/// The constraints of an integer.
pub struct IntegerCheck<'c> {
    checker: &'c mut Checker,
    number: Option<i64>,
}

impl IntegerCheck<'_> {
    /// Nothing more to ask.
    pub fn end(self) {}

    /// Smallest and largest value.
    pub fn range(self, range: impl RangeBounds<i64>) -> Self {
        if self.number.is_some_and(|number| !range.contains(&number)) {
            let text = describe(&range);
            self.checker.violation(format!("expected {text}"));
        }
        self
    }

    /// A closed set of values.
    pub fn one_of(self, allowed: &[i64]) -> Self {
        if self.number.is_some_and(|number| !allowed.contains(&number)) {
            let list: Vec<_> = allowed.iter().map(i64::to_string).collect();
            self.checker
                .violation(format!("expected one of {}", list.join(", ")));
        }
        self
    }
}

/// The constraints of bytes.
pub struct BytesCheck<'c> {
    checker: &'c mut Checker,
    length: Option<u64>,
}

impl BytesCheck<'_> {
    /// Nothing more to ask.
    pub fn end(self) {}

    /// Length in bytes, after decoding.
    pub fn length(self, range: impl RangeBounds<u64>) -> Self {
        if let Some(length) = self.length {
            check_range(self.checker, length, &range, BYTES);
        }
        self
    }
}

/// The constraints of a blob.
pub struct BlobCheck<'c, 'v> {
    checker: &'c mut Checker,
    mime_type: Option<&'v str>,
    size: Option<i64>,
}

impl BlobCheck<'_, '_> {
    /// Nothing more to ask.
    pub fn end(self) {}

    /// MIME types that are accepted: `image/png`, `image/*`, `*/*`.
    pub fn accept(self, globs: &[impl AsRef<str>]) -> Self {
        let accepts = |mime| globs.iter().any(|glob| mime_matches(glob.as_ref(), mime));
        if self
            .mime_type
            .is_some_and(|mime| !mime.is_empty() && !accepts(mime))
        {
            self.checker.at_key("mimeType", |c| {
                let globs: Vec<_> = globs.iter().map(AsRef::as_ref).collect();
                c.violation(format!("expected {}", globs.join(" or ")));
            });
        }
        self
    }

    /// Largest size in bytes. The old form of a blob has no size.
    pub fn max_size(self, limit: u64) -> Self {
        let size = self.size.and_then(|size| u64::try_from(size).ok());
        if size.is_some_and(|size| size > limit) {
            self.checker.at_key("size", |c| {
                let noun = BYTES.noun(limit);
                c.violation(format!("expected at most {limit} {noun}"));
            });
        }
        self
    }
}

fn mime_matches(glob: &str, mime: &str) -> bool {
    let mime = mime.split(';').next().unwrap_or(mime).trim();
    match glob.strip_suffix('*') {
        Some("*/") => true,
        Some(start) => mime
            .get(..start.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(start)),
        None => mime.eq_ignore_ascii_case(glob),
    }
}

pub(super) fn check_range(
    checker: &mut Checker,
    found: u64,
    range: &impl RangeBounds<u64>,
    unit: Unit,
) {
    if !range.contains(&found) {
        let text = describe(range);
        // The noun agrees with the number before it.
        let last = match (range.start_bound(), range.end_bound()) {
            (_, Bound::Included(last)) | (Bound::Included(last), _) => *last,
            _ => 0,
        };
        let noun = unit.noun(last);
        checker.violation(format!("expected {text} {noun}, found {found}"));
    }
}

/// What is counted: one of it, and several.
#[derive(Clone, Copy)]
pub(super) struct Unit(pub(super) &'static str, pub(super) &'static str);

impl Unit {
    fn noun(self, number: u64) -> &'static str {
        if number == 1 { self.0 } else { self.1 }
    }
}

/// A range in words.
fn describe<N: std::fmt::Display + PartialEq>(range: &impl RangeBounds<N>) -> String {
    match (range.start_bound(), range.end_bound()) {
        (Bound::Included(min), Bound::Included(max)) if min == max => format!("exactly {min}"),
        (Bound::Included(min), Bound::Included(max)) => format!("{min} to {max}"),
        (Bound::Included(min), _) => format!("at least {min}"),
        (_, Bound::Included(max)) => format!("at most {max}"),
        _ => "any number of".to_owned(),
    }
}

/// The text of an object's only member.
fn sole_text<'v>(v: Node<'v>, name: &str) -> Option<&'v str> {
    let object = v.as_object().filter(|object| object.len() == 1)?;
    object.get(name)?.as_str()
}

/// What an object that stands for a scalar is: bytes, a link, a blob.
pub(super) fn shape_of(object: Members<'_>) -> Option<&'static str> {
    let only = |key| object.len() == 1 && object.get(key).is_some();
    if only("$bytes") {
        return Some("bytes");
    }
    if only("$link") {
        return Some("a link");
    }
    (object.get("$type").and_then(Node::as_str) == Some("blob")).then_some("a blob")
}
