//! Times in tables: milliseconds since 1970, UTC.

use chrono::{DateTime, Utc};

/// Converts a time of a table. A value out of range becomes the earliest time, so that an invalid row never
/// extends anything.
pub(crate) fn time(millis: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(millis).unwrap_or(DateTime::<Utc>::MIN_UTC)
}

/// Converts a time for a table.
pub(crate) fn millis(at: DateTime<Utc>) -> i64 {
    at.timestamp_millis()
}
