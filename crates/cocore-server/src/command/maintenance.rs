//! What a running server does from time to time.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use cocore_keys::{Clock, Keys, StoreError};
use cocore_store::Store;

use crate::inference::HeldLimits;
use crate::rate_limits::RateLimits;
use crate::readiness::ReadinessMonitor;
use crate::seen_tokens::SeenTokens;
use crate::sessions::Sessions;
use crate::settings::EventRetention;

/// How often expired rows are removed from the store.
const PURGE_INTERVAL: Duration = Duration::from_secs(600);
/// How often old events are removed from the audit trail: it reads an index of all of them.
const EVENTS_INTERVAL: Duration = Duration::from_secs(60 * 60);
/// How long is kept what calls of models have cost: a year, and the month before it.
const USAGE_RETENTION: TimeDelta = TimeDelta::days(400);
/// How long to wait between two probes of the database.
const PROBE_INTERVAL: Duration = Duration::from_secs(1);
/// How often callers are forgotten that have not called lately.
const CALLERS_INTERVAL: Duration = Duration::from_secs(60);
/// How often the last uses of keys are written to the store.
const LAST_USE_INTERVAL: Duration = Duration::from_secs(60);

/// Keeps the readiness of the server up to date.
pub(super) async fn probe(readiness: Arc<ReadinessMonitor>) {
    loop {
        readiness.probe().await;
        tokio::time::sleep(PROBE_INTERVAL).await;
    }
}

/// Writes the last uses of keys, again and again.
pub(super) async fn write_last_uses(keys: Arc<Keys<Store>>) {
    let mut interval = tokio::time::interval(LAST_USE_INTERVAL);
    loop {
        interval.tick().await;
        if let Err(error) = keys.write_uses().await {
            tracing::warn!(%error, "the last uses of keys cannot be written now");
        }
    }
}

/// Forgets callers that have called and created nothing for a while, again and again.
pub(super) async fn purge_callers(rates: RateLimits, limits: Arc<HeldLimits>) {
    let mut interval = tokio::time::interval(CALLERS_INTERVAL);
    loop {
        interval.tick().await;
        rates.purge();
        limits.purge();
    }
}

/// Removes expired keys from memory and expired rows from the store, again and again.
pub(super) async fn purge(sessions: Sessions, keys: Arc<Keys<Store>>) {
    let mut interval = tokio::time::interval(PURGE_INTERVAL);
    loop {
        interval.tick().await;
        match keys.evict_expired().await {
            Ok(keys) => tracing::debug!(keys, "removed expired keys from memory"),
            Err(error) => tracing::warn!(%error, "expired keys cannot be removed from memory now"),
        }
        match sessions.purge().await {
            Ok(rows) => tracing::debug!(rows, "removed expired rows"),
            Err(error) => tracing::warn!(%error, "expired rows cannot be removed now"),
        }
    }
}

/// Removes used service-auth tokens from the store, again and again.
pub(super) async fn purge_seen_tokens(mut tokens: SeenTokens) {
    let mut interval = tokio::time::interval(PURGE_INTERVAL);
    loop {
        interval.tick().await;
        match tokens.purge().await {
            Ok(rows) => tracing::debug!(rows, "removed expired tokens"),
            Err(error) => tracing::warn!(%error, "expired tokens cannot be removed now"),
        }
    }
}

/// Removes old events from the audit trail, and old usage, again and again.
pub(super) async fn purge_events(store: Store, clock: Arc<dyn Clock>, retention: EventRetention) {
    let first = tokio::time::Instant::now() + EVENTS_INTERVAL;
    let mut interval = tokio::time::interval_at(first, EVENTS_INTERVAL);
    loop {
        interval.tick().await;
        match store.purge_usage(clock.now() - USAGE_RETENTION).await {
            Ok(rows) => tracing::debug!(rows, "removed old usage"),
            Err(error) => tracing::warn!(%error, "old usage cannot be removed now"),
        }
        let before = clock.now() - retention.age;
        match remove_events(&store, before, retention.max).await {
            Ok(rows) => tracing::debug!(rows, "removed old events"),
            Err(error) => tracing::warn!(%error, "old events cannot be removed now"),
        }
    }
}

/// Removes all events that are too old or too many, and returns their number: in steps, so that other writes get their
/// turn in between.
async fn remove_events(
    store: &Store,
    before: DateTime<Utc>,
    max: u32,
) -> Result<usize, StoreError> {
    let mut removed = 0;
    loop {
        match store.purge_events(before, max).await? {
            0 => return Ok(removed),
            rows => removed += rows,
        }
    }
}

#[cfg(test)]
mod tests {
    use cocore_keys::{
        Caller, CallerCredential, CreateRequest, KeyName, Origin, SystemClock, SystemRandom,
    };
    use cocore_store::DatabaseUrl;
    use tempfile::TempDir;

    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn no_old_event_waits_for_the_next_time() {
        let dir = TempDir::new().unwrap();
        let url = format!("sqlite:{}", dir.path().join("keys.sqlite").display());
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let store = Store::open(DatabaseUrl::parse(&url).unwrap(), clock.clone());
        let keys = Keys::new(store.clone(), clock, Arc::new(SystemRandom));
        // The store removes events of 100 accounts at a time.
        for account in 0..101 {
            let caller = Caller {
                did: Arc::new(format!("did:web:a{account}.example").parse().unwrap()),
                credential: CallerCredential::Operator,
                origin: Origin::default(),
            };
            let request = CreateRequest::named(KeyName::parse("n").unwrap());
            keys.create(&caller, request, None).await.unwrap();
        }
        let long_ago = DateTime::UNIX_EPOCH;
        assert_eq!(remove_events(&store, long_ago, 0).await.unwrap(), 101);
        store.close().await;
    }
}
