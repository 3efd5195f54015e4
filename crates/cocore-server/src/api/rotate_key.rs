//! `rotateKey`: replaces a key by a new one. Its secret is returned only this once.

use std::time::Duration;

use cocore_keys::{Created, Key};
use cocore_lexicon::dev::cocore::apikey::rotate_key::{RotateKey, RotateKeyError, RotateKeyOutput};
use lexicon_runtime::Secret;
use xrpc_server::{Handler, HandlerError, Request, Response};

use super::Api;
use super::key_view::key_view;
use crate::errors::{idempotency_conflict, key_error};
use crate::principal::Principal;

impl Handler<RotateKey, Principal> for Api {
    async fn handle(
        &self,
        request: Request<RotateKey, Principal>,
    ) -> Result<Response<RotateKeyOutput>, HandlerError<RotateKeyError>> {
        let Request {
            input,
            caller,
            head,
            ..
        } = request;
        self.rate_limits.count_creation(&caller, &head)?;
        let caller = self.caller(&caller, &head);
        let repeated = self
            .idempotency
            .request::<RotateKey>(&head, &caller, &input)?;
        let did = caller.did.clone();
        let output = move |key: &Key, secret: &cocore_keys::Secret| {
            let view = key_view(key.clone(), &did, key.created_at);
            RotateKeyOutput::new(view, Secret::new(secret.expose()))
        };
        let repeatable = repeated.as_ref().map(|one| one.repeatable(output.clone()));
        let grace = Duration::from_secs(input.grace_seconds.unsigned_abs());
        let rotated = self
            .keys
            .rotate(&caller, &input.id, grace, repeatable)
            .await;
        match rotated.map_err(|error| key_error(&error))? {
            Created::New(key, secret) => Ok(output(&key, &secret).into()),
            Created::Repeated(sealed) => {
                let output = repeated.and_then(|one| one.open::<RotateKeyOutput>(&sealed));
                Ok(output.ok_or_else(idempotency_conflict)?.into())
            }
        }
    }
}
