//! What the formats have in common: reasons, and how their texts are taken apart.

/// Why a text is not of a format: a clause that follows a colon. It never quotes the text, which may be a
/// secret.
pub(crate) type Reason = &'static str;

/// The parts of a text between a separator.
#[derive(Clone)]
pub(super) struct Parts<'t> {
    rest: Option<&'t str>,
    separator: u8,
}

impl<'t> Parts<'t> {
    pub(super) fn new(text: &'t str, separator: u8) -> Self {
        Self {
            rest: Some(text),
            separator,
        }
    }
}

impl<'t> Iterator for Parts<'t> {
    type Item = &'t str;

    fn next(&mut self) -> Option<&'t str> {
        let text = self.rest.take()?;
        let Some((part, rest)) = split_once(text, self.separator) else {
            return Some(text);
        };
        self.rest = Some(rest);
        Some(part)
    }
}

/// The text before the first separator, and the one after it. For short texts before it, this is faster than
/// `str::split_once`.
pub(super) fn split_once(text: &str, separator: u8) -> Option<(&str, &str)> {
    let at = text.bytes().position(|byte| byte == separator)?;
    Some((&text[..at], &text[at + 1..]))
}

/// The text before the last separator, and the one after it.
pub(super) fn rsplit_once(text: &str, separator: u8) -> Option<(&str, &str)> {
    let at = text.bytes().rposition(|byte| byte == separator)?;
    Some((&text[..at], &text[at + 1..]))
}

/// A set of bytes, as a table.
pub(super) struct ByteSet([bool; 256]);

impl ByteSet {
    /// The letters and digits of ASCII, and some other bytes.
    pub(super) const fn alphanumeric_and(others: &[u8]) -> Self {
        let mut table = [false; 256];
        let mut byte = u8::MAX;
        while byte > 0 {
            table[byte as usize] = byte.is_ascii_alphanumeric();
            byte -= 1;
        }
        let mut index = 0;
        while index < others.len() {
            table[others[index] as usize] = true;
            index += 1;
        }
        Self(table)
    }

    pub(super) fn contains(&self, byte: u8) -> bool {
        self.0[usize::from(byte)]
    }

    /// Whether all bytes of a text are in the set.
    pub(super) fn contains_all(&self, text: &str) -> bool {
        all(text, |byte| self.contains(byte))
    }
}

/// Whether all bytes of a text are legal. It does not stop at the first that is not, so that the compiler can
/// check many at once.
pub(super) fn all(text: &str, is_legal: impl Fn(u8) -> bool) -> bool {
    text.bytes().fold(true, |all, b| all & is_legal(b))
}

pub(super) const EMPTY: Reason = "it is empty";
