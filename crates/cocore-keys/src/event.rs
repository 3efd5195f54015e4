//! The audit trail: what was done to keys, by whom.

use chrono::{DateTime, Utc};

use crate::caller::{Caller, CallerCredential, Origin};

/// What was done to a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// It was created.
    Created,
    /// Its name, note, expiry or scopes were changed.
    Updated,
    /// The limits of its calls were changed.
    Limited,
    /// It was replaced by a new key.
    Rotated,
    /// It was revoked.
    Revoked,
    /// It was deleted.
    Deleted,
}

/// By what kind of credential it was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventCredential {
    /// A key of the account.
    ApiKey,
    /// A session of the console.
    Session,
    /// A service-auth token.
    ServiceAuth,
    /// The operator's command line.
    Operator,
}

/// An entry of the audit trail. It contains no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// When it was done.
    pub at: DateTime<Utc>,
    /// What was done.
    pub kind: EventKind,
    /// The account that owns the key.
    pub did: String,
    /// The key's id.
    pub key_id: String,
    /// The key's name. A deleted key has none.
    pub key_name: Option<String>,
    /// By what kind of credential.
    pub credential: EventCredential,
    /// The id of the key that it was done with.
    pub by_key: Option<String>,
    /// From where.
    pub origin: Origin,
}

impl Event {
    /// Creates the entry for what a caller does to a key at a time.
    pub fn new(
        caller: &Caller,
        kind: EventKind,
        key_id: &str,
        key_name: Option<&str>,
        at: DateTime<Utc>,
    ) -> Self {
        let credential = match caller.credential {
            CallerCredential::ApiKey { .. } => EventCredential::ApiKey,
            CallerCredential::Session => EventCredential::Session,
            CallerCredential::ServiceAuth => EventCredential::ServiceAuth,
            CallerCredential::Operator => EventCredential::Operator,
        };
        Self {
            at,
            kind,
            did: caller.did.to_string(),
            key_id: key_id.to_owned(),
            key_name: key_name.map(str::to_owned),
            credential,
            by_key: caller.key_id().map(|id| id.to_string()),
            origin: caller.origin.clone(),
        }
    }

    /// Creates the entry that stays of a deleted key: neither its name nor where the request came from.
    pub fn of_deletion(caller: &Caller, key_id: &str, at: DateTime<Utc>) -> Self {
        Self {
            by_key: None,
            origin: Origin::default(),
            ..Self::new(caller, EventKind::Deleted, key_id, None, at)
        }
    }
}

/// Declares the stored text of each variant.
macro_rules! stored_as {
    ($name:ident { $($variant:ident = $text:literal,)* }) => {
        impl $name {
            /// Returns the text that is stored, and shown.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)*
                }
            }

            /// Reads the stored text.
            pub fn from_stored(text: &str) -> Option<Self> {
                match text {
                    $($text => Some(Self::$variant),)*
                    _ => None,
                }
            }
        }
    };
}

stored_as!(EventKind {
    Created = "created",
    Updated = "updated",
    Limited = "limited",
    Rotated = "rotated",
    Revoked = "revoked",
    Deleted = "deleted",
});

stored_as!(EventCredential {
    ApiKey = "apiKey",
    Session = "session",
    ServiceAuth = "serviceAuth",
    Operator = "operator",
});

/// An event as the store returns it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredEvent {
    /// Its number: later events have higher ones.
    pub number: i64,
    /// The event.
    pub event: Event,
}
