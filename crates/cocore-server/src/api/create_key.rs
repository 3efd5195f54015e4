//! `createKey`: creates a key with scopes, models and a note. Its secret is returned only this once.

use cocore_keys::{CreateRequest, Created, Key};
use cocore_lexicon::dev::cocore::apikey::create_key::{
    CreateKey, CreateKeyError, CreateKeyInput, CreateKeyOutput,
};
use lexicon_runtime::Secret;
use xrpc_server::{Handler, HandlerError, Request, Response, XrpcError};

use super::Api;
use super::key_view::key_view;
use super::requested;
use crate::errors::{idempotency_conflict, invalid_scope, key_error};
use crate::principal::Principal;

impl Handler<CreateKey, Principal> for Api {
    async fn handle(
        &self,
        request: Request<CreateKey, Principal>,
    ) -> Result<Response<CreateKeyOutput>, HandlerError<CreateKeyError>> {
        let Request {
            input,
            caller,
            head,
            ..
        } = request;
        let asked = asked(&input)?;
        let principal = caller;
        let caller = self.caller(&principal, &head);
        let repeated = self
            .idempotency
            .request::<CreateKey>(&head, &caller, &input)?;
        let did = caller.did.clone();
        let output = move |key: &Key, secret: &cocore_keys::Secret| {
            let view = key_view(key.clone(), &did, key.created_at);
            CreateKeyOutput::new(view, Secret::new(secret.expose()))
        };
        let repeatable = repeated.as_ref().map(|one| one.repeatable(output.clone()));
        let earlier = self.count_creation(&principal, &head, repeatable.as_ref());
        let created = match earlier.await? {
            Some(sealed) => Ok(Created::Repeated(sealed)),
            None => self.keys.create(&caller, asked, repeatable).await,
        };
        match created.map_err(|error| key_error(&error))? {
            Created::New(key, secret) => Ok(output(&key, &secret).into()),
            Created::Repeated(sealed) => {
                let output = repeated.and_then(|one| one.open::<CreateKeyOutput>(&sealed));
                Ok(output.ok_or_else(idempotency_conflict)?.into())
            }
        }
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
