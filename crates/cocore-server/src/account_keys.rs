//! All keys of an account. A list may be large, and is in memory until the client has taken it. An account therefore has
//! few large ones at once, and its other requests for one wait.

use cocore_keys::{Key, Keys};
use cocore_store::Store;
use xrpc_server::XrpcError;

use crate::account_limit::AccountLimit;
use crate::connections::registry::Connection;
use crate::errors::{too_many_lists, unavailable};

/// The most keys of a list that waits for no other.
const MAX_SHORT_LIST: u16 = 100;

/// Returns all keys of an account, the newest first. `lists` limits the large ones, each of which is in progress until
/// the connection has sent its answer.
///
/// # Errors
/// `ServiceUnavailable`: the store is unavailable, or other lists of the account are still being sent.
pub(crate) async fn account_keys(
    keys: &Keys<Store>,
    did: &str,
    lists: &AccountLimit,
    connection: Option<&Connection>,
) -> Result<Vec<Key>, XrpcError> {
    let short = keys.list_if_short(did, MAX_SHORT_LIST).await;
    if let Some(short) = short.map_err(|error| unavailable(&error))? {
        return Ok(short);
    }
    let permit = lists.permit(did).await.ok_or_else(too_many_lists)?;
    if let Some(connection) = connection {
        connection.hold_until_sent(permit);
    }
    let all = keys.list(did).await;
    all.map_err(|error| unavailable(&error))
}
