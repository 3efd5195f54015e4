//! The answers to requests that pass a limit of the connection.

use std::io;

/// The error of a request that is rejected before the application sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum RequestError {
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

impl RequestError {
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

impl From<RequestError> for io::Error {
    fn from(error: RequestError) -> Self {
        let kind = match error {
            RequestError::Late => io::ErrorKind::TimedOut,
            RequestError::HeadTooLarge | RequestError::BodyTooLarge => io::ErrorKind::InvalidData,
        };
        Self::new(kind, error)
    }
}
