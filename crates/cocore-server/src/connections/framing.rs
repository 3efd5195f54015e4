//! Where each request on a connection begins and ends, RFC 9112, section 6.
//!
//! It agrees with the decoder of actix on everything that actix accepts: a test compares the two. What actix
//! rejects may be framed in any way, because actix then closes the connection.

mod chunked;
mod head;

use chunked::Chunked;
use head::{BodyLength, Head};

/// Follows the requests on a connection.
#[derive(Default)]
pub(super) struct Framing {
    state: State,
    /// The bytes of the current head or body so far.
    size: u64,
}

/// Which part of a request the next byte belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// No request has begun: blank lines are skipped.
    None,
    Head,
    Body,
}

#[derive(Default)]
enum State {
    #[default]
    Between,
    Head(Head),
    /// A body of which so many bytes are left.
    Sized(u64),
    Chunked(Chunked),
    /// A body that ends with the connection.
    Endless,
}

impl State {
    /// The state after a head.
    fn body(length: BodyLength) -> Self {
        match length {
            BodyLength::None => Self::Between,
            BodyLength::Sized(length) => Self::Sized(length),
            BodyLength::Chunked => Self::Chunked(Chunked::default()),
            BodyLength::Endless => Self::Endless,
        }
    }
}

/// What some bytes did.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Progress {
    /// How many requests they completed.
    pub(super) completed: usize,
    /// Whether the part that the next byte belongs to began with them.
    pub(super) is_new: bool,
}

impl Framing {
    /// Returns which part of a request the next byte belongs to.
    pub(super) fn part(&self) -> Part {
        match self.state {
            State::Between => Part::None,
            State::Head(_) => Part::Head,
            State::Sized(_) | State::Chunked(_) | State::Endless => Part::Body,
        }
    }

    /// Returns how many bytes of this part have arrived.
    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// Follows the next bytes of the connection. In a head, it makes offers of another protocol invisible:
    /// they are to be ignored (RFC 9110, section 7.8), and actix closes the connection after them. This
    /// server serves no WebSocket.
    pub(super) fn follow(&mut self, bytes: &mut [u8]) -> Progress {
        let mut progress = Progress {
            completed: 0,
            is_new: false,
        };
        let mut at = 0;
        while at < bytes.len() {
            let rest = &mut bytes[at..];
            let length = rest.len();
            let (taken, next) = match &mut self.state {
                State::Between => {
                    let is_blank = |byte: &&u8| matches!(byte, b'\r' | b'\n');
                    let blank = rest.iter().take_while(is_blank).count();
                    let next = (blank < length).then(|| State::Head(Head::default()));
                    (blank, next)
                }
                State::Head(head) => {
                    let (taken, body) = head.follow(rest);
                    (taken, body.map(State::body))
                }
                State::Sized(left) => {
                    let taken = usize::try_from(*left).unwrap_or(usize::MAX).min(length);
                    *left -= taken as u64;
                    (taken, (*left == 0).then_some(State::Between))
                }
                State::Chunked(chunked) => {
                    let (taken, is_end) = chunked.follow(rest);
                    (taken, is_end.then_some(State::Between))
                }
                State::Endless => (length, None),
            };
            at += taken;
            self.size += taken as u64;
            if let Some(next) = next {
                self.state = next;
                self.size = 0;
                progress.is_new = true;
                progress.completed += usize::from(self.part() == Part::None);
            }
        }
        progress
    }
}

#[cfg(test)]
mod tests;
