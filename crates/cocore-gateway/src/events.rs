//! Server-sent events, as far as they have to be told apart. Source: the HTML standard, section 9.2.

use bytes::{Bytes, BytesMut};
use memchr::{memchr, memchr2};

/// The largest event, in bytes.
pub(crate) const MAX_EVENT: usize = 8 * 1024 * 1024;

/// Cuts a stream of bytes at the ends of events.
#[derive(Default)]
pub(crate) struct EventBuffer {
    bytes: BytesMut,
    /// Where the line begins that is not complete.
    line: usize,
    /// Up to where that line was searched for its end.
    searched: usize,
}

impl EventBuffer {
    /// Adds bytes.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Returns the next event, with the blank line that ends it.
    pub(crate) fn next(&mut self) -> Option<Bytes> {
        while let Some(length) = memchr2(b'\n', b'\r', &self.bytes[self.searched..]) {
            let end = self.searched + length;
            let next = match (self.bytes[end], self.bytes.get(end + 1)) {
                // The line feed of this line may not be here yet.
                (b'\r', None) => {
                    self.searched = end;
                    return None;
                }
                (b'\r', Some(b'\n')) => end + 2,
                _ => end + 1,
            };
            if end == self.line {
                (self.line, self.searched) = (0, 0);
                return Some(self.bytes.split_to(next).freeze());
            }
            (self.line, self.searched) = (next, next);
        }
        self.searched = self.bytes.len();
        None
    }

    /// Returns what has come of an event that is not complete.
    pub(crate) fn rest(&self) -> &[u8] {
        &self.bytes
    }

    /// Takes it.
    pub(crate) fn take_rest(&mut self) -> BytesMut {
        (self.line, self.searched) = (0, 0);
        self.bytes.split()
    }

    /// Whether the event that has begun is too large.
    pub(crate) fn is_too_large(&self) -> bool {
        self.bytes.len() > MAX_EVENT
    }
}

/// The data of an event, if it has any. Several lines of it are joined.
pub(crate) fn data(event: &[u8]) -> Option<std::borrow::Cow<'_, [u8]>> {
    let mut found: Option<std::borrow::Cow<'_, [u8]>> = None;
    let mut rest = event;
    while !rest.is_empty() {
        let end = memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
        let line = &rest[..end];
        rest = rest.get(end + 1..).unwrap_or_default();
        let Some(value) = line.strip_prefix(b"data") else {
            continue;
        };
        let value = match memchr(b':', value) {
            Some(0) => &value[1..],
            None if value.is_empty() => value,
            _ => continue,
        };
        let value = value.strip_prefix(b" ").unwrap_or(value);
        match &mut found {
            None => found = Some(value.into()),
            Some(joined) => {
                let joined = joined.to_mut();
                joined.push(b'\n');
                joined.extend_from_slice(value);
            }
        }
    }
    found
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn events_are_cut_wherever_the_bytes_are() {
        let text =
            "data: a\n\ndata: b\r\n\r\n: ping\r\rdata:c\ndata: d\n\n\nevent: x\ndata\n\ndata: half";
        let expected = [
            "data: a\n\n",
            "data: b\r\n\r\n",
            ": ping\r\r",
            "data:c\ndata: d\n\n",
            "\n",
            "event: x\ndata\n\n",
        ];
        for step in 1..text.len() {
            let mut buffer = EventBuffer::default();
            let mut found = Vec::new();
            for part in text.as_bytes().chunks(step) {
                buffer.push(part);
                while let Some(event) = buffer.next() {
                    found.push(event);
                }
            }
            assert_eq!(found, expected, "{step}");
        }
    }

    #[test]
    fn the_data_of_an_event() {
        for (event, expected) in [
            ("data: a\n\n", Some("a")),
            ("event: x\r\ndata:a: b\r\n\r\n", Some("a: b")),
            ("data: a\ndata:  b\n\n", Some("a\n b")),
            ("data\n\n", Some("")),
            (": data: a\n\n", None),
            ("database: a\n\n", None),
            ("\n", None),
        ] {
            let found = data(event.as_bytes()).map(|data| String::from_utf8(data.into()).unwrap());
            assert_eq!(found.as_deref(), expected, "{event:?}");
        }
    }
}
