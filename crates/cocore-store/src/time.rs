//! Times as the tables have them: milliseconds since 1970, UTC.

use chrono::{DateTime, Utc};

/// A time of a table. One that no clock can have shown is taken for the earliest, so that a broken
/// row never makes anything live longer.
pub(crate) fn time(millis: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(millis).unwrap_or(DateTime::<Utc>::MIN_UTC)
}

pub(crate) fn millis(at: DateTime<Utc>) -> i64 {
    at.timestamp_millis()
}
