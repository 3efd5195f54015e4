//! A batch of keys that is imported, and how it travels from the command line to a running server.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use cocore_keys::{Clock, Digest, InvalidName, KeyId, KeyName, StoreError, SystemClock};
use cocore_store::{ImportOutcome, ImportedKey, Store};
use lexicon_runtime::Did;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The most keys of a batch: as many as a request to the control socket may hold.
pub const BATCH_SIZE: usize = 500;

/// Keys that are imported in one transaction.
#[derive(Debug)]
pub struct ImportBatch {
    /// The keys.
    pub keys: Vec<ImportedKey>,
    /// Whether to change nothing, and to return what would be done.
    pub is_dry_run: bool,
}

impl ImportBatch {
    /// Imports the keys.
    ///
    /// # Errors
    /// The store is unavailable. Then nothing was imported.
    pub async fn run(self, store: &Store) -> Result<ImportAnswer, StoreError> {
        let outcomes = if self.is_dry_run {
            store.plan_import(self.keys).await?
        } else {
            store.import_keys(self.keys, SystemClock.now()).await?
        };
        Ok(ImportAnswer::from(outcomes))
    }
}

/// A batch as JSON.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ImportRequest {
    dry_run: bool,
    keys: Vec<KeyJson>,
}

/// A key as JSON. Times are in milliseconds since 1970.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct KeyJson {
    id: Option<String>,
    did: String,
    name: String,
    prefix: String,
    hash: [u8; 32],
    created_at: i64,
    expires_at: Option<i64>,
    revoked_at: Option<i64>,
    last_used_at: Option<i64>,
}

/// A batch that cannot be imported: this program has not written it.
#[derive(Debug, Error)]
pub enum InvalidBatch {
    /// A text has not its form.
    #[error("expected ids and DIDs")]
    Format,
    /// A name is invalid.
    #[error(transparent)]
    Name(#[from] InvalidName),
    /// A time is out of range.
    #[error("expected times in milliseconds")]
    Time,
}

impl From<&ImportBatch> for ImportRequest {
    fn from(batch: &ImportBatch) -> Self {
        let keys = batch.keys.iter().map(|key| KeyJson {
            id: key.id.map(|id| id.to_string()),
            did: key.did.to_string(),
            name: key.name.as_str().to_owned(),
            prefix: key.prefix.clone(),
            hash: *key.digest.as_bytes(),
            created_at: key.created_at.timestamp_millis(),
            expires_at: key.expires_at.map(|at| at.timestamp_millis()),
            revoked_at: key.revoked_at.map(|at| at.timestamp_millis()),
            last_used_at: key.last_used_at.map(|at| at.timestamp_millis()),
        });
        Self {
            dry_run: batch.is_dry_run,
            keys: keys.collect(),
        }
    }
}

impl ImportRequest {
    /// Reads the batch.
    ///
    /// # Errors
    /// A value is invalid.
    pub fn into_batch(self) -> Result<ImportBatch, InvalidBatch> {
        let keys = self.keys.into_iter().map(KeyJson::into_key);
        Ok(ImportBatch {
            keys: keys.collect::<Result<_, _>>()?,
            is_dry_run: self.dry_run,
        })
    }
}

impl KeyJson {
    fn into_key(self) -> Result<ImportedKey, InvalidBatch> {
        let id = self.id.as_deref().map(KeyId::parse).transpose();
        let did = Did::parse(self.did).map_err(|_| InvalidBatch::Format)?;
        Ok(ImportedKey {
            id: id.map_err(|_| InvalidBatch::Format)?,
            did: Arc::new(did),
            name: KeyName::parse(&self.name)?,
            prefix: self.prefix,
            digest: Digest::from_bytes(self.hash),
            created_at: time(self.created_at)?,
            expires_at: self.expires_at.map(time).transpose()?,
            revoked_at: self.revoked_at.map(time).transpose()?,
            last_used_at: self.last_used_at.map(time).transpose()?,
        })
    }
}

fn time(millis: i64) -> Result<DateTime<Utc>, InvalidBatch> {
    DateTime::from_timestamp_millis(millis).ok_or(InvalidBatch::Time)
}

/// What was done with each key of a batch, in its order.
#[derive(Debug, Deserialize, Serialize)]
pub struct ImportAnswer {
    outcomes: Vec<OutcomeJson>,
}

#[derive(Debug, Deserialize, Serialize)]
struct OutcomeJson(#[serde(with = "OutcomeForm")] ImportOutcome);

/// How an outcome is written.
#[derive(Deserialize, Serialize)]
#[serde(remote = "ImportOutcome", rename_all = "camelCase")]
enum OutcomeForm {
    Imported(String),
    Exists(String),
    Revoked(String),
    OtherAccount,
    Removed(String),
}

impl From<Vec<ImportOutcome>> for ImportAnswer {
    fn from(outcomes: Vec<ImportOutcome>) -> Self {
        Self {
            outcomes: outcomes.into_iter().map(OutcomeJson).collect(),
        }
    }
}

impl ImportAnswer {
    /// Returns the outcomes.
    pub fn into_outcomes(self) -> Vec<ImportOutcome> {
        let outcomes = self.outcomes.into_iter();
        outcomes.map(|OutcomeJson(outcome)| outcome).collect()
    }
}
