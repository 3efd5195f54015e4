//! Strings, numbers, booleans, bytes, links and blobs: the checks that go no deeper.

use std::ops::{Bound, RangeBounds};

use serde_json::{Map, Value};
use unicode_segmentation::UnicodeSegmentation;

use super::Checker;
use crate::data;
use crate::format::Format;

/// The largest integer of the data model: 2^53 - 1.
pub(super) const MAX_INTEGER: i64 = (1 << 53) - 1;

impl Checker {
    /// A string; its constraints are chained to the answer.
    pub fn string<'c, 'v>(&'c mut self, v: &'v Value) -> StringCheck<'c, 'v> {
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
    pub fn text(&mut self, v: &Value) {
        self.string(v).end();
    }

    /// A string of a format.
    pub fn format(&mut self, v: &Value, format: Format) {
        self.string(v).format(format).end();
    }

    /// An integer within 53 bits.
    pub fn integer<'c>(&'c mut self, v: &Value) -> IntegerCheck<'c> {
        let number = v
            .as_i64()
            .filter(|n| (-MAX_INTEGER..=MAX_INTEGER).contains(n));
        match v {
            Value::Number(n) if number.is_none() && !n.is_f64() => {
                self.violation("expected an integer within 53 bits");
            }
            _ if number.is_none() => self.wrong_type("an integer", v),
            _ => {}
        }
        IntegerCheck {
            checker: self,
            number,
        }
    }

    /// A boolean.
    pub fn boolean(&mut self, v: &Value) {
        if !v.is_boolean() {
            self.wrong_type("a boolean", v);
        }
    }

    /// A boolean that can only be `expected`.
    pub fn boolean_const(&mut self, v: &Value, expected: bool) {
        match v.as_bool() {
            None => self.wrong_type("a boolean", v),
            Some(found) if found != expected => self.violation(format!("expected {expected}")),
            Some(_) => {}
        }
    }

    /// Bytes: `{"$bytes": BASE64}`.
    pub fn bytes<'c>(&'c mut self, v: &Value) -> BytesCheck<'c> {
        let length = data::decode_bytes(v).map(|bytes| bytes.len() as u64);
        if length.is_none() {
            self.violation("expected bytes: {\"$bytes\": base64 text}");
        }
        BytesCheck {
            checker: self,
            length,
        }
    }

    /// A link: `{"$link": CID}`.
    pub fn link(&mut self, v: &Value) {
        let valid = v
            .as_object()
            .filter(|object| object.len() == 1)
            .and_then(|object| object.get("$link"))
            .and_then(Value::as_str)
            .is_some_and(|cid| Format::Cid.is_valid(cid));
        if !valid {
            self.violation("expected a link: {\"$link\": CID}");
        }
    }

    /// A blob, in today's form or the old one.
    pub fn blob<'c, 'v>(&'c mut self, v: &'v Value) -> BlobCheck<'c, 'v> {
        let blob = data::read_blob(v);
        if blob.is_none() {
            self.violation(
                "expected a blob: {\"$type\": \"blob\", \"ref\": link, \"mimeType\": text, \"size\": integer}",
            );
        }
        BlobCheck {
            checker: self,
            blob,
        }
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
            check_range(self.checker, text.len() as u64, &range, "bytes of UTF-8");
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
        check_range(self.checker, count, &range, "graphemes");
        self
    }

    /// A string format.
    pub fn format(self, format: Format) -> Self {
        if self.text.is_some_and(|text| !format.is_valid(text)) {
            self.checker
                .violation(format!("expected {}", format.expected()));
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
            check_range(self.checker, length, &range, "bytes");
        }
        self
    }
}

/// The constraints of a blob.
pub struct BlobCheck<'c, 'v> {
    checker: &'c mut Checker,
    blob: Option<data::BlobView<'v>>,
}

impl BlobCheck<'_, '_> {
    /// Nothing more to ask.
    pub fn end(self) {}

    /// MIME types that are accepted: `image/png`, `image/*`, `*/*`.
    pub fn accept(self, globs: &[impl AsRef<str>]) -> Self {
        if let Some(blob) = &self.blob
            && !globs
                .iter()
                .any(|glob| mime_matches(glob.as_ref(), blob.mime_type))
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
        if let Some(size) = self.blob.as_ref().and_then(|blob| blob.size)
            && size > limit
        {
            self.checker.at_key("size", |c| {
                c.violation(format!("expected at most {limit} bytes"));
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
    unit: &str,
) {
    if !range.contains(&found) {
        let text = describe(range);
        checker.violation(format!("expected {text} {unit}, found {found}"));
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

/// What an object that stands for a scalar is: bytes, a link, a blob.
pub(super) fn shape_of(object: &Map<String, Value>) -> Option<&'static str> {
    let only = |key| object.len() == 1 && object.contains_key(key);
    if only("$bytes") {
        return Some("bytes");
    }
    if only("$link") {
        return Some("a link");
    }
    (object.get("$type").and_then(Value::as_str) == Some("blob")).then_some("a blob")
}
