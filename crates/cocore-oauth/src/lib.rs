//! Sign-in with the AT Protocol's OAuth: authorization code with PAR, PKCE and DPoP.
//!
//! A sign-in always starts from an account (a handle or a DID), never from a server, so that the account that
//! signs in can be compared with the account that was named. Nothing but the answer is kept: the tokens are
//! revoked as soon as it is known who signed in.
//! Source: <https://atproto.com/specs/oauth>.

mod account;
mod client;
mod clock;
mod error;
mod issuer;
mod issuer_requests;
mod key;
mod pending;
mod random;
mod settings;
mod sign_in;
mod store;

pub use clock::Clock;
pub use error::{ErrorKind, SignInError};
pub use key::{InvalidJwk, SigningKey};
pub use random::RandomError;
pub use settings::{Settings, SettingsError};
pub use sign_in::{AuthorizationRequest, Callback, SignIn, SignedIn};
pub use store::{OAuthStore, OAuthStoreError};
