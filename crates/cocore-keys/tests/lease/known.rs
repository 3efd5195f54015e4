//! What answers are compared with.

use std::time::Duration;

use chrono::{DateTime, Utc};
use cocore_keys::{Digest, Grant, Secret, VerifiedKey};

/// A state of a key: the key, and the number of the state.
pub(super) type Version = (Digest, usize);

/// The states of a key, in the order of their epochs.
pub(super) struct Known {
    pub(super) secret: Secret,
    versions: Vec<State>,
    /// Whether another key replaces it: it is not changed any more, only removed.
    pub(super) is_replaced: bool,
}

struct State {
    epoch: u64,
    /// What the key was given. `None` if it is removed.
    grant: Option<Grant>,
    /// When the change was answered.
    answered: Option<Duration>,
}

impl Known {
    /// A key that is about to be created.
    pub(super) fn new(secret: Secret) -> Self {
        Self {
            secret,
            versions: Vec::new(),
            is_replaced: false,
        }
    }

    /// Adds a state that is committed, and returns its number.
    pub(super) fn commit(&mut self, epoch: u64, grant: Option<Grant>) -> usize {
        self.versions.push(State {
            epoch,
            grant,
            answered: None,
        });
        self.last()
    }

    /// Returns the number of the last state.
    pub(super) fn last(&self) -> usize {
        self.versions.len() - 1
    }

    /// Records that a client knows of a state.
    pub(super) fn answer(&mut self, version: usize, at: Duration) {
        self.versions[version].answered.get_or_insert(at);
    }

    /// Returns whether a request that was sent at `sent` may be decided like this at the time `now` of the server's
    /// wall clock: by the last state that was answered before, or that the server has acknowledged, or a later one.
    pub(super) fn allows(
        &self,
        found: Option<&VerifiedKey>,
        sent: Duration,
        acknowledged: u64,
        now: DateTime<Utc>,
    ) -> bool {
        let found = found.map(|found| Grant {
            access: found.access.clone(),
            expires_at: found.expires_at,
        });
        let is_known = |version: &State| {
            version.answered.is_some_and(|at| at < sent) || version.epoch <= acknowledged
        };
        let Some(first) = self.versions.iter().rposition(is_known) else {
            return found.is_none() || self.shows(0, found.as_ref(), now);
        };
        self.shows(first, found.as_ref(), now)
    }

    /// Returns whether one of the states from a number on shows itself like this.
    fn shows(&self, first: usize, found: Option<&Grant>, now: DateTime<Utc>) -> bool {
        self.versions[first..].iter().any(|version| {
            let is_live = |grant: &&Grant| grant.expires_at.is_none_or(|end| end > now);
            version.grant.as_ref().filter(is_live) == found
        })
    }
}
