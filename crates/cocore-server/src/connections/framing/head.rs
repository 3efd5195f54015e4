//! The head of a request: where it ends, and what it says about the body.

use memchr::memchr;

/// How long the body after a head is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BodyLength {
    None,
    /// That many bytes, at least one.
    Sized(u64),
    Chunked,
    /// Until the connection ends.
    Endless,
}

/// Follows a head, in pieces of any size.
pub(super) struct Head {
    state: State,
    name: Name,
    length: Option<u64>,
    is_chunked: bool,
    is_connect: bool,
}

#[derive(Clone, Copy)]
enum State {
    /// In the verb, of which so many bytes are those of CONNECT.
    Verb(usize),
    /// At the first byte of a line.
    LineStart,
    /// After a carriage return at the start of a line.
    BlankLine,
    Name,
    /// In the rest of a line that says nothing about framing.
    Skip,
    /// In the value of `Content-Length`.
    Length,
    /// Before the value of `Upgrade`.
    Upgrade,
    /// In the value of `Connection`, after so many bytes of the option `upgrade`. `None`: in another one.
    Connection(Option<usize>),
}

const CONNECT: &[u8] = b"CONNECT ";
const UPGRADE: &[u8] = b"upgrade";
/// No header of this name exists, and no option of `Connection`.
const HIDDEN: u8 = b'-';

impl Default for Head {
    fn default() -> Self {
        Self {
            state: State::Verb(0),
            name: Name::default(),
            length: None,
            is_chunked: false,
            is_connect: false,
        }
    }
}

impl Head {
    /// Follows the next bytes, and hides offers of another protocol in them. Returns how many bytes belong to
    /// the head, and its body if it has ended.
    pub(super) fn follow(&mut self, bytes: &mut [u8]) -> (usize, Option<BodyLength>) {
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            self.state = match self.state {
                State::Verb(matched) if CONNECT.get(matched) == Some(&byte) => {
                    self.is_connect = matched + 1 == CONNECT.len();
                    State::Verb(matched + 1)
                }
                State::LineStart if byte == b'\r' => State::BlankLine,
                State::LineStart | State::BlankLine if byte == b'\n' => {
                    return (at + 1, Some(self.body()));
                }
                State::LineStart if matches!(byte | 0x20, b'c' | b't' | b'u') => {
                    self.name = Name::default();
                    self.name.push(byte);
                    State::Name
                }
                State::Name if byte == b':' => self.value_of_name(),
                State::Name if self.name.push(byte) => State::Name,
                State::Length => {
                    self.add_digit(byte);
                    in_line(byte, State::Length)
                }
                State::Upgrade if matches!(byte, b' ' | b'\t') => State::Upgrade,
                State::Upgrade if byte.is_ascii_graphic() => {
                    bytes[at] = HIDDEN;
                    State::Skip
                }
                State::Connection(_) if matches!(byte, b',' | b' ' | b'\t') => {
                    State::Connection(Some(0))
                }
                State::Connection(Some(matched)) if is_next_of_upgrade(matched, byte) => {
                    if matched + 1 == UPGRADE.len() {
                        bytes[at] = HIDDEN;
                        State::Connection(None)
                    } else {
                        State::Connection(Some(matched + 1))
                    }
                }
                State::Connection(_) => in_line(byte, State::Connection(None)),
                State::Verb(_)
                | State::LineStart
                | State::BlankLine
                | State::Name
                | State::Upgrade
                | State::Skip => in_line(byte, State::Skip),
            };
            at += 1;
            if matches!(self.state, State::Skip) {
                match memchr(b'\n', &bytes[at..]) {
                    None => return (bytes.len(), None),
                    Some(end) => at += end + 1,
                }
                self.state = State::LineStart;
            }
        }
        (at, None)
    }

    fn value_of_name(&mut self) -> State {
        match self.name.lowercase() {
            b"connection" => State::Connection(Some(0)),
            b"content-length" => State::Length,
            b"upgrade" => State::Upgrade,
            b"transfer-encoding" => {
                // Actix rejects every other coding.
                self.is_chunked = true;
                State::Skip
            }
            _ => State::Skip,
        }
    }

    fn add_digit(&mut self, byte: u8) {
        if byte.is_ascii_digit() {
            let length = self.length.unwrap_or_default();
            let digit = u64::from(byte - b'0');
            self.length = Some(length.saturating_mul(10).saturating_add(digit));
        }
    }

    fn body(&self) -> BodyLength {
        match self.length {
            _ if self.is_chunked => BodyLength::Chunked,
            Some(length @ 1..) => BodyLength::Sized(length),
            _ if self.is_connect => BodyLength::Endless,
            _ => BodyLength::None,
        }
    }
}

/// The state after a byte of a line, unless the line ends with it.
fn in_line(byte: u8, state: State) -> State {
    if byte == b'\n' {
        State::LineStart
    } else {
        state
    }
}

fn is_next_of_upgrade(matched: usize, byte: u8) -> bool {
    UPGRADE.get(matched) == Some(&byte.to_ascii_lowercase())
}

/// The name of a header, as far as it has arrived.
#[derive(Default)]
struct Name {
    bytes: [u8; Self::MAX],
    length: usize,
}

impl Name {
    /// The length of `transfer-encoding`. Longer names do not matter.
    const MAX: usize = 17;

    /// Adds a byte. Returns false if the name is too long, or not a name.
    fn push(&mut self, byte: u8) -> bool {
        let Some(next) = self.bytes.get_mut(self.length) else {
            return false;
        };
        *next = byte.to_ascii_lowercase();
        self.length += 1;
        byte != b'\n'
    }

    fn lowercase(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}
