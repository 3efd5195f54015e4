//! Databases to measure with.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use cocore_keys::{
    Access, ActiveKey, Caller, CallerCredential, Clock, Creation, Event, EventKind, KeyName,
    KeyStore, Lineage, NewKey, Origin, Scopes, Secret, SystemClock,
};
use cocore_store::{DatabaseUrl, Store};
use lexicon_runtime::Did;
use tempfile::TempDir;
use uuid::Uuid;

use crate::failure::Result;

/// A well-formed key that does not exist.
pub(crate) const UNKNOWN: &str = "cocore-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// A database with some keys, ten an account.
pub(crate) struct Filled {
    pub(crate) url: String,
    /// A key of an account that has ten.
    pub(crate) key: String,
    _directory: TempDir,
}

impl Filled {
    pub(crate) fn new(keys: u64) -> Result<Self> {
        let directory = TempDir::new()?;
        let [own, served] = ["own.sqlite", "keys.sqlite"].map(|name| directory.path().join(name));
        let url = |file: &Path| format!("sqlite:{}", file.display());
        let store = Store::open(DatabaseUrl::parse(&url(&own))?, Arc::new(SystemClock));
        tokio::runtime::Runtime::new()?.block_on(fill(store, keys))?;
        // A process owns a file that it has opened for as long as it runs: the server gets a copy.
        fs::copy(&own, &served)?;
        fs::remove_file(own)?;
        Ok(Self {
            url: url(&served),
            key: secret(0).expose().to_owned(),
            _directory: directory,
        })
    }
}

/// Creates keys, many at once, and closes the store.
async fn fill(store: Store, keys: u64) -> Result<()> {
    let now = SystemClock.now();
    // The first operation creates the file.
    store.ping().await?;
    for first in (0..keys).step_by(512) {
        let create = |number| {
            let (store, new) = (store.clone(), creation(key(number, now)?));
            Ok(tokio::spawn(async move { store.key_create(new).await }))
        };
        let all: Result<Vec<_>> = (first..keys.min(first + 512)).map(create).collect();
        for one in all? {
            one.await??;
        }
    }
    store.close().await;
    Ok(())
}

pub(crate) fn secret(number: u64) -> Secret {
    let mut bytes = [7; 32];
    bytes[..8].copy_from_slice(&number.to_be_bytes());
    Secret::from_random(bytes)
}

/// A key of that number, one of the ten of its account.
pub(crate) fn key(number: u64, now: DateTime<Utc>) -> Result<NewKey> {
    let secret = secret(number);
    Ok(NewKey {
        active: ActiveKey {
            digest: secret.digest(),
            id: Uuid::now_v7().into(),
            // As long as a did:plc is.
            did: Arc::new(Did::parse(format!("did:plc:{:024}", number / 10))?),
            created_at: now,
            expires_at: None,
            last_used_at: None,
            access: access(number)?,
        },
        name: KeyName::parse(&format!("key {number}"))?,
        prefix: secret.prefix().to_owned(),
        note: None,
        lineage: Lineage::default(),
    })
}

/// Every second key may do everything, and the others have one of a thousand lists of scopes.
fn access(number: u64) -> Result<Access> {
    if number.is_multiple_of(2) {
        return Ok(Access::EVERYTHING);
    }
    let list = number / 2 % 1000;
    let scopes = Scopes::parse(&format!(
        "repo:com.example.collection{list} rpc:*?aud=did:web:host{list}.example%23service"
    ))?;
    Ok(Access::new(Some(scopes), None))
}

/// The creation of a key by the operator.
pub(crate) fn creation(key: NewKey) -> Creation {
    let caller = Caller {
        did: key.active.did.clone(),
        credential: CallerCredential::Operator,
        origin: Origin::default(),
    };
    let (id, at) = (key.active.id.to_string(), key.active.created_at);
    let name = Some(key.name.as_str());
    Creation {
        event: Event::new(&caller, EventKind::Created, &id, name, at),
        key,
        creator: None,
    }
}
