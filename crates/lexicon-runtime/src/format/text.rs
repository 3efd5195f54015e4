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
        let Some(at) = text.bytes().position(|b| b == self.separator) else {
            return Some(text);
        };
        self.rest = Some(&text[at + 1..]);
        Some(&text[..at])
    }
}

/// Whether all bytes of a text are legal. It does not stop at the first that is not, so that the compiler can
/// check many at once.
pub(super) fn all(text: &str, is_legal: impl Fn(u8) -> bool) -> bool {
    text.bytes().fold(true, |all, b| all & is_legal(b))
}

pub(super) const EMPTY: Reason = "it is empty";
