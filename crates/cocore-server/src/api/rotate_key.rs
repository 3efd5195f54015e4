//! `rotateKey`: replaces a key by a new one. Its secret is returned only this once.

use std::time::Duration;

use cocore_keys::{Created, Key, KeyError, TooWide};
use cocore_lexicon::dev::cocore::apikey::rotate_key::{RotateKey, RotateKeyError, RotateKeyOutput};
use lexicon_runtime::Secret;
use xrpc_server::{Handler, HandlerError, Request, Response, StatusCode, XrpcError};

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
        let principal = caller;
        let caller = self.caller(&principal, &head);
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
        let earlier = self.count_creation(&principal, &head, repeatable.as_ref());
        let rotated = match earlier.await? {
            Some(sealed) => Ok(Created::Repeated(sealed)),
            None => {
                let rotated = self.keys.rotate(&caller, &input.id, grace, repeatable);
                rotated.await
            }
        };
        match rotated.map_err(|error| rotation_error(&error))? {
            Created::New(key, secret) => Ok(output(&key, &secret).into()),
            Created::Repeated(sealed) => {
                let output = repeated.and_then(|one| one.open::<RotateKeyOutput>(&sealed));
                Ok(output.ok_or_else(idempotency_conflict)?.into())
            }
        }
    }
}

/// The expiry is that of the replaced key, not of the input.
fn rotation_error(error: &KeyError) -> XrpcError {
    match error {
        KeyError::TooWide(TooWide::Expiry(_)) => XrpcError::new(
            StatusCode::BAD_REQUEST,
            "ScopeTooWide",
            "the new key would expire later than the key that makes this call",
        ),
        error => key_error(error),
    }
}
