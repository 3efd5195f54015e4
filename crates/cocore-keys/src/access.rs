//! What a key may do.

use std::sync::Arc;

use chrono::{DateTime, SecondsFormat, Utc};
use thiserror::Error;

use crate::models::Models;
use crate::scope::{Permission, Scopes};

/// What a key may do: everything that its account may do, or what its scopes and models allow.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Access(Option<Arc<Limits>>);

/// The limits of what a key may do. Keys with the same limits share them in memory.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Limits {
    /// `None` if every scope is allowed.
    scopes: Option<Scopes>,
    /// `None` if every model is allowed.
    models: Option<Models>,
}

impl Access {
    /// Everything that the account may do.
    pub const EVERYTHING: Self = Self(None);

    /// What these scopes and models allow. `None` allows all of them.
    pub fn new(scopes: Option<Scopes>, models: Option<Models>) -> Self {
        let is_limited = scopes.is_some() || models.is_some();
        Self(is_limited.then(|| Arc::new(Limits { scopes, models })))
    }

    /// Reads the stored texts. A text that cannot be read allows nothing.
    pub fn from_stored(scopes: Option<&str>, models: Option<&str>) -> Self {
        let parse = |text| Scopes::parse(text).unwrap_or_else(|_| Scopes::nothing());
        Self::new(scopes.map(parse), models.map(Models::from_stored))
    }

    /// Returns the scopes. `None` if every scope is allowed.
    pub fn scopes(&self) -> Option<&Scopes> {
        self.0.as_ref()?.scopes.as_ref()
    }

    /// Returns the models. `None` if every model is allowed.
    pub fn models(&self) -> Option<&Models> {
        self.0.as_ref()?.models.as_ref()
    }

    /// Returns the same with other scopes.
    #[must_use]
    pub fn with_scopes(&self, scopes: Scopes) -> Self {
        Self::new(Some(scopes), self.models().cloned())
    }

    /// Returns whether a method of a service may be called. `aud` is the DID of the service with its fragment.
    pub fn allows_method(&self, nsid: &str, aud: &str) -> bool {
        self.scopes()
            .is_none_or(|scopes| scopes.allows_rpc(nsid, aud))
    }

    /// Returns whether a permission is allowed.
    pub fn allows(&self, permission: &Permission) -> bool {
        self.scopes().is_none_or(|scopes| scopes.covers(permission))
    }

    /// Returns whether nothing is limited.
    pub fn is_everything(&self) -> bool {
        self.0.is_none()
    }

    /// Returns the part that keys share.
    pub(crate) fn limits(&self) -> Option<&Arc<Limits>> {
        self.0.as_ref()
    }

    /// Checks that nothing is allowed that `parent` does not allow.
    ///
    /// # Errors
    /// The first scope or model that is.
    pub(crate) fn check_within(&self, parent: &Self) -> Result<(), TooWide> {
        match (self.scopes(), parent.scopes()) {
            (_, None) => {}
            (None, Some(_)) => return Err(TooWide::EveryScope),
            (Some(own), Some(parents)) => parents
                .covers_all(own)
                .map_err(|permission| TooWide::Scope(permission.to_string()))?,
        }
        match (self.models(), parent.models()) {
            (_, None) => Ok(()),
            (None, Some(_)) => Err(TooWide::EveryModel),
            (Some(own), Some(parents)) => match parents.first_missing(own) {
                Some(model) => Err(TooWide::Model(model.to_owned())),
                None => Ok(()),
            },
        }
    }
}

impl From<Option<Arc<Limits>>> for Access {
    fn from(limits: Option<Arc<Limits>>) -> Self {
        Self(limits)
    }
}

/// What a key is given: what it may do, and until when.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grant {
    /// What it may do.
    pub access: Access,
    /// When it expires.
    pub expires_at: Option<DateTime<Utc>>,
}

impl Grant {
    /// Checks that this is no more than `parent`.
    ///
    /// # Errors
    /// The first part that is more.
    pub fn check_within(&self, parent: &Self) -> Result<(), TooWide> {
        self.access.check_within(&parent.access)?;
        match (self.expires_at, parent.expires_at) {
            (own, Some(end)) if own.is_none_or(|own| own > end) => Err(TooWide::expiry(end)),
            _ => Ok(()),
        }
    }
}

/// A key would be given more than the key has that gives it.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TooWide {
    /// It would have no scopes.
    #[error("expected scopes: the key that would hand on everything has scopes itself")]
    EveryScope,
    /// It would have this scope.
    #[error("{0}: the key that would hand on this scope does not have it")]
    Scope(String),
    /// It would have no list of models.
    #[error("expected models: the key that would hand on every model may not use all of them")]
    EveryModel,
    /// It would have this model.
    #[error("{0}: the key that would hand on this model may not use it")]
    Model(String),
    /// It would expire later.
    #[error("expected a time not after {0}, when the key that makes this call expires")]
    Expiry(String),
}

impl TooWide {
    /// The error for an expiry after that of the caller.
    pub(crate) fn expiry(end: DateTime<Utc>) -> Self {
        Self::Expiry(end.to_rfc3339_opts(SecondsFormat::Millis, true))
    }
}
