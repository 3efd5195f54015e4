//! When a key ends by itself.

use std::fmt;

use chrono::{DateTime, Datelike, SubsecRound, Utc};

/// Why an instant is no expiry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvalidExpiry {
    /// It is not in the future.
    NotAhead,
    /// It is past the year 9999, which four digits cannot show.
    TooFar,
}

/// Reads an expiry: cut to milliseconds, in the future of `now`, in UTC at most in the year 9999.
///
/// # Errors
/// Which rule the instant breaks.
pub fn parse_expiry(at: DateTime<Utc>, now: DateTime<Utc>) -> Result<DateTime<Utc>, InvalidExpiry> {
    let at = at.trunc_subsecs(3);
    if at <= now {
        return Err(InvalidExpiry::NotAhead);
    }
    if at.year() > 9999 {
        return Err(InvalidExpiry::TooFar);
    }
    Ok(at)
}

impl fmt::Display for InvalidExpiry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotAhead => "expected a time in the future",
            Self::TooFar => "expected a time not past the year 9999 in UTC",
        })
    }
}

impl std::error::Error for InvalidExpiry {}

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
            ("2030-01-01T00:00:00.500Z", Err(InvalidExpiry::NotAhead)),
            // Cut to milliseconds, it is now.
            ("2030-01-01T00:00:00.500999Z", Err(InvalidExpiry::NotAhead)),
            ("1969-12-31T23:59:59Z", Err(InvalidExpiry::NotAhead)),
            ("9999-12-31T23:59:59-00:01", Err(InvalidExpiry::TooFar)),
        ] {
            let expected = expected.map(|text| text.parse::<DateTime<Utc>>().unwrap());
            assert_eq!(parse_expiry(text.parse().unwrap(), now), expected, "{text}");
        }
    }
}
