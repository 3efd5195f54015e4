//! How a key stands, and how a day is written for those without JavaScript.

use chrono::DateTime;

const SOON_MS: i64 = 7 * 24 * 60 * 60 * 1000;

/// How a key stands. `assets/time.js` says the same of keys that come as JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It works.
    Active,
    /// It works, and ends by itself within seven days.
    Expiring,
    /// It has ended by itself.
    Expired,
    /// It was ended by its owner.
    Revoked,
}

impl Status {
    /// How a key stands at a time, in milliseconds since 1970.
    ///
    /// An expiry that cannot be read counts as none: a dead key shown as alive does no harm, the
    /// reverse may.
    #[must_use]
    pub fn of(now_ms: i64, expires_at: Option<&str>, revoked_at: Option<&str>) -> Self {
        let left = expires_at.and_then(millis).map(|end| end - now_ms);
        match left {
            _ if revoked_at.is_some() => Self::Revoked,
            Some(left) if left <= 0 => Self::Expired,
            Some(left) if left <= SOON_MS => Self::Expiring,
            _ => Self::Active,
        }
    }

    /// Its name in attributes.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Expiring => "expiring",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }

    /// Its name for people.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Active => "Active",
            Self::Expiring => "Expires soon",
            Self::Expired => "Expired",
            Self::Revoked => "Revoked",
        }
    }

    /// Whether a key that stands so works.
    #[must_use]
    pub fn works(self) -> bool {
        matches!(self, Self::Active | Self::Expiring)
    }
}

fn millis(at: &str) -> Option<i64> {
    let at = DateTime::parse_from_rfc3339(at).ok()?;
    Some(at.timestamp_millis())
}

/// The day of a time: `24 Nov 2026`. What is no time stays as it is.
pub(crate) fn date(at: &str) -> String {
    match DateTime::parse_from_rfc3339(at) {
        Ok(at) => at.to_utc().format("%-d %b %Y").to_string(),
        Err(_) => at.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses() {
        let now = millis("2026-11-24T12:00:00Z").unwrap();
        let gone = Some("2026-11-01T00:00:00Z");
        for (expires_at, revoked_at, expected) in [
            (None, None, Status::Active),
            (Some("2026-12-01T12:00:00.001Z"), None, Status::Active),
            (Some("2026-12-01T12:00:00Z"), None, Status::Expiring),
            (Some("2026-11-24T12:00:00.001Z"), None, Status::Expiring),
            // The instant of the expiry is already past it.
            (Some("2026-11-24T12:00:00Z"), None, Status::Expired),
            (Some("2026-11-24T13:00:00+01:00"), None, Status::Expired),
            (gone, None, Status::Expired),
            (None, gone, Status::Revoked),
            (gone, gone, Status::Revoked),
            (Some("9999-12-31T23:59:59.999Z"), gone, Status::Revoked),
            (Some("tomorrow"), None, Status::Active),
        ] {
            let found = Status::of(now, expires_at, revoked_at);
            assert_eq!(found, expected, "{expires_at:?} {revoked_at:?}");
        }
    }

    #[test]
    fn days() {
        assert_eq!(date("2026-01-02T00:00:00Z"), "2 Jan 2026");
        assert_eq!(date("2026-01-02T00:30:00+01:00"), "1 Jan 2026");
        assert_eq!(date("soon"), "soon");
    }
}
