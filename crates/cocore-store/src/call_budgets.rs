//! The table `call_budgets`: what servers have taken of each budget, and what of that is spent.

use chrono::{DateTime, TimeDelta, Utc};
use cocore_keys::StoreError;
use diesel::prelude::*;

use crate::connection::AnyConnection;
use crate::schema::call_budgets;
use crate::store::Store;
use crate::time::millis;

/// For how long a server that holds a part of a budget may be silent: servers report three times as often.
const HEARTBEAT_TIMEOUT: TimeDelta = TimeDelta::seconds(60);
/// How long the rows of a period are kept after its beginning: a month is the longest.
const RETENTION: TimeDelta = TimeDelta::days(40);

/// A budget in one of its periods.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BudgetPeriod {
    /// The name of the budget.
    pub budget: String,
    /// Of what length the period is: `minute`, `day` or `month`.
    pub period: &'static str,
    /// When the period began.
    pub starts_at: DateTime<Utc>,
}

/// What servers have taken of a budget.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TakenBudget {
    /// How much.
    pub taken: u64,
    /// How much of it is spent.
    pub spent: u64,
    /// Whether a server that was heard of lately holds what is not spent.
    pub is_held: bool,
}

impl Store {
    /// Takes a part of a budget: `share` says how much, of what is left of the limit. Returns that, and what was taken
    /// before.
    ///
    /// # Errors
    /// The store is unavailable. Something may be taken then.
    pub async fn take_budget(
        &self,
        of: BudgetPeriod,
        limit: u64,
        share: impl Fn(u64) -> u64 + Send + 'static,
        now: DateTime<Utc>,
    ) -> Result<(u64, TakenBudget), StoreError> {
        self.write(move |connection| {
            let before = find(connection, &of, now)?;
            let share = share(limit.saturating_sub(before.taken));
            if share > 0 {
                add(connection, &of, signed(share), 0, now)?;
            }
            Ok((share, before))
        })
        .await
    }

    /// Returns what servers have taken of a budget.
    ///
    /// # Errors
    /// The store is unavailable.
    pub async fn taken_budget(
        &self,
        of: BudgetPeriod,
        now: DateTime<Utc>,
    ) -> Result<TakenBudget, StoreError> {
        self.read(move |connection| find(connection, &of, now))
            .await
    }
}

fn find(
    connection: &mut AnyConnection,
    of: &BudgetPeriod,
    now: DateTime<Utc>,
) -> QueryResult<TakenBudget> {
    let row: Option<(i64, i64, i64)> = call_budgets::table
        .find((&of.budget, of.period, millis(of.starts_at)))
        .select((
            call_budgets::taken,
            call_budgets::spent,
            call_budgets::reported_at,
        ))
        .first(connection)
        .optional()?;
    let count = |number: i64| u64::try_from(number).unwrap_or(0);
    Ok(
        row.map_or(TakenBudget::default(), |(taken, spent, reported_at)| {
            TakenBudget {
                taken: count(taken),
                spent: count(spent),
                is_held: taken > spent && reported_at > millis(now - HEARTBEAT_TIMEOUT),
            }
        }),
    )
}

/// Adds to what is taken and spent of a budget.
pub(crate) fn add(
    connection: &mut AnyConnection,
    of: &BudgetPeriod,
    taken: i64,
    spent: i64,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    let row = call_budgets::table.find((&of.budget, of.period, millis(of.starts_at)));
    let updated = diesel::update(row)
        .set((
            call_budgets::taken.eq(call_budgets::taken + taken),
            call_budgets::spent.eq(call_budgets::spent + spent),
            call_budgets::reported_at.eq(millis(now)),
        ))
        .execute(connection)?;
    if updated > 0 {
        return Ok(());
    }
    // One transaction at a time writes, so no other can insert the row in between.
    let row = (
        call_budgets::budget.eq(&of.budget),
        call_budgets::period.eq(of.period),
        call_budgets::starts_at.eq(millis(of.starts_at)),
        call_budgets::taken.eq(taken),
        call_budgets::spent.eq(spent),
        call_budgets::reported_at.eq(millis(now)),
    );
    diesel::insert_into(call_budgets::table)
        .values(row)
        .execute(connection)
        .map(drop)
}

pub(crate) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Removes the rows of minutes and of other periods that are over, and returns their number.
pub(crate) fn purge(connection: &mut AnyConnection, now: DateTime<Utc>) -> QueryResult<usize> {
    let minutes = call_budgets::table
        .filter(call_budgets::period.eq("minute"))
        .filter(call_budgets::starts_at.lt(millis(now - TimeDelta::minutes(10))));
    let minutes = diesel::delete(minutes).execute(connection)?;
    let old = call_budgets::starts_at.lt(millis(now - RETENTION));
    Ok(minutes + diesel::delete(call_budgets::table.filter(old)).execute(connection)?)
}
