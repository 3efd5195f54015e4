//! API keys: their form, their digest, the set of live keys in memory, and the service that creates,
//! verifies, lists, revokes and deletes them. Does no I/O: the store, the clock and the randomness are
//! handed in.

mod access;
mod call_limits;
mod caller;
mod change;
mod checks;
mod clock;
mod error;
mod event;
mod expiry;
mod filter;
mod id;
mod idempotency;
mod key;
pub mod lease;
mod live;
mod models;
mod name;
mod quota;
mod random;
pub mod scope;
mod secret;
mod service;
mod store;
mod transaction;

pub use access::{Access, Grant, TooWide};
pub use call_limits::{CallLimits, MAX_LIMIT};
pub use caller::{Caller, CallerCredential, Origin};
pub use change::Change;
pub use checks::CheckCounts;
pub use clock::{Clock, SystemClock};
pub use error::{Reason, StoreError};
pub use event::{Event, EventCredential, EventKind, StoredEvent};
pub use expiry::{InvalidExpiry, parse_expiry};
pub use filter::{KeyFilter, KeyPosition};
pub use id::{InvalidKeyId, KeyId};
pub use idempotency::{ANSWER_RETENTION, Repeatable, Seal, StoredAnswer};
pub use key::{ActiveKey, Key, KeyStatus, KeyUse, Lineage, NewKey, StoredKey, VerifiedKey};
pub use live::{EXPIRED_RETENTION, LiveKeys, LiveKeysWriter};
pub use models::{InvalidModels, MAX_MODELS, Models};
pub use name::{InvalidName, InvalidNote, KeyName, KeyNote};
pub use quota::{KeyCounts, Quota};
pub use random::{Random, SystemRandom};
pub use scope::{InvalidScope, Permission, RepoAction, Scopes};
pub use secret::{Digest, KEY_PREFIX, Secret};
pub use service::{CreateRequest, Created, KeyError, KeyUpdate, Keys, MAX_GRACE};
pub use store::{Creation, Creator, KeyStore};
pub use transaction::{KeyTransaction, RevokedKey, TransactionFailed};
