//! Times as text.

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};

/// A time for programs: RFC 3339 in UTC, with milliseconds.
pub(crate) fn rfc3339(at: &DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// The day of a time, for people without JavaScript: `24 Nov 2026`.
pub(crate) fn date(at: &DateTime<Utc>) -> String {
    day(at.date_naive())
}

/// A day, for people: `24 Nov 2026`.
pub(crate) fn day(day: NaiveDate) -> String {
    day.format("%-d %b %Y").to_string()
}

/// A time, for people without JavaScript: `24 Nov 2026, 00:00 UTC`.
pub(crate) fn minute(at: &DateTime<Utc>) -> String {
    at.format("%-d %b %Y, %H:%M UTC").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_a_time() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        assert_eq!(date(&at("2026-01-02T00:00:00Z")), "2 Jan 2026");
        assert_eq!(date(&at("2026-01-02T00:30:00+01:00")), "1 Jan 2026");
        let early = at("2026-01-02T00:30:00+01:00");
        assert_eq!(minute(&early), "1 Jan 2026, 23:30 UTC");
        assert_eq!(rfc3339(&early), "2026-01-01T23:30:00.000Z");
    }
}
