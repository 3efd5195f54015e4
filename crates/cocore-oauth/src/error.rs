//! What can go wrong, in words for the person who signs in.

use std::fmt;

/// Why nobody was signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignInError {
    /// There is no such handle or DID.
    Unknown(String),
    /// The person declined.
    Denied,
    /// It must not be accepted as it is; trying the same again will not help.
    Refused(String),
    /// Something that is needed did not answer; trying again later may help.
    Unavailable(String),
}

impl fmt::Display for SignInError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Denied => f.write_str("You declined the sign-in."),
            Self::Unknown(text) | Self::Refused(text) | Self::Unavailable(text) => {
                f.write_str(text)
            }
        }
    }
}

impl std::error::Error for SignInError {}

pub(crate) fn refused(text: impl Into<String>) -> SignInError {
    SignInError::Refused(text.into())
}

/// The system gives no random numbers, so there are neither keys nor signatures.
pub(crate) fn no_randomness() -> SignInError {
    SignInError::Unavailable("The server cannot make keys at the moment.".into())
}

/// Text of another server, short and without control characters.
pub(crate) fn quoted(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(200).collect()
}
