//! The ledger of all servers, which is in the store.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use cocore_gateway::budget::{Account, Ledger, LedgerUnavailable, Settlement, Slice, SliceRequest};
use cocore_keys::Clock;
use cocore_store::{BudgetPeriod, BudgetReport, Store};

/// The ledger in the store.
pub(super) struct StoreLedger {
    pub(super) store: Store,
    pub(super) clock: Arc<dyn Clock>,
}

impl Ledger for StoreLedger {
    fn take(
        &self,
        request: SliceRequest,
    ) -> Pin<Box<dyn Future<Output = Result<Slice, LedgerUnavailable>> + Send>> {
        let (store, now) = (self.store.clone(), self.clock.now());
        Box::pin(async move {
            let of = budget_period(request.account.clone());
            let limit = request.limit;
            let share = move |left| request.share_of(left);
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
                taken_before: before.taken,
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
