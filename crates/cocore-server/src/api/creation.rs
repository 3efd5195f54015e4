//! How often an account creates keys. Repeating a request creates none.

use cocore_keys::Repeatable;
use xrpc_server::{Head, XrpcError};

use super::Api;
use crate::errors::key_error;
use crate::principal::Principal;

impl Api {
    /// Counts the creation of a key. Where the limit is reached, returns the encrypted answer to the request, if it was
    /// made before.
    ///
    /// # Errors
    /// `RateLimitExceeded`; `IdempotencyConflict` or `ServiceUnavailable` while the answer is looked up.
    pub(super) async fn count_creation(
        &self,
        caller: &Principal,
        head: &Head,
        repeatable: Option<&Repeatable>,
    ) -> Result<Option<Vec<u8>>, XrpcError> {
        let Err(refused) = self.rate_limits.count_creation(caller, head) else {
            return Ok(None);
        };
        let Some(repeatable) = repeatable else {
            return Err(refused);
        };
        let earlier = self.keys.find_answer(repeatable.clone()).await;
        let earlier = earlier.map_err(|error| key_error(&error))?;
        earlier.map(Some).ok_or(refused)
    }
}
