//! The metrics as they are now: what a server has counted, and the state of its parts.

use std::sync::Arc;
use std::time::Duration;

use cocore_keys::Keys;
use cocore_store::{Store, StoreStatistics};
use prometheus::TextEncoder;
use prometheus::proto::MetricFamily;

use super::families::{Label, counter, gauge};
use super::requests::RequestMetrics;
use crate::authentication::Authenticator;
use crate::connections::registry::Registry;
use crate::inference::Accounting;
use crate::readiness::{Check, ReadinessMonitor};
use crate::sessions::Sessions;

/// How long the number of sessions may take, for which the database is asked.
const SESSIONS_TIMEOUT: Duration = Duration::from_secs(1);

const NO_LABELS: [Label<'static>; 0] = [];

/// The parts of a server whose state the metrics show.
#[derive(Clone)]
pub struct Sources {
    /// The key service.
    pub keys: Arc<Keys<Store>>,
    /// The database.
    pub store: Store,
    /// What works.
    pub readiness: Arc<ReadinessMonitor>,
    /// Looks up the issuers of tokens.
    pub authenticator: Arc<Authenticator>,
    /// The sessions of the console.
    pub sessions: Sessions,
    /// The calls of models.
    pub accounting: Arc<Accounting>,
    /// The connections of clients.
    pub connections: Arc<Registry>,
}

/// Collects the metrics of a server.
#[derive(Clone)]
pub struct Scrape {
    /// The requests of clients.
    pub requests: RequestMetrics,
    /// Everything else.
    pub sources: Sources,
}

impl Scrape {
    /// Returns the metrics in the text format of Prometheus, version 0.0.4. The only query is for the number of
    /// sessions, which is left out if the database does not answer within a second.
    ///
    /// # Errors
    /// A metric has no name, which no test would pass.
    pub async fn text(&self) -> prometheus::Result<String> {
        let Self { requests, sources } = self;
        let mut families = vec![
            gauge(
                "cocore_build_info",
                "1, with the version of the server.",
                [([("version", env!("CARGO_PKG_VERSION"))], 1.0)],
            ),
            sources.ready(),
        ];
        families.extend(requests.collect());
        families.extend(sources.keys());
        families.extend(sources.database());
        families.extend(sources.lookups());
        families.extend(sources.sessions().await);
        let accounting = &sources.accounting;
        families.extend(accounting.metrics().collect(accounting.waiting()));
        families.extend(sources.connections());
        families.push(self.rejections());
        families.retain(|family| !family.get_metric().is_empty());
        TextEncoder::new().encode_to_string(&families)
    }

    fn rejections(&self) -> MetricFamily {
        let Self { requests, sources } = self;
        let queues = sources.store.statistics().queues;
        let of_queues = queues.iter().map(|queue| {
            let limit = match queue.name {
                "writes" => "queued_writes",
                "queries" => "queued_queries",
                _ => "queued_changes",
            };
            (limit, queue.rejected)
        });
        let of_connections = sources.connections.rejections();
        let all = of_connections.chain(requests.rejections()).chain(of_queues);
        counter(
            "cocore_rejections_total",
            "What was rejected or cut off, by the limit that was passed.",
            all.map(|(limit, count)| ([("limit", limit)], count as f64)),
        )
    }
}

impl Sources {
    fn ready(&self) -> MetricFamily {
        let report = self.readiness.report();
        let parts = report.parts().map(|(name, Check(result))| {
            let value = if result.is_ok() { 1.0 } else { 0.0 };
            ([("part", name)], value)
        });
        gauge(
            "cocore_ready",
            "1 while a part of the server works: see /readyz.",
            parts,
        )
    }

    fn keys(&self) -> Vec<MetricFamily> {
        let keys = &self.keys;
        let counts = keys.check_counts();
        let outcomes = [
            ("active", counts.active),
            ("inactive", counts.inactive),
            ("malformed", counts.malformed),
            ("unavailable", counts.unavailable),
        ];
        let in_memory = if keys.is_current() { 1.0 } else { 0.0 };
        // Without a limit there is no lease: this server alone changes the database.
        let lease = keys.current_for().filter(|_| self.store.is_shared());
        vec![
            counter(
                "cocore_key_checks_total",
                "Credentials of the form of a key that were checked, by outcome.",
                outcomes.map(|(outcome, count)| ([("outcome", outcome)], count as f64)),
            ),
            counter(
                "cocore_key_lookups_total",
                "Keys that were looked up in the database, since they could not be checked in memory.",
                [(NO_LABELS, counts.looked_up as f64)],
            ),
            gauge(
                "cocore_live_keys",
                "Keys in memory: live, or expired for less than a day.",
                [(NO_LABELS, keys.count_in_memory() as f64)],
            ),
            gauge(
                "cocore_keys_in_memory",
                "1 while keys are checked in memory, 0 while each is looked up.",
                [(NO_LABELS, in_memory)],
            ),
            gauge(
                "cocore_lease_remaining_seconds",
                "The rest of this server's lease, 0 without one. Only on PostgreSQL.",
                lease.map(|left| (NO_LABELS, left.as_secs_f64())),
            ),
        ]
    }

    fn database(&self) -> Vec<MetricFamily> {
        let StoreStatistics {
            committed_batches,
            failed_batches,
            writes,
            syncs,
            writer_busy,
            queues,
            ..
        } = self.store.statistics();
        let batches = [("committed", committed_batches), ("failed", failed_batches)];
        vec![
            counter(
                "cocore_writer_batches_total",
                "Transactions of the writer, by outcome.",
                batches.map(|(outcome, count)| ([("outcome", outcome)], count as f64)),
            ),
            counter(
                "cocore_writer_writes_total",
                "Writes in committed transactions.",
                [(NO_LABELS, writes as f64)],
            ),
            counter(
                "cocore_writer_syncs_total",
                "Syncs of the SQLite file and its log. Not on PostgreSQL.",
                syncs.map(|syncs| (NO_LABELS, syncs as f64)),
            ),
            counter(
                "cocore_writer_busy_seconds_total",
                "The time that the writer has spent on transactions.",
                [(NO_LABELS, writer_busy.as_secs_f64())],
            ),
            gauge(
                "cocore_queue_depth",
                "Operations that wait for a thread of the store.",
                queues
                    .iter()
                    .map(|queue| ([("queue", queue.name)], queue.depth as f64)),
            ),
            gauge(
                "cocore_queue_capacity",
                "Operations that may wait: further ones are rejected.",
                queues
                    .iter()
                    .map(|queue| ([("queue", queue.name)], queue.capacity as f64)),
            ),
        ]
    }

    fn lookups(&self) -> Option<MetricFamily> {
        let counts = self.authenticator.service_auth.as_ref()?.lookup_counts();
        let outcomes = [
            ("found", counts.found),
            ("missing", counts.missing),
            ("failed", counts.failed),
            ("busy", counts.busy),
        ];
        Some(counter(
            "cocore_identity_lookups_total",
            "Look-ups of the DID documents of token issuers, by outcome.",
            outcomes.map(|(outcome, count)| ([("outcome", outcome)], count as f64)),
        ))
    }

    async fn sessions(&self) -> Option<MetricFamily> {
        let count = tokio::time::timeout(SESSIONS_TIMEOUT, self.sessions.count()).await;
        let count = count.ok()?.ok()?;
        Some(gauge(
            "cocore_sessions",
            "Sessions of the console that have not expired, on all servers of the database.",
            [(NO_LABELS, count as f64)],
        ))
    }

    fn connections(&self) -> Vec<MetricFamily> {
        let (open, capacity) = (self.connections.count(), self.connections.capacity());
        vec![
            gauge(
                "cocore_connections",
                "Open connections of clients.",
                [(NO_LABELS, open as f64)],
            ),
            gauge(
                "cocore_connections_limit",
                "Connections that may be open.",
                [(NO_LABELS, capacity as f64)],
            ),
        ]
    }
}
