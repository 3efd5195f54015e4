//! `rotateKey`: replaces a key by a new one. Its secret is returned only this once.

use std::time::Duration;

use cocore_keys::{KeyError, TooWide};
use cocore_lexicon::dev::cocore::apikey::rotate_key::{RotateKey, RotateKeyError, RotateKeyOutput};
use xrpc_server::{Handler, HandlerError, Request, Response, StatusCode, XrpcError};

use super::Api;
use crate::errors::key_error;
use crate::principal::Principal;

impl Handler<RotateKey, Principal> for Api {
    async fn handle(
        &self,
        request: Request<RotateKey, Principal>,
    ) -> Result<Response<RotateKeyOutput>, HandlerError<RotateKeyError>> {
        let Request {
            input,
            caller: principal,
            head,
            ..
        } = request;
        let caller = self.caller(&principal, &head);
        let repeatable = self
            .idempotency
            .request::<RotateKey>(&head, &caller, &input)?;
        let grace = Duration::from_secs(input.grace_seconds.unsigned_abs());
        let rotate = async |repeatable| {
            let rotated = self.keys.rotate(&caller, &input.id, grace, repeatable);
            rotated.await.map_err(|error| rotation_error(&error))
        };
        let output = self.create_once(&principal, &head, repeatable, RotateKeyOutput::new, rotate);
        Ok(output.await?.into())
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
