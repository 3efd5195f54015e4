//! Why an account cannot publish.

use thiserror::Error;

/// The variable with an app password.
pub(crate) const PASSWORD: &str = "LEXICON_PASSWORD";
/// The variable with an access token.
pub(crate) const TOKEN: &str = "LEXICON_TOKEN";

/// Why the account is not known, or not authenticated. The texts hold no secret.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AccountError {
    /// No account is given.
    #[error("the account is not known: give --account, or set LEXICON_ACCOUNT")]
    NoAccount,
    /// The text is neither a handle nor a DID.
    #[error("expected a handle or a DID as the account, found {0:?}")]
    InvalidAccount(String),
    /// There are no credentials.
    #[error(
        "there are no credentials: set {PASSWORD} (an app password) or {TOKEN}, or give --password-file or \
         --token-file"
    )]
    NoCredentials,
    /// There is more than one credential.
    #[error("expected one credential, found {0}")]
    SeveralCredentials(String),
    /// A credential is empty, or no text.
    #[error("{0}: expected a text that is not empty, on one line")]
    InvalidCredential(String),
}
