//! Links to keys.

use crate::address::key_path;
use crate::status::Status;

/// Another key of the account.
#[derive(Clone, Debug)]
pub struct KeyLink {
    /// Its id.
    pub id: String,
    /// Its name. `None` if it is deleted.
    pub name: Option<String>,
    /// Its status. `None` if it is deleted.
    pub status: Option<Status>,
}

impl KeyLink {
    /// The path of the key's page.
    pub(crate) fn path(&self) -> String {
        key_path(&self.id)
    }
}
