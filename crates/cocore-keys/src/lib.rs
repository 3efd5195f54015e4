//! API keys: their form, their digest, the set of live keys in memory, and the service that creates,
//! verifies, lists, revokes and deletes them. Does no I/O: the store, the clock and the randomness are
//! handed in.

mod change;
mod checks;
mod clock;
mod error;
mod expiry;
mod id;
mod key;
pub mod lease;
mod live;
mod name;
mod random;
pub mod scope;
mod secret;
mod service;
mod store;

pub use change::Change;
pub use checks::CheckCounts;
pub use clock::{Clock, SystemClock};
pub use error::{Reason, StoreError};
pub use expiry::{InvalidExpiry, parse_expiry};
pub use id::{InvalidKeyId, KeyId};
pub use key::{ActiveKey, Key, KeyUse, NewKey, StoredKey, VerifiedKey};
pub use live::{EXPIRED_RETENTION, LiveKeys, LiveKeysWriter};
pub use name::{InvalidName, KeyName};
pub use random::{Random, SystemRandom};
pub use scope::{InvalidScope, Permission, RepoAction, Scopes};
pub use secret::{Digest, KEY_PREFIX, Secret};
pub use service::{CreateError, Keys};
pub use store::KeyStore;
