//! The status of a key.

use chrono::{DateTime, TimeDelta, Utc};

/// How long before its expiry a key is shown as expiring soon.
const SOON: TimeDelta = TimeDelta::days(7);

/// The status of a key. `assets/time.js` computes the same for keys that come as JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It authenticates requests.
    Active,
    /// It authenticates requests, and expires within seven days.
    Expiring,
    /// It has expired.
    Expired,
    /// Its owner has revoked it.
    Revoked,
}

impl Status {
    /// The status at a time. A key is expired from the instant of its expiry on.
    #[must_use]
    pub fn at(
        now: DateTime<Utc>,
        expires_at: Option<DateTime<Utc>>,
        revoked_at: Option<DateTime<Utc>>,
    ) -> Self {
        let left = expires_at.map(|expiry| expiry - now);
        match left {
            _ if revoked_at.is_some() => Self::Revoked,
            Some(left) if left <= TimeDelta::zero() => Self::Expired,
            Some(left) if left <= SOON => Self::Expiring,
            _ => Self::Active,
        }
    }

    /// The name in attributes.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Expiring => "expiring",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }

    /// The name for people.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Active => "Active",
            Self::Expiring => "Expires soon",
            Self::Expired => "Expired",
            Self::Revoked => "Revoked",
        }
    }

    /// Whether a key of this status authenticates requests.
    #[must_use]
    pub fn is_active(self) -> bool {
        matches!(self, Self::Active | Self::Expiring)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let now = at("2026-11-24T12:00:00Z");
        let past = Some("2026-11-01T00:00:00Z");
        for (expires_at, revoked_at, expected) in [
            (None, None, Status::Active),
            (Some("2026-12-01T12:00:00.001Z"), None, Status::Active),
            (Some("2026-12-01T12:00:00Z"), None, Status::Expiring),
            (Some("2026-11-24T12:00:00.001Z"), None, Status::Expiring),
            (Some("2026-11-24T12:00:00Z"), None, Status::Expired),
            (past, None, Status::Expired),
            (None, past, Status::Revoked),
            (past, past, Status::Revoked),
            (Some("9999-12-31T23:59:59.999Z"), past, Status::Revoked),
        ] {
            let found = Status::at(now, expires_at.map(at), revoked_at.map(at));
            assert_eq!(found, expected, "{expires_at:?} {revoked_at:?}");
        }
    }
}
