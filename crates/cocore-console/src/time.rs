//! Times as text.

use chrono::{DateTime, SecondsFormat, Utc};

/// A time for programs: RFC 3339 in UTC, with milliseconds.
pub(crate) fn rfc3339(at: &DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// The day of a time, for people without JavaScript: `24 Nov 2026`.
pub(crate) fn date(at: &DateTime<Utc>) -> String {
    at.format("%-d %b %Y").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        assert_eq!(date(&at("2026-01-02T00:00:00Z")), "2 Jan 2026");
        assert_eq!(date(&at("2026-01-02T00:30:00+01:00")), "1 Jan 2026");
        let early = at("2026-01-02T00:30:00+01:00");
        assert_eq!(rfc3339(&early), "2026-01-01T23:30:00.000Z");
    }
}
