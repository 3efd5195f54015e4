//! Diesel storage for API keys, sessions and encrypted values, on SQLite and, with the feature `postgres`,
//! on PostgreSQL. It sees no secret: a key is stored as its digest, and values arrive encrypted.

mod active_row;
mod api_keys;
mod blocking_worker;
mod connection;
mod copy;
mod database;
mod disk;
mod encrypted_values;
mod error;
mod key_store;
mod last_write;
mod lock;
mod migrate;
#[cfg(feature = "postgres")]
mod postgres;
mod purge;
mod readers;
mod readiness;
mod schema;
mod seen_tokens;
mod sessions;
mod sqlite;
mod store;
mod subscribers;
mod thread_group;
mod time;
mod transaction;
mod url;
mod write;
mod writer;

pub use copy::{Progress, copy};
pub use encrypted_values::OAUTH_TOKENS;
pub use error::InvalidUrl;
pub use lock::LockError;
pub use migrate::Migrated;
#[cfg(feature = "postgres")]
pub use postgres::PostgresUrl;
pub use readiness::Readiness;
pub use sessions::Session;
pub use store::Store;
pub use url::{DatabaseUrl, SqliteFile, create_data_dir};

// Nothing calls them: their features select how libpq is built, which Diesel calls.
#[cfg(feature = "postgres")]
use {openssl_sys as _, pq_sys as _};
