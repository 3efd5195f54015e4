//! What calls have cost and may cost, as it is shown.

use std::sync::Arc;

use chrono::{DateTime, Months, TimeDelta, Utc};
use cocore_gateway::budget::Period;
use cocore_keys::{Clock, StoreError};
use cocore_store::{BudgetPeriod, Store, StoredLimits, TakenBudget, UsageSum};
use thiserror::Error;

use super::budgets::{LimitKind, budgets};

/// Reads what calls have cost and may cost.
#[derive(Clone)]
pub struct Readings {
    store: Store,
    clock: Arc<dyn Clock>,
}

/// For how long each sum is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Granularity {
    /// An hour.
    Hour,
    /// A day of UTC.
    Day,
    /// A month of UTC.
    Month,
}

/// From when to when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// The beginning of the first period.
    pub from: DateTime<Utc>,
    /// The end.
    pub to: DateTime<Utc>,
    granularity: Granularity,
}

/// A range is invalid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum InvalidRange {
    /// It ends before it begins.
    #[error("expected a time before `to`")]
    Reversed,
    /// It is too long.
    #[error("expected a time at most {0} days before `to`")]
    TooLong(i64),
}

/// What is spent of a budget.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BudgetState {
    /// The id of the key that has it. `None`: the account has.
    pub key_id: Option<String>,
    /// What it counts, and for how long.
    pub kind: LimitKind,
    /// How much there is in a period.
    pub limit: u64,
    /// What servers have taken of it.
    pub taken: TakenBudget,
    /// When the next period begins.
    pub renews_at: DateTime<Utc>,
}

impl Granularity {
    /// Reads its name.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "hour" => Some(Self::Hour),
            "day" => Some(Self::Day),
            "month" => Some(Self::Month),
            _ => None,
        }
    }

    /// How many days a range may have.
    const fn max_days(self) -> i64 {
        match self {
            Self::Hour => 31,
            Self::Day | Self::Month => 400,
        }
    }

    /// What the store adds up.
    const fn step(self) -> TimeDelta {
        match self {
            Self::Hour => TimeDelta::hours(1),
            Self::Day | Self::Month => TimeDelta::days(1),
        }
    }

    fn start(self, at: DateTime<Utc>) -> DateTime<Utc> {
        match self {
            Self::Hour => super::hour(at),
            Self::Day => Period::Day.start(at),
            Self::Month => Period::Month.start(at),
        }
    }

    /// When a range begins by default.
    fn before(self, to: DateTime<Utc>) -> DateTime<Utc> {
        match self {
            Self::Hour => to - TimeDelta::hours(24),
            Self::Day => to - TimeDelta::days(30),
            Self::Month => to - Months::new(12),
        }
    }
}

impl Range {
    /// The last days of UTC, up to the end of the one that it is.
    pub fn last_days(days: u16, now: DateTime<Utc>) -> Self {
        let to = Period::Day.end(Period::Day.start(now));
        Self {
            from: to - TimeDelta::days(days.into()),
            to,
            granularity: Granularity::Day,
        }
    }

    /// Completes what was asked for.
    ///
    /// # Errors
    /// It is too long, or ends before it begins.
    pub fn new(
        granularity: Granularity,
        from: Option<DateTime<Utc>>,
        to: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> Result<Self, InvalidRange> {
        // Nothing is counted in the future, and a time that far away cannot be reckoned with.
        let to = to.unwrap_or(now).min(now + TimeDelta::days(1));
        let to = to.max(DateTime::UNIX_EPOCH + TimeDelta::days(800));
        let asked = from.unwrap_or_else(|| granularity.before(to));
        if asked > to {
            return Err(InvalidRange::Reversed);
        }
        if to - asked > TimeDelta::days(granularity.max_days()) {
            return Err(InvalidRange::TooLong(granularity.max_days()));
        }
        let from = granularity.start(asked);
        Ok(Self {
            from,
            to,
            granularity,
        })
    }
}

impl Readings {
    /// Readings of a store.
    pub fn new(store: Store, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock }
    }

    /// Returns the time.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Returns what the calls of an account have cost, with one key or in all.
    ///
    /// # Errors
    /// The store is unavailable.
    pub async fn usage(
        &self,
        did: &str,
        key: Option<&str>,
        range: Range,
    ) -> Result<Vec<UsageSum>, StoreError> {
        let Range {
            from,
            to,
            granularity,
        } = range;
        let usage = self.store.usage(did, key, from, to, granularity.step());
        let sums = usage.await?;
        Ok(match granularity {
            Granularity::Month => by_month(sums),
            Granularity::Hour | Granularity::Day => sums,
        })
    }

    /// Returns the limits that hold for the calls of an account, with a key or without.
    ///
    /// # Errors
    /// The store is unavailable.
    pub async fn limits(
        &self,
        did: &str,
        key: Option<&str>,
    ) -> Result<Vec<StoredLimits>, StoreError> {
        self.store.call_limits(did, key).await
    }

    /// Returns what is spent of the budgets of limits.
    ///
    /// # Errors
    /// The store is unavailable.
    pub async fn budgets(&self, limits: &[StoredLimits]) -> Result<Vec<BudgetState>, StoreError> {
        let now = self.now();
        let mut states = Vec::new();
        for of in limits {
            for (kind, limit) in budgets(of) {
                let period = kind.period();
                let starts_at = period.start(now);
                let row = BudgetPeriod {
                    budget: of.budget.clone(),
                    period: period.as_str(),
                    starts_at,
                };
                states.push(BudgetState {
                    key_id: of.key_id.clone(),
                    kind,
                    limit,
                    taken: self.store.taken_budget(row, now).await?,
                    renews_at: period.end(starts_at),
                });
            }
        }
        Ok(states)
    }
}

/// Adds up days, which are sorted by time.
fn by_month(days: Vec<UsageSum>) -> Vec<UsageSum> {
    let mut months: Vec<UsageSum> = Vec::new();
    for day in days {
        let start = Period::Month.start(day.start);
        let same = |month: &&mut UsageSum| {
            month.start == start && month.model == day.model && month.upstream == day.upstream
        };
        match months.iter_mut().find(same) {
            Some(month) => month.counts.add(&day.counts),
            None => months.push(UsageSum { start, ..day }),
        }
    }
    months.sort_by(|a, b| (a.start, &a.model, &a.upstream).cmp(&(b.start, &b.model, &b.upstream)));
    months
}
