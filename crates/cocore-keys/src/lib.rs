//! API keys: their form, their digest, and the one service that mints, checks, revokes and deletes
//! them. No I/O: the store, the clock and the randomness are handed in.

mod expiry;
mod id;
mod key;
pub mod lease;
mod live;
mod name;
mod ports;
mod secret;
mod service;

pub use expiry::{InvalidExpiry, parse_expiry};
pub use key::{Key, NewKey, Use};
pub use live::{Change, KEPT_EXPIRED, LiveKeys};
pub use name::{InvalidName, KeyName};
pub use ports::{Clock, KeyStore, Random, StoreError, SystemClock, SystemRandom};
pub use secret::{Digest, Secret};
pub use service::{CreateError, Keys, VerifiedKey};
