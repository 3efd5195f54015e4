//! The sets of live keys that follow the store.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use cocore_keys::{EXPIRED_RETENTION, LiveKeys, LiveKeysWriter, StoreError};
use diesel::connection::SimpleConnection;

use crate::connection::AnyConnection;
use crate::database::Database;
use crate::error::{Cause, unavailable};
use crate::keys;
use crate::sqlite::cache_size;
use crate::write::Write;

/// The sets of live keys that have to reflect a change before it is answered.
pub(crate) enum Subscribers {
    /// The set of this process, if it has one: no other process writes to the database.
    Local(Option<LiveKeysWriter>),
    /// The set of each server of the database.
    Cluster(crate::postgres::LeaseCoordinator),
}

impl Subscribers {
    /// Publishes the changes of a committed batch, and answers it.
    pub(crate) fn publish(&mut self, epoch: u64, batch: Vec<Box<dyn Write>>, database: &Database) {
        match self {
            Self::Local(writer) => {
                if let Some(writer) = writer {
                    let changes = batch.iter().flat_map(|write| write.effect().changes());
                    changes.for_each(|change| writer.apply(change));
                }
                batch.into_iter().for_each(|write| write.answer(Ok(())));
            }
            Self::Cluster(coordinator) => {
                coordinator.committed(epoch, database.clock.steady(), batch);
            }
        }
    }

    /// Loads all live keys into a set of this process, and keeps it current from then on. The caller
    /// writes nothing meanwhile, so the keys do not change while they are read. A connection that is opened
    /// for it stays open: with the last one, SQLite removes the log that others have to find in its place.
    pub(crate) fn subscribe(
        &mut self,
        live: &Arc<LiveKeys>,
        connection: &mut Option<AnyConnection>,
        database: &Database,
    ) -> Result<(), StoreError> {
        match self {
            Self::Local(subscriber) => {
                let mut writer = LiveKeysWriter::new(live).ok_or(Cause::Subscribed)?;
                let open = match connection {
                    Some(open) => open,
                    none => none.insert(database.connect()?),
                };
                let since = database.clock.now() - EXPIRED_RETENTION;
                // A table that is read once, from its beginning to its end, needs no cache.
                open.batch_execute("PRAGMA cache_size = -512")
                    .map_err(unavailable)?;
                let loaded = keys::load(open, since, |key| writer.set(&key));
                let restored = open.batch_execute(&cache_size());
                loaded.and(restored).map_err(unavailable)?;
                writer.trust();
                *subscriber = Some(writer);
                Ok(())
            }
            Self::Cluster(_) => Err(Cause::Subscribed.into()),
        }
    }

    /// Removes the keys that expired before a time from the set of this process, and returns their number.
    pub(crate) fn evict_expired(&mut self, before: DateTime<Utc>) -> usize {
        match self {
            Self::Local(Some(writer)) => writer.evict_expired(before),
            Self::Local(None) => 0,
            Self::Cluster(_) => 0,
        }
    }
}
