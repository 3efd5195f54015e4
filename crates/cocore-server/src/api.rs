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

/// Implements the methods on the key service.
#[derive(Clone)]
pub struct Api {
    /// The key service.
    pub keys: Arc<Keys<Store>>,
}
