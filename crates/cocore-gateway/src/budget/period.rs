//! The periods for which budgets are: of the calendar, in UTC.

use chrono::{DateTime, Datelike, Days, DurationRound, Months, TimeDelta, Utc};

/// A period after which a budget is whole again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Period {
    /// A minute.
    Minute,
    /// A day.
    Day,
    /// A month.
    Month,
}

impl Period {
    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Minute => "minute",
            Self::Day => "day",
            Self::Month => "month",
        }
    }

    /// Returns when the period began that a time is in.
    pub fn start(self, now: DateTime<Utc>) -> DateTime<Utc> {
        // It fails beyond the year 2262.
        let truncated = |step| now.duration_trunc(step).unwrap_or(now);
        match self {
            Self::Minute => truncated(TimeDelta::minutes(1)),
            Self::Day => truncated(TimeDelta::days(1)),
            Self::Month => truncated(TimeDelta::days(1)) - Days::new(u64::from(now.day0())),
        }
    }

    /// Returns when a period ends that began then.
    pub fn end(self, start: DateTime<Utc>) -> DateTime<Utc> {
        match self {
            Self::Minute => start + TimeDelta::minutes(1),
            Self::Day => start + Days::new(1),
            Self::Month => start + Months::new(1),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn periods_are_those_of_the_calendar() {
        for (period, now, start, end) in [
            (
                Period::Minute,
                "2026-12-31T23:59:59.999Z",
                "2026-12-31T23:59:00Z",
                "2027-01-01T00:00:00Z",
            ),
            (
                Period::Day,
                "2026-12-31T23:59:59.999Z",
                "2026-12-31T00:00:00Z",
                "2027-01-01T00:00:00Z",
            ),
            (
                Period::Month,
                "2026-12-31T23:59:59.999Z",
                "2026-12-01T00:00:00Z",
                "2027-01-01T00:00:00Z",
            ),
            (
                Period::Month,
                "2028-02-01T00:00:00Z",
                "2028-02-01T00:00:00Z",
                "2028-03-01T00:00:00Z",
            ),
            (
                Period::Day,
                "2028-02-29T12:00:00Z",
                "2028-02-29T00:00:00Z",
                "2028-03-01T00:00:00Z",
            ),
        ] {
            let [now, start, end] =
                [now, start, end].map(|text| text.parse::<DateTime<Utc>>().unwrap());
            assert_eq!(period.start(now), start);
            assert_eq!(period.end(start), end);
        }
    }
}
