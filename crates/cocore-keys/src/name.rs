//! The name of a key.

use std::fmt;

const MAX_BYTES: usize = 100;

/// A label of 1 to 100 bytes without control characters, and not only white space.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyName(String);

/// Why a text is no name. It does not hold the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvalidName {
    /// Its length in bytes is not in 1 to 100.
    Length(usize),
    /// It has a control character.
    Control,
    /// It is white space only.
    Blank,
}

impl KeyName {
    /// Reads a name.
    ///
    /// # Errors
    /// Which rule the text breaks.
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

    /// The text.
    pub fn into_string(self) -> String {
        self.0
    }
}

impl fmt::Display for InvalidName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length(found) => {
                write!(f, "expected 1 to {MAX_BYTES} bytes of UTF-8, found {found}")
            }
            Self::Control => f.write_str("expected a name without control characters"),
            Self::Blank => f.write_str("expected more than white space"),
        }
    }
}

impl std::error::Error for InvalidName {}

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
}
