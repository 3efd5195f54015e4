//! When a key expires, as it is written on the command line.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use lexicon_runtime::Datetime;
use thiserror::Error;

/// A text that is no expiry.
#[derive(Debug, PartialEq, Eq, Error)]
#[error(
    "expected a datetime such as 2030-01-31T12:00:00Z, a date such as 2030-01-31, or a number of days such as 90d, found {0:?}"
)]
pub(super) struct InvalidExpiry(String);

/// Parses a time of RFC 3339, a date, which stands for its last millisecond in UTC, or a number of days from
/// now, such as `90d`.
///
/// # Errors
/// The text is none of them.
pub(super) fn parse_expiry(text: &str, now: DateTime<Utc>) -> Result<Datetime, InvalidExpiry> {
    let invalid = || InvalidExpiry(text.to_owned());
    if let Some(days) = text.strip_suffix('d') {
        let days = days.parse::<u32>().map_err(|_| invalid())?;
        let at = now.checked_add_signed(TimeDelta::days(days.into()));
        return datetime(at.ok_or_else(invalid)?).ok_or_else(invalid);
    }
    if text.len() == "2030-01-31".len() {
        return Datetime::parse(format!("{text}T23:59:59.999Z")).map_err(|_| invalid());
    }
    Datetime::parse(text).map_err(|_| invalid())
}

/// Converts a time, unless its year has more than four digits.
fn datetime(at: DateTime<Utc>) -> Option<Datetime> {
    Datetime::parse(at.to_rfc3339_opts(SecondsFormat::Millis, true)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_dates_and_days() {
        let now: DateTime<Utc> = "2026-11-24T12:00:00.5Z".parse().unwrap();
        for (text, expected) in [
            ("2030-01-31T12:00:00Z", Some("2030-01-31T12:00:00Z")),
            (
                "2030-01-31T12:00:00+01:00",
                Some("2030-01-31T12:00:00+01:00"),
            ),
            ("2030-01-31", Some("2030-01-31T23:59:59.999Z")),
            ("9999-12-31", Some("9999-12-31T23:59:59.999Z")),
            ("90d", Some("2027-02-22T12:00:00.500Z")),
            ("1d", Some("2026-11-25T12:00:00.500Z")),
            ("2030-02-30", None),
            ("2030-1-31", None),
            ("2030-1-031", None),
            ("+2030-01-1", None),
            ("2030-01-31T12:00:00", None),
            ("tomorrow", None),
            ("d", None),
            ("-1d", None),
            ("1.5d", None),
            ("90 d", None),
            ("9999999d", None),
            ("99999999999d", None),
            ("", None),
        ] {
            let found = parse_expiry(text, now).ok();
            assert_eq!(found.as_ref().map(Datetime::as_str), expected, "{text}");
        }
    }
}
