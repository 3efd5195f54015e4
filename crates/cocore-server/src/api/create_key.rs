//! `createKey`: creates a key with scopes, models and a note. Its secret is returned only this once.

use cocore_keys::CreateRequest;
use cocore_lexicon::dev::cocore::apikey::create_key::{
    CreateKey, CreateKeyError, CreateKeyInput, CreateKeyOutput,
};
use xrpc_server::{Handler, HandlerError, Request, Response, XrpcError};

use super::Api;
use super::requested;
use crate::errors::{invalid_scope, key_error};
use crate::principal::Principal;

impl Handler<CreateKey, Principal> for Api {
    async fn handle(
        &self,
        request: Request<CreateKey, Principal>,
    ) -> Result<Response<CreateKeyOutput>, HandlerError<CreateKeyError>> {
        let Request {
            input,
            caller: principal,
            head,
            ..
        } = request;
        let asked = asked(&input)?;
        let caller = self.caller(&principal, &head);
        let repeatable = self
            .idempotency
            .request::<CreateKey>(&head, &caller, &input)?;
        let create = async |repeatable| {
            let created = self.keys.create(&caller, asked, repeatable).await;
            created.map_err(|error| key_error(&error))
        };
        let output = self.create_once(&principal, &head, repeatable, CreateKeyOutput::new, create);
        Ok(output.await?.into())
    }
}

fn asked(input: &CreateKeyInput) -> Result<CreateRequest, XrpcError> {
    let expires_at = input.expires_at.as_ref().map(requested::expiry);
    let scopes = input.scopes.as_deref().map(requested::scopes).transpose();
    let models = input.models.as_deref().map(requested::models);
    let note = input.note.as_deref().map(requested::note).transpose()?;
    Ok(CreateRequest {
        name: requested::name(&input.name)?,
        expires_at: expires_at.transpose()?,
        scopes: scopes.map_err(|error| invalid_scope(&error))?,
        models: models.transpose()?,
        note: note.flatten(),
    })
}
