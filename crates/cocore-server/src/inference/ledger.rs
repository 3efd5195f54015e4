//! The books of all servers are in the store.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use cocore_gateway::budget::{Account, Ask, Ledger, LedgerUnavailable, Settlement, Slice};
use cocore_keys::Clock;
use cocore_store::{BudgetPeriod, BudgetReport, Store};

/// The books of all servers.
pub(super) struct StoreLedger {
    pub(super) store: Store,
    pub(super) clock: Arc<dyn Clock>,
}

impl Ledger for StoreLedger {
    fn take(
        &self,
        ask: Ask,
    ) -> Pin<Box<dyn Future<Output = Result<Slice, LedgerUnavailable>> + Send>> {
        let (store, now) = (self.store.clone(), self.clock.now());
        Box::pin(async move {
            let of = budget_period(ask.account.clone());
            let limit = ask.limit;
            let share = move |left| ask.share_of(left);
            let (taken, before) =
                store
                    .take_budget(of, limit, share, now)
                    .await
                    .map_err(|error| {
                        tracing::warn!(%error, "a budget cannot be read now");
                        LedgerUnavailable
                    })?;
            Ok(Slice {
                taken,
                spent: before.spent,
                is_held: before.is_held,
            })
        })
    }
}

pub(super) fn budget_period(account: Account) -> BudgetPeriod {
    BudgetPeriod {
        budget: account.budget,
        period: account.period.as_str(),
        starts_at: account.starts_at,
    }
}

pub(super) fn budget_report(settlement: Settlement) -> BudgetReport {
    BudgetReport {
        of: budget_period(settlement.account),
        spent: settlement.spent,
        returned: settlement.returned,
        overspent: settlement.overspent,
    }
}
