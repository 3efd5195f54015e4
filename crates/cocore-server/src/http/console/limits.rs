//! The limits for calls of models, as pages show them, with what is spent of each.

use cocore_console::{BudgetRow, LimitHolder, LimitKind, Limits, LimitsOf};
use cocore_keys::{Key, Models, StoreError};
use cocore_store::StoredLimits;

use super::key_link::link;
use super::state::ConsoleState;
use crate::inference::{BudgetState, LimitKind as Kind};

/// Returns the limits that hold for the calls of an account, with one of its keys or without: those of this key first,
/// those of the account last.
pub(super) async fn limits(
    console: &ConsoleState,
    did: &str,
    key: Option<&str>,
    keys: &[Key],
) -> Result<Limits, StoreError> {
    let stored = console.readings.limits(did, key).await?;
    let budgets = console.readings.budgets(&stored).await?;
    let now = console.clock.now();
    let holder = |of: &StoredLimits| match &of.key_id {
        None => LimitHolder::Account,
        Some(id) if key == Some(id) => LimitHolder::ThisKey,
        Some(id) => LimitHolder::OtherKey(link(id, keys, now)),
    };
    let limits_of = |of: &StoredLimits| LimitsOf {
        holder: holder(of),
        budgets: budgets
            .iter()
            .filter(|budget| budget.key_id == of.key_id)
            .map(budget_row)
            .collect(),
        models: of.limits.models.as_ref().map(names),
    };
    let mut holders: Vec<_> = stored.iter().map(limits_of).collect();
    holders.sort_by_key(|of| match of.holder {
        LimitHolder::ThisKey => 0,
        LimitHolder::OtherKey(_) => 1,
        LimitHolder::Account => 2,
    });
    Ok(Limits { holders })
}

fn names(models: &Models) -> Vec<String> {
    models.names().to_vec()
}

fn budget_row(state: &BudgetState) -> BudgetRow {
    let taken = state.taken;
    BudgetRow {
        kind: match state.kind {
            Kind::TokensPerDay => LimitKind::TokensPerDay,
            Kind::TokensPerMonth => LimitKind::TokensPerMonth,
            Kind::RequestsPerMinute => LimitKind::CallsPerMinute,
        },
        limit: state.limit,
        spent: taken.spent,
        reserved: taken.taken.saturating_sub(taken.spent),
        renews_at: state.renews_at,
    }
}
