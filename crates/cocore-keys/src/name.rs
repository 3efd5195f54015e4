//! The name of a key, and its note.

use thiserror::Error;

const MAX_BYTES: usize = 100;

/// The label of a key: 1 to 100 bytes, no control characters, not only white space.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyName(String);

/// A text that cannot be a name. The error does not contain the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum InvalidName {
    /// Its length in bytes is not in 1 to 100.
    #[error("expected 1 to {MAX_BYTES} bytes of UTF-8, found {0}")]
    Length(usize),
    /// It contains a control character.
    #[error("expected a name without control characters")]
    Control,
    /// It is only white space.
    #[error("expected more than white space")]
    Blank,
}

impl KeyName {
    /// Parses a name.
    ///
    /// # Errors
    /// The rule that the text breaks.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        if !(1..=MAX_BYTES).contains(&text.len()) {
            return Err(InvalidName::Length(text.len()));
        }
        if text.chars().any(char::is_control) {
            return Err(InvalidName::Control);
        }
        if text.trim().is_empty() {
            return Err(InvalidName::Blank);
        }
        Ok(Self(text.to_owned()))
    }

    /// Takes a name from the store as it is: another program may have written it.
    pub(crate) fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the text without a copy.
    pub fn into_string(self) -> String {
        self.0
    }
}

/// The longest note, in bytes.
const MAX_NOTE_BYTES: usize = 300;

/// A note of a key's owner: 0 to 300 bytes, no control characters but line breaks and tabs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyNote(String);

/// A text that cannot be a note. The error does not contain the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum InvalidNote {
    /// It is too long.
    #[error("expected at most {MAX_NOTE_BYTES} bytes of UTF-8, found {0}")]
    Length(usize),
    /// It contains a control character.
    #[error("expected a note without control characters but line breaks and tabs")]
    Control,
}

impl KeyNote {
    /// Parses a note. An empty one is none.
    ///
    /// # Errors
    /// The rule that the text breaks.
    pub fn parse(text: &str) -> Result<Option<Self>, InvalidNote> {
        if text.len() > MAX_NOTE_BYTES {
            return Err(InvalidNote::Length(text.len()));
        }
        let is_control = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
        if text.chars().any(is_control) {
            return Err(InvalidNote::Control);
        }
        Ok((!text.is_empty()).then(|| Self(text.to_owned())))
    }

    /// Takes a note from the store as it is: another program may have written it.
    pub(crate) fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the text without a copy.
    pub fn into_string(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for (text, expected) in [
            ("n", None),
            (&"n".repeat(100), None),
            (&"\u{e9}".repeat(50), None),
            ("\u{202e}right to left", None),
            (" padded ", None),
            ("", Some(InvalidName::Length(0))),
            (&"n".repeat(101), Some(InvalidName::Length(101))),
            (&"\u{e9}".repeat(51), Some(InvalidName::Length(102))),
            ("a\0", Some(InvalidName::Control)),
            ("a\r\nb", Some(InvalidName::Control)),
            ("a\u{85}b", Some(InvalidName::Control)),
            (" \u{3000}", Some(InvalidName::Blank)),
        ] {
            assert_eq!(KeyName::parse(text).err(), expected, "{text:?}");
        }
    }
    #[test]
    fn notes() {
        assert_eq!(KeyNote::parse(""), Ok(None));
        for (text, expected) in [
            ("two\nlines\tand a tab", None),
            (&"n".repeat(300), None),
            (&"n".repeat(301), Some(InvalidNote::Length(301))),
            ("a\0", Some(InvalidNote::Control)),
            ("a\u{1b}[0m", Some(InvalidNote::Control)),
        ] {
            assert_eq!(KeyNote::parse(text).err(), expected, "{text:?}");
        }
    }
}
