//! Diesel storage for API keys. It knows no HTTP and no secret: a key comes to it as its digest.

mod api_keys;
mod connections;
mod lock;
mod migrate;
mod schema;
mod sealed;
mod seen_tokens;
mod sessions;
mod store;
mod time;
mod url;
mod writer;

pub use lock::{LockError, OwnerLock, beside};
pub use migrate::Migrated;
pub use sealed::TOKENS;
pub use sessions::Session;
pub use store::Store;
pub use url::{DatabaseUrl, InvalidUrl, create_data_dir};
