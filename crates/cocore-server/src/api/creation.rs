//! Requests that create a key: how often an account makes them, and what repeats one. Repeating a request creates no
//! key.

use cocore_keys::{Created, Key, Repeatable};
use cocore_lexicon::dev::cocore::apikey::defs::KeyView;
use lexicon_runtime::Secret;
use serde::Serialize;
use serde::de::DeserializeOwned;
use xrpc_server::{Head, XrpcError};

use super::Api;
use super::key_view::key_view;
use crate::errors::{idempotency_conflict, key_error};
use crate::idempotency::IdempotentRequest;
use crate::principal::Principal;

impl Api {
    /// Creates a key, unless the request repeats an earlier one, which had the same answer. `output` makes the answer
    /// of the view of the key and its secret.
    ///
    /// # Errors
    /// `RateLimitExceeded`, `IdempotencyConflict`, `ServiceUnavailable`, or what `create` returns.
    pub(super) async fn create_once<O>(
        &self,
        caller: &Principal,
        head: &Head,
        request: Option<IdempotentRequest>,
        output: fn(KeyView, Secret) -> O,
        create: impl AsyncFnOnce(Option<Repeatable>) -> Result<Created, XrpcError>,
    ) -> Result<O, XrpcError>
    where
        O: Serialize + DeserializeOwned + 'static,
    {
        let did = caller.did.clone();
        let output = move |key: &Key, secret: &cocore_keys::Secret| {
            let view = key_view(key.clone(), &did, key.created_at);
            output(view, Secret::new(secret.expose()))
        };
        let repeatable = request
            .as_ref()
            .map(|request| request.repeatable(output.clone()));
        let earlier = self.count_creation(caller, head, repeatable.as_ref());
        let created = match earlier.await? {
            Some(sealed) => Created::Repeated(sealed),
            None => create(repeatable).await?,
        };
        match created {
            Created::New(key, secret) => Ok(output(&key, &secret)),
            Created::Repeated(sealed) => {
                let output = request.and_then(|request| request.open(&sealed));
                output.ok_or_else(idempotency_conflict)
            }
        }
    }

    /// Counts the creation of a key. Where the limit is reached, returns the encrypted answer to the request, if it was
    /// made before.
    ///
    /// # Errors
    /// `RateLimitExceeded`; `IdempotencyConflict` or `ServiceUnavailable` while the answer is looked up.
    async fn count_creation(
        &self,
        caller: &Principal,
        head: &Head,
        repeatable: Option<&Repeatable>,
    ) -> Result<Option<Vec<u8>>, XrpcError> {
        let Err(refused) = self
            .rate_limits
            .count_creation(caller, head.extensions.get())
        else {
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
