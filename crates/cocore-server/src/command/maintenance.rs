//! What a running server does from time to time.

use std::sync::Arc;
use std::time::Duration;

use cocore_keys::{Clock, Keys};
use cocore_store::Store;

use crate::rate_limits::RateLimits;
use crate::readiness::ReadinessMonitor;
use crate::seen_tokens::SeenTokens;
use crate::sessions::Sessions;
use crate::settings::EventRetention;

/// How often expired rows are removed from the store.
const PURGE_INTERVAL: Duration = Duration::from_secs(600);
/// How often old events are removed from the audit trail: it reads an index of all of them.
const EVENTS_INTERVAL: Duration = Duration::from_secs(60 * 60);
/// How long to wait between two probes of the database.
const PROBE_INTERVAL: Duration = Duration::from_secs(1);
/// How often those are forgotten who have reached no limit lately.
const RATE_INTERVAL: Duration = Duration::from_secs(60);
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

/// Forgets who has called and created nothing for a while, again and again.
pub(super) async fn purge_rate_limits(limits: RateLimits) {
    let mut interval = tokio::time::interval(RATE_INTERVAL);
    loop {
        interval.tick().await;
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

/// Removes old events from the audit trail, again and again.
pub(super) async fn purge_events(store: Store, clock: Arc<dyn Clock>, retention: EventRetention) {
    let first = tokio::time::Instant::now() + EVENTS_INTERVAL;
    let mut interval = tokio::time::interval_at(first, EVENTS_INTERVAL);
    loop {
        interval.tick().await;
        let before = clock.now() - retention.age;
        match store.purge_events(before, retention.max).await {
            Ok(rows) => tracing::debug!(rows, "removed old events"),
            Err(error) => tracing::warn!(%error, "old events cannot be removed now"),
        }
    }
}
