//! The status of a key.

use chrono::{DateTime, TimeDelta, Utc};

/// The part of its life in which a key is shown as expiring soon: a tenth, at most seven days.
const SOON_PART: i32 = 10;
const MAX_SOON: TimeDelta = TimeDelta::days(7);

/// The status of a key. `assets/time.js` computes the same for keys that come as JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It authenticates requests.
    Active,
    /// It authenticates requests, and expires soon: within a tenth of its life, at most seven days.
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
        created_at: DateTime<Utc>,
        expires_at: Option<DateTime<Utc>>,
        revoked_at: Option<DateTime<Utc>>,
    ) -> Self {
        let is_soon = |expiry: DateTime<Utc>| {
            let soon = (expiry - created_at) / SOON_PART;
            expiry - now <= soon.min(MAX_SOON)
        };
        match expires_at {
            _ if revoked_at.is_some() => Self::Revoked,
            Some(expiry) if expiry <= now => Self::Expired,
            Some(expiry) if is_soon(expiry) => Self::Expiring,
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

    /// `assets/time.js` has the same cases, which a test runs in a browser.
    #[test]
    fn statuses() {
        let cases: Vec<_> = include_str!("status_cases.txt").lines().skip(1).collect();
        assert!(cases.len() >= 10);
        for case in cases {
            let fields: Vec<_> = case.split(' ').collect();
            let at = |place: usize| fields[place].parse::<DateTime<Utc>>();
            let found = Status::at(at(0).unwrap(), at(1).unwrap(), at(2).ok(), at(3).ok());
            assert_eq!(found.name(), fields[4], "{case}");
        }
    }
}
