//! Diesel storage for API keys, sessions, login links and encrypted values, on SQLite and PostgreSQL. It sees no
//! secret: a key is stored as its digest, and values arrive encrypted.

mod active_row;
mod backup;
mod call_budgets;
mod call_limits;
mod call_reports;
mod call_usage;
mod cascade;
mod connection;
mod copy;
mod creations;
mod database;
mod diagnosis;
mod disk;
mod encrypted_values;
mod error;
mod import;
mod key_answers;
mod key_events;
mod key_lineage;
mod key_pages;
mod key_store;
mod key_transaction;
mod keys;
mod last_write;
mod lock;
mod login_links;
mod migrate;
mod older_store;
mod postgres;
mod proxy_sessions;
mod purge;
mod readers;
mod readiness;
mod schema;
mod seen_tokens;
mod sessions;
mod sqlite;
mod statistics;
mod store;
mod subscribers;
mod thread_group;
mod time;
mod transaction;
mod url;
mod write;
mod writer;

pub use backup::{
    BackupContents, BackupError, ChangedKeys, ChangesSince, RestoreOptions, Restored, backup,
    restore,
};
pub use call_budgets::{BudgetPeriod, TakenBudget};
pub use call_limits::StoredLimits;
pub use call_reports::{BudgetReport, CallsReport};
pub use call_usage::{UsageCounts, UsageOf, UsageSum};
pub use copy::{Progress, copy};
pub use diagnosis::{Diagnosis, EncryptedValue, PostgresDiagnosis, ServersFound, diagnose};
pub use error::InvalidUrl;
pub use import::{ImportOutcome, ImportedKey, plan_into_empty};
pub use lock::LockError;
pub use migrate::Migrated;
pub use older_store::{OlderRow, OlderStore, OlderStoreError};
pub use postgres::PostgresUrl;
pub use proxy_sessions::ProxySession;
pub use readiness::Readiness;
pub use sessions::Session;
pub use statistics::{QueueStatistics, StoreStatistics};
pub use store::Store;
pub use url::{DatabaseUrl, SqliteFile, create_data_dir};
