//! Service-auth tokens of the AT Protocol: verification against the issuer's signing key, and a cache of
//! those keys. It knows nothing of API keys, of the store, and of the server's framework.
//! Source: <https://atproto.com/specs/xrpc#inter-service-authentication-jwt>.

mod clock;
mod error;
mod key_resolver;
mod service_auth;
mod token;

pub use clock::Clock;
pub use error::ServiceAuthError;
pub use key_resolver::{KeyResolver, Limits, LookupCounts};
pub use service_auth::{Caller, Policy, ServiceAuth, Target};
