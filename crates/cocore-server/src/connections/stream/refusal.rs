//! Requests that pass a limit of the connection, before the application sees them.

use std::io;

/// Why a request is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refusal {
    /// It did not arrive in time.
    #[error("the request did not arrive in time")]
    Late,
    /// Its head is too large.
    #[error("the head of the request is too large")]
    HeadTooLarge,
    /// Its body is too large.
    #[error("the body of the request is too large")]
    BodyTooLarge,
}

macro_rules! answer {
    ($status:literal) => {
        concat!(
            "HTTP/1.1 ",
            $status,
            "\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        )
    };
}

impl Refusal {
    /// Returns the answer to the request.
    pub(super) fn answer(self) -> &'static [u8] {
        let answer = match self {
            Self::Late => answer!("408 Request Timeout"),
            Self::HeadTooLarge => answer!("431 Request Header Fields Too Large"),
            Self::BodyTooLarge => answer!("413 Content Too Large"),
        };
        answer.as_bytes()
    }
}

impl From<Refusal> for io::Error {
    fn from(refusal: Refusal) -> Self {
        let kind = match refusal {
            Refusal::Late => io::ErrorKind::TimedOut,
            Refusal::HeadTooLarge | Refusal::BodyTooLarge => io::ErrorKind::InvalidData,
        };
        Self::new(kind, refusal)
    }
}
