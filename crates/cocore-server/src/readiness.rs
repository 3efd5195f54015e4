//! Readiness: whether the server can verify and change keys. A background task probes the database; requests
//! read what it found, and cause no work of the database.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use cocore_keys::{Clock, Keys, Reason};
use cocore_store::{Readiness, Store};
use serde::{Serialize, Serializer};

/// After this time, a result of a probe no longer counts: the next probe hangs.
const MAX_AGE: Duration = Duration::from_secs(10);

/// Whether one thing works, or the reason why not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Check(pub Result<(), Reason>);

/// What works and what does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Whether keys can be verified.
    pub checks: Check,
    /// Whether keys can be created, revoked and deleted.
    pub changes: Check,
    /// Whether this server may verify keys in memory, if it shares its database with others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lease: Option<Check>,
    /// Whether the disk of the database has room, if this process can see the disk.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disk: Option<Check>,
    /// Whether the schema of the database is that of this program.
    pub schema: Check,
}

/// Probes the database, and reports what works.
pub struct ReadinessMonitor {
    store: Store,
    keys: Arc<Keys<Store>>,
    clock: Arc<dyn Clock>,
    /// What the last probe found, and when, on the steady clock.
    probed: Mutex<Option<(Duration, Readiness)>>,
}

impl ReadinessMonitor {
    /// Creates a monitor, which has probed nothing yet.
    pub fn new(store: Store, keys: Arc<Keys<Store>>, clock: Arc<dyn Clock>) -> Self {
        Self {
            store,
            keys,
            clock,
            probed: Mutex::default(),
        }
    }

    /// Probes the database. To be called again and again, one call at a time. Logs each change.
    pub async fn probe(&self) {
        let before = self.report();
        let found = self.store.probe(self.keys.is_current()).await;
        let at = self.clock.steady();
        *self.lock() = Some((at, found));
        log_change(&before, &self.report());
    }

    /// Returns how long ago the last probe ended. `None` before the first one.
    pub fn probed_ago(&self) -> Option<Duration> {
        let (at, _) = (*self.lock())?;
        Some(self.clock.steady().saturating_sub(at))
    }

    /// Returns what works now. It does no work of the database.
    pub fn report(&self) -> Report {
        let is_current = self.keys.is_current();
        let found = match *self.lock() {
            None => unknown(Reason::Starting),
            Some((at, _)) if self.clock.steady().saturating_sub(at) > MAX_AGE => {
                unknown(Reason::TimedOut)
            }
            Some((_, found)) => found,
        };
        let in_memory = |otherwise| if is_current { Ok(()) } else { otherwise };
        let lease = in_memory(Err(Reason::LeaseLost));
        Report {
            checks: Check(in_memory(found.queries)),
            changes: Check(found.changes),
            lease: self.store.is_shared().then_some(Check(lease)),
            disk: found.disk.map(Check),
            schema: Check(found.schema),
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<(Duration, Readiness)>> {
        self.probed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn unknown(reason: Reason) -> Readiness {
    Readiness {
        queries: Err(reason),
        changes: Err(reason),
        disk: None,
        schema: Ok(()),
    }
}

impl Report {
    /// Returns whether the server can do everything that clients ask for, or the reason why not. A schema
    /// that this program does not know counts: the server cannot start again on it.
    pub fn ready(&self) -> Result<(), Reason> {
        self.checks.0.and(self.changes.0).and(self.schema.0)
    }

    /// The parts by their names.
    pub(crate) fn parts(&self) -> impl Iterator<Item = (&'static str, Check)> {
        let Self {
            checks,
            changes,
            lease,
            disk,
            schema,
        } = *self;
        let parts = [
            ("checks", Some(checks)),
            ("changes", Some(changes)),
            ("lease", lease),
            ("disk", disk),
            ("schema", Some(schema)),
        ];
        parts
            .into_iter()
            .filter_map(|(name, check)| Some((name, check?)))
    }
}

/// Logs each part that works again, or no longer, or for another reason.
fn log_change(before: &Report, now: &Report) {
    for (name, Check(result)) in now.parts() {
        let earlier = before.parts().find(|(other, _)| *other == name);
        let earlier = earlier.map_or(Ok(()), |(_, Check(earlier))| earlier);
        match (earlier, result) {
            (Err(Reason::Starting), Ok(())) => {}
            (earlier, result) if earlier == result => {}
            (_, Ok(())) => tracing::info!(part = name, "ready again"),
            (_, Err(reason)) => tracing::warn!(part = name, %reason, "not ready"),
        }
    }
}

impl Serialize for Check {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;
        let length = 1 + usize::from(self.0.is_err());
        let mut check = serializer.serialize_struct("Check", length)?;
        check.serialize_field("ok", &self.0.is_ok())?;
        if let Err(reason) = self.0 {
            check.serialize_field("reason", &reason.to_string())?;
        }
        check.end()
    }
}
