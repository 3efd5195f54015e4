//! What was wrong, and where.

use std::borrow::Cow;
use std::fmt;

/// Violations reported for one value; the rest is only counted.
pub const MAX_VIOLATIONS: usize = 32;

/// One thing that the schema does not allow.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Violation {
    /// Where: `input/items/3/name`. Member names have `~` and `/` escaped as in RFC 6901. Long names are cut, and
    /// of more than 16 steps the middle is left out: `input/0/0/.../0/0`.
    pub place: String,
    /// What was expected there; never the value that was found.
    pub message: String,
}

impl Violation {
    /// A violation at a place.
    pub fn new(place: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            place: place.into(),
            message: message.into(),
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)
    }
}

/// All that was wrong with one value: at least one violation.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Violations {
    list: Vec<Violation>,
    more: usize,
}

impl Violations {
    pub(crate) fn new(list: Vec<Violation>, more: usize) -> Self {
        Self { list, more }
    }

    /// The violations, in the order in which they were met.
    pub fn iter(&self) -> impl Iterator<Item = &Violation> {
        self.list.iter()
    }

    /// These violations, then others.
    #[must_use]
    pub fn and(mut self, others: Self) -> Self {
        self.list.extend(others.list);
        self.more += others.more;
        self
    }

    /// How many more there were than are listed.
    pub fn more(&self) -> usize {
        self.more
    }
}

impl From<Violation> for Violations {
    fn from(violation: Violation) -> Self {
        Self::new(vec![violation], 0)
    }
}

impl fmt::Display for Violations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, violation) in self.list.iter().enumerate() {
            if i > 0 {
                f.write_str("; ")?;
            }
            violation.fmt(f)?;
        }
        if self.more > 0 {
            write!(f, "; and {} more", self.more)?;
        }
        Ok(())
    }
}

pub(crate) enum Segment {
    Key(Cow<'static, str>),
    Index(usize),
}

/// The longest member name that a place shows, in characters: a name may be hostile.
const MAX_KEY_CHARS: usize = 100;
/// The most segments of a place that are shown at each of its ends: a value may be deep.
const MAX_SHOWN: usize = 8;
/// What stands for the segments between them.
const OMITTED: &str = "...";

/// The text of a place. One with many segments is shortened in its middle.
pub(crate) fn place(segments: &[Segment]) -> String {
    if segments.len() <= 2 * MAX_SHOWN {
        return join(segments);
    }
    let (first, rest) = segments.split_at(MAX_SHOWN);
    let (_, last) = rest.split_at(rest.len() - MAX_SHOWN);
    format!("{}/{OMITTED}/{}", join(first), join(last))
}

fn join(segments: &[Segment]) -> String {
    let mut text = String::new();
    for (i, segment) in segments.iter().enumerate() {
        if i > 0 {
            text.push('/');
        }
        match segment {
            Segment::Index(index) => text.push_str(&index.to_string()),
            Segment::Key(key) => {
                for c in key.chars().take(MAX_KEY_CHARS) {
                    match c {
                        '~' => text.push_str("~0"),
                        '/' => text.push_str("~1"),
                        c if c.is_control() => text.extend(c.escape_default()),
                        c => text.push(c),
                    }
                }
            }
        }
    }
    text
}
