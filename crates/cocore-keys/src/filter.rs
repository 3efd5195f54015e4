//! Which keys of an account a page shows, and where it ends.

use chrono::{DateTime, Utc};

use crate::key::{Key, KeyStatus};

/// Which keys of an account are shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyFilter {
    /// Only those in this state at this time.
    pub status: Option<(KeyStatus, DateTime<Utc>)>,
    /// Only those whose name contains this text, in whatever case of ASCII letters, or whose prefix begins with it.
    pub text: Option<String>,
}

/// The place of a key in the list of its account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyPosition {
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// Its id.
    pub id: String,
}

impl From<&Key> for KeyPosition {
    fn from(key: &Key) -> Self {
        Self {
            created_at: key.created_at,
            id: key.id.clone(),
        }
    }
}
