//! Diesel storage for API keys, on SQLite and, with the feature `postgres`, on PostgreSQL. It knows no
//! HTTP and no secret: a key comes to it as its digest.

mod api_keys;
mod blocking_worker;
mod connection;
mod copy;
mod database;
mod encrypted_values;
mod lock;
mod migrate;
#[cfg(feature = "postgres")]
mod postgres;
mod readers;
mod schema;
mod seen_tokens;
mod sessions;
mod sqlite;
mod store;
mod thread_group;
mod time;
mod transaction;
mod url;
mod writer;

pub use copy::{Progress, copy};
pub use encrypted_values::OAUTH_TOKENS;
pub use lock::{LockError, OwnerLock};
pub use migrate::Migrated;
#[cfg(feature = "postgres")]
pub use postgres::PostgresUrl;
pub use sessions::Session;
pub use store::Store;
pub use url::{DatabaseUrl, InvalidUrl, SqliteFile, create_data_dir};

// Nothing is called of them: they say how libpq, which Diesel calls, is built.
#[cfg(feature = "postgres")]
use {openssl_sys as _, pq_sys as _};
