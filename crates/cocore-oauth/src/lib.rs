//! Sign-in with the AT Protocol's OAuth: authorization code with PAR, PKCE and DPoP.
//!
//! A sign-in always starts from an account (a handle or a DID), never from a server, so that the account that
//! signs in can be compared with the account that was named. Of a sign-in nothing but the answer is kept: the tokens are
//! revoked as soon as it is known who signed in. A connection is a consent of its own, whose tokens are for
//! [`Sessions`].
//! Source: <https://atproto.com/specs/oauth>.

mod account;
mod client;
mod clock;
mod error;
mod issuer;
mod issuer_requests;
mod key;
mod nonces;
mod pending;
mod random;
mod refresh;
mod resource;
mod session_error;
mod session_store;
mod sessions;
mod settings;
mod sign_in;
mod store;
mod tokens;
mod turns;

pub use clock::Clock;
pub use error::{ErrorKind, SignInError};
pub use key::{InvalidJwk, SigningKey};
pub use random::RandomError;
pub use resource::{PdsAnswer, PdsCall, PdsInput};
pub use session_error::SessionError;
pub use session_store::{SessionStore, StoredSession};
pub use sessions::Sessions;
pub use settings::{Settings, SettingsError};
pub use sign_in::{AuthorizationRequest, Callback, SignIn, SignedIn};
pub use store::{OAuthStore, OAuthStoreError};
pub use tokens::SessionTokens;
