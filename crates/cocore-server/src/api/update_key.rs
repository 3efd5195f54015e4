//! `updateKey`: changes the name, the note, the expiry or the scopes of a key of the caller.

use cocore_keys::KeyUpdate;
use cocore_lexicon::dev::cocore::apikey::update_key::{
    UpdateKey, UpdateKeyError, UpdateKeyInput, UpdateKeyOutput,
};
use xrpc_server::{Handler, HandlerError, Request, Response, XrpcError};

use super::Api;
use super::key_view::key_view;
use super::requested;
use crate::errors::{invalid_scope, key_error};
use crate::principal::Principal;

impl Handler<UpdateKey, Principal> for Api {
    async fn handle(
        &self,
        request: Request<UpdateKey, Principal>,
    ) -> Result<Response<UpdateKeyOutput>, HandlerError<UpdateKeyError>> {
        let caller = self.caller(&request.caller, &request.head);
        let (id, update) = (&request.input.id, asked(&request.input)?);
        let updated = self.keys.update(&caller, id, update).await;
        let key = updated.map_err(|error| key_error(&error))?;
        Ok(UpdateKeyOutput::new(key_view(key, &caller.did, self.keys.now())).into())
    }
}

fn asked(input: &UpdateKeyInput) -> Result<KeyUpdate, XrpcError> {
    let expires_at = match &input.expires_at {
        None => None,
        Some(None) => Some(None),
        Some(Some(text)) => Some(Some(requested::expiry(text)?)),
    };
    let scopes = input.scopes.as_deref().map(requested::scopes).transpose();
    Ok(KeyUpdate {
        name: input.name.as_deref().map(requested::name).transpose()?,
        note: input.note.as_deref().map(requested::note).transpose()?,
        expires_at,
        scopes: scopes.map_err(|error| invalid_scope(&error))?,
    })
}
