//! The methods: one file each, each a handler of its generated type.

mod create_api_key;
mod delete_api_key;
mod list_api_keys;
mod page;
mod revoke_api_key;
mod view;

use std::sync::Arc;

use cocore_keys::Keys;
use cocore_store::Store;

use crate::account_limit::AccountLimit;

/// Implements the methods on the key service.
#[derive(Clone)]
pub struct Api {
    /// The key service.
    pub keys: Arc<Keys<Store>>,
    /// How many lists of one account are made and sent at once.
    lists: Arc<AccountLimit>,
}

impl Api {
    /// The methods on a key service.
    pub fn new(keys: Arc<Keys<Store>>) -> Self {
        let lists = Arc::new(AccountLimit::of_lists());
        Self { keys, lists }
    }
}
