//! A body in chunks, RFC 9112, section 7.1.

use memchr::memchr;

/// Follows a body in chunks, in pieces of any size.
#[derive(Clone, Copy)]
pub(super) enum Chunked {
    /// In the size of a chunk.
    Size(u64),
    /// After the size, in the rest of its line.
    Extension(u64),
    /// In the data of a chunk, of which so many bytes are left.
    Data(u64),
    /// In the line end after the data.
    DataEnd,
    /// At the first byte of a trailer line, or of the blank line at the end.
    LineStart,
    /// After a carriage return at the start of a line.
    BlankLine,
    Trailer,
    /// After the carriage return of a trailer line.
    TrailerEnd,
}

impl Default for Chunked {
    fn default() -> Self {
        Self::Size(0)
    }
}

impl Chunked {
    /// Follows the next bytes. Returns how many bytes belong to the body, and whether it has ended.
    pub(super) fn follow(&mut self, bytes: &[u8]) -> (usize, bool) {
        let mut at = 0;
        while at < bytes.len() {
            let rest = &bytes[at..];
            let byte = rest[0];
            let (taken, next) = match *self {
                Self::Size(size) => match char::from(byte).to_digit(16) {
                    Some(digit) => {
                        let size = size.saturating_mul(16).saturating_add(digit.into());
                        (1, Self::Size(size))
                    }
                    None => (0, Self::Extension(size)),
                },
                Self::Extension(size) => match memchr(b'\n', rest) {
                    None => (rest.len(), *self),
                    Some(end) if size == 0 => (end + 1, Self::LineStart),
                    Some(end) => (end + 1, Self::Data(size)),
                },
                Self::Data(left) => {
                    let taken = usize::try_from(left).unwrap_or(usize::MAX).min(rest.len());
                    match left - taken as u64 {
                        0 => (taken, Self::DataEnd),
                        left => (taken, Self::Data(left)),
                    }
                }
                Self::DataEnd if byte == b'\n' => (1, Self::Size(0)),
                Self::DataEnd => (1, Self::DataEnd),
                Self::LineStart if byte == b'\r' => (1, Self::BlankLine),
                Self::BlankLine => return (at + 1, true),
                Self::LineStart | Self::Trailer => match memchr(b'\r', rest) {
                    None => (rest.len(), Self::Trailer),
                    Some(end) => (end + 1, Self::TrailerEnd),
                },
                Self::TrailerEnd => (1, Self::LineStart),
            };
            *self = next;
            at += taken;
        }
        (at, false)
    }
}
