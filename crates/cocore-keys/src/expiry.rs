//! The expiry of a key.

use chrono::{DateTime, Datelike, SubsecRound, Utc};
use thiserror::Error;

/// A time that cannot be an expiry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum InvalidExpiry {
    /// The time is not in the future.
    #[error("expected a time in the future")]
    NotInFuture,
    /// The time is past the year 9999, the last with four digits.
    #[error("expected a time not past the year 9999 in UTC")]
    TooFar,
}

/// Checks an expiry and truncates it to milliseconds. It is after `now`, and in UTC at most in the year
/// 9999.
///
/// # Errors
/// The rule that the time breaks.
pub fn parse_expiry(at: DateTime<Utc>, now: DateTime<Utc>) -> Result<DateTime<Utc>, InvalidExpiry> {
    let at = at.trunc_subsecs(3);
    if at <= now {
        return Err(InvalidExpiry::NotInFuture);
    }
    if at.year() > 9999 {
        return Err(InvalidExpiry::TooFar);
    }
    Ok(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expiries() {
        let now: DateTime<Utc> = "2030-01-01T00:00:00.500Z".parse().unwrap();
        for (text, expected) in [
            ("2030-01-01T00:00:00.501Z", Ok("2030-01-01T00:00:00.501Z")),
            (
                "2030-01-01T00:00:00.501999Z",
                Ok("2030-01-01T00:00:00.501Z"),
            ),
            ("9999-12-31T23:59:59.999Z", Ok("9999-12-31T23:59:59.999Z")),
            ("2030-01-01T00:00:00.500Z", Err(InvalidExpiry::NotInFuture)),
            // Truncated to milliseconds, it is now.
            (
                "2030-01-01T00:00:00.500999Z",
                Err(InvalidExpiry::NotInFuture),
            ),
            ("1969-12-31T23:59:59Z", Err(InvalidExpiry::NotInFuture)),
            ("9999-12-31T23:59:59-00:01", Err(InvalidExpiry::TooFar)),
        ] {
            let expected = expected.map(|text| text.parse::<DateTime<Utc>>().unwrap());
            assert_eq!(parse_expiry(text.parse().unwrap(), now), expected, "{text}");
        }
    }
}
