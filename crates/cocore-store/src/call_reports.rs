//! The table `call_reports`: what processes have reported of calls, each report once.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use cocore_keys::StoreError;
use diesel::prelude::*;

use crate::call_budgets::{self, BudgetPeriod, signed};
use crate::call_usage::{self, UsageCounts, UsageOf};
use crate::connection::AnyConnection;
use crate::schema::call_reports;
use crate::store::Store;
use crate::time::millis;

/// How long the row of a process is kept after its last report: no report is repeated so late.
const RETENTION: TimeDelta = TimeDelta::days(7);

/// What a process reports of calls.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallsReport {
    /// The process, by a name that no other one has had.
    pub process: String,
    /// The number of the report: higher than that of the one before.
    pub number: i64,
    /// What calls have cost.
    pub usage: Vec<(UsageOf, UsageCounts)>,
    /// What was spent of budgets, and what is given back.
    pub budgets: Vec<BudgetReport>,
}

/// What a process reports of a budget.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BudgetReport {
    /// Which budget.
    pub of: BudgetPeriod,
    /// What was spent.
    pub spent: u64,
    /// What was taken, is not spent, and is given back.
    pub returned: u64,
    /// What was spent beyond what was taken.
    pub overspent: u64,
}

impl Store {
    /// Writes a report, unless it is written already: after an error, the same report can be sent again.
    ///
    /// # Errors
    /// The store is unavailable. The report may be written then.
    pub async fn report_calls(
        &self,
        report: Arc<CallsReport>,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.write(move |connection| write(connection, &report, now))
            .await
    }
}

fn write(
    connection: &mut AnyConnection,
    report: &CallsReport,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    let row = call_reports::table.find(&report.process);
    let last: Option<i64> = row
        .select(call_reports::number)
        .first(connection)
        .optional()?;
    if last.is_some_and(|last| last >= report.number) {
        return Ok(());
    }
    diesel::delete(row).execute(connection)?;
    let row = (
        call_reports::process.eq(&report.process),
        call_reports::number.eq(report.number),
        call_reports::at.eq(millis(now)),
    );
    diesel::insert_into(call_reports::table)
        .values(row)
        .execute(connection)?;
    for (of, counts) in &report.usage {
        call_usage::add(connection, of, counts)?;
    }
    for BudgetReport {
        of,
        spent,
        returned,
        overspent,
    } in &report.budgets
    {
        let taken = signed(*overspent).saturating_sub(signed(*returned));
        call_budgets::add(connection, of, taken, signed(*spent), now)?;
    }
    Ok(())
}

/// Removes the rows of processes that have not reported for long, and returns their number.
pub(crate) fn purge(connection: &mut AnyConnection, now: DateTime<Utc>) -> QueryResult<usize> {
    let old = call_reports::at.lt(millis(now - RETENTION));
    diesel::delete(call_reports::table.filter(old)).execute(connection)
}
