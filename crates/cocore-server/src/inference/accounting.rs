//! What calls cost: reserved of budgets before, counted after, and written to the store in batches.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cocore_gateway::budget::{Budget, Period, Settlement};
use cocore_keys::{Clock, Random, StoreError};
use cocore_store::{CallsReport, Store, UsageCounts, UsageOf};
use tokio::sync::Mutex as AsyncMutex;

use super::ledger::{StoreLedger, budget_report};
use super::limits::HeldLimits;
use super::sums::Sums;
use crate::failure::Failure;
use crate::telemetry::InferenceMetrics;

/// How often what calls have cost is written. A crash loses what was not written; it counts as spent of budgets.
const WRITE_INTERVAL: Duration = Duration::from_secs(1);

/// How many rows of usage, and how many of budgets, are written at once, so that other writes get their turn in between.
const BATCH: usize = 500;

/// What calls cost, in memory and in the store.
pub struct Accounting {
    store: Store,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) limits: Arc<HeldLimits>,
    pub(super) metrics: Arc<InferenceMetrics>,
    ledger: Arc<StoreLedger>,
    budgets: Mutex<HashMap<(String, Period), Arc<Budget>>>,
    sums: Sums,
    reports: AsyncMutex<Reports>,
}

/// The reports of this process.
struct Reports {
    process: String,
    number: i64,
    /// What budgets have to report, and is in no report yet.
    settlements: Vec<Settlement>,
    /// The one that is not known to be written.
    open: Option<Arc<CallsReport>>,
}

impl Accounting {
    /// Nothing is reserved or counted yet.
    ///
    /// # Errors
    /// There is no randomness.
    pub fn new(
        store: Store,
        clock: Arc<dyn Clock>,
        random: &Arc<dyn Random>,
        metrics: Arc<InferenceMetrics>,
    ) -> Result<Self, Failure> {
        let mut process = [0; 16];
        random.fill(&mut process).map_err(Failure::new)?;
        Ok(Self {
            limits: Arc::new(HeldLimits::new(store.clone(), clock.clone())),
            ledger: Arc::new(StoreLedger {
                store: store.clone(),
                clock: clock.clone(),
            }),
            budgets: Mutex::default(),
            sums: Sums::default(),
            reports: AsyncMutex::new(Reports {
                process: format!("{:032x}", u128::from_be_bytes(process)),
                number: 0,
                settlements: Vec::new(),
                open: None,
            }),
            store,
            clock,
            metrics,
        })
    }

    /// The limits of callers.
    pub fn limits(&self) -> &Arc<HeldLimits> {
        &self.limits
    }

    /// The metrics.
    pub fn metrics(&self) -> &InferenceMetrics {
        &self.metrics
    }

    /// Returns a budget.
    pub(super) fn budget(&self, name: &str, period: Period) -> Arc<Budget> {
        let mut budgets = self.budgets();
        let id = (name.to_owned(), period);
        let new = || Arc::new(Budget::new(name.to_owned(), period, self.ledger.clone()));
        budgets.entry(id).or_insert_with(new).clone()
    }

    /// Counts a call.
    pub(super) fn count(&self, of: UsageOf, counts: &UsageCounts) {
        self.sums.add(of, counts);
    }

    /// Returns how many sums wait to be written, and how many calls were lost.
    pub fn waiting(&self) -> (usize, u64) {
        self.sums.waiting()
    }

    /// Writes what calls have cost, again and again.
    pub async fn write_periodically(self: Arc<Self>) {
        let mut interval = tokio::time::interval(WRITE_INTERVAL);
        loop {
            interval.tick().await;
            if let Err(error) = self.write(false).await {
                tracing::warn!(%error, "what calls have cost cannot be written now");
            }
        }
    }

    /// Writes what calls have cost until now, and gives back what is not used of budgets; all of it, if the server stops.
    ///
    /// # Errors
    /// The store is unavailable. Nothing is lost.
    pub async fn write(&self, is_stopping: bool) -> Result<(), StoreError> {
        let mut reports = self.reports.lock().await;
        let settlements = self.settlements(is_stopping);
        reports.settlements.extend(settlements);
        // What calls cost meanwhile is for the next time: under load there is always more.
        let mut left = if is_stopping {
            usize::MAX
        } else {
            self.sums.waiting().0
        };
        loop {
            if let Some(open) = reports.open.clone() {
                // The same report is written once, however often it is sent.
                self.store.report_calls(open, self.clock.now()).await?;
                reports.open = None;
            }
            let count = reports.settlements.len().min(BATCH);
            let budgets: Vec<_> = reports.settlements.drain(..count).collect();
            let usage = self.sums.take(left.min(BATCH));
            left = left.saturating_sub(usage.len());
            if usage.is_empty() && budgets.is_empty() {
                return Ok(());
            }
            reports.number += 1;
            reports.open = Some(Arc::new(CallsReport {
                process: reports.process.clone(),
                number: reports.number,
                usage,
                budgets: budgets.into_iter().map(budget_report).collect(),
            }));
        }
    }

    /// Returns what is to be reported of all budgets, and forgets those of which there is nothing.
    fn settlements(&self, is_stopping: bool) -> Vec<Settlement> {
        let now = self.clock.now();
        let mut settlements = Vec::new();
        self.budgets().retain(|_, budget| {
            settlements.extend(budget.report(now, is_stopping));
            // A call that holds it is about to reserve some of it, or has.
            Arc::strong_count(budget) > 1 || !budget.is_idle()
        });
        settlements
    }

    fn budgets(&self) -> MutexGuard<'_, HashMap<(String, Period), Arc<Budget>>> {
        // Every change of it is whole.
        self.budgets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use cocore_keys::{SystemClock, SystemRandom};
    use cocore_store::DatabaseUrl;
    use tempfile::TempDir;
    use tokio::task::yield_now;
    use tokio::time::timeout;

    use super::*;
    use crate::inference::hour;

    fn count_a_call(accounting: &Accounting) {
        let of = UsageOf {
            did: "did:web:alice.example".to_owned(),
            key_id: None,
            hour: hour(accounting.clock.now()),
            model: "tiny".to_owned(),
            upstream: "local".to_owned(),
        };
        let one = UsageCounts {
            calls: 1,
            ..UsageCounts::default()
        };
        accounting.count(of, &one);
    }

    #[actix_web::test]
    async fn under_load_one_report_is_written_at_a_time() {
        let directory = TempDir::new().unwrap();
        let url = format!("sqlite:{}", directory.path().join("keys.sqlite").display());
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let store = Store::open(DatabaseUrl::parse(&url).unwrap(), clock.clone());
        let random: Arc<dyn Random> = Arc::new(SystemRandom);
        let metrics = Arc::new(InferenceMetrics::default());
        let accounting = Accounting::new(store, clock, &random, metrics).unwrap();
        count_a_call(&accounting);
        let load = async {
            loop {
                count_a_call(&accounting);
                yield_now().await;
            }
        };
        let written = async {
            tokio::select! {
                written = accounting.write(false) => written.unwrap(),
                () = load => {}
            }
        };
        timeout(Duration::from_secs(20), written).await.unwrap();
        assert_eq!(accounting.reports.lock().await.number, 1);
    }
}
