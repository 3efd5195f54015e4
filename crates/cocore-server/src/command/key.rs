//! `cocore-server key ...`: the methods, called by the operator on behalf of an account.

use cocore_keys::{CallerCredential, Clock, SystemClock};
use cocore_lexicon::dev::cocore::account::create_api_key::{CreateApiKey, CreateApiKeyInput};
use cocore_lexicon::dev::cocore::account::delete_api_key::{DeleteApiKey, DeleteApiKeyInput};
use cocore_lexicon::dev::cocore::account::list_api_keys::ListApiKeys;
use cocore_lexicon::dev::cocore::account::revoke_api_key::{RevokeApiKey, RevokeApiKeyInput};
use lexicon_runtime::{Did, NoBody, NoParams, Options, Validate, XrpcMethod, json};
use serde::Serialize;
use xrpc_server::{Handler, Request};

use super::account::parse_did;
use super::all_keys;
use super::control;
use super::describe::{describe, print_json};
use super::expiry::parse_expiry;
use super::output::{print, print_note};
use super::target::Target;
use crate::api::Api;
use crate::arguments::{ExistingKey, KeyCommand};
use crate::failure::Failure;
use crate::principal::Principal;
use crate::settings;

pub(super) fn run(command: KeyCommand) -> Result<(), Failure> {
    let did = match &command {
        KeyCommand::Create { account, .. } => Some(parse_did(&account.did)?),
        KeyCommand::List { did, .. } => did.as_deref().map(parse_did).transpose()?,
        KeyCommand::Revoke(key) | KeyCommand::Delete(key) => Some(parse_did(&key.account.did)?),
    };
    let url = settings::database(&command.options().database)?;
    let is_json = command.options().json;
    actix_web::rt::System::new().block_on(async {
        let target = Target::find(url).await?;
        let Some(did) = did else {
            let done = all_keys::print_all(&target, is_json).await;
            target.close().await;
            return done;
        };
        let caller = Caller {
            target,
            did: did.into(),
        };
        let done = match command {
            KeyCommand::Create {
                name, expires_at, ..
            } => create(&caller, is_json, name, expires_at).await,
            KeyCommand::List { .. } => list(&caller, is_json).await,
            KeyCommand::Revoke(key) => revoke(&caller, &key).await,
            KeyCommand::Delete(key) => delete(&caller, &key).await,
        };
        caller.target.close().await;
        done
    })
}

async fn create(
    caller: &Caller,
    is_json: bool,
    name: String,
    expires_at: Option<String>,
) -> Result<(), Failure> {
    let mut input = CreateApiKeyInput::new(name);
    input.expires_at = expires_at
        .map(|text| parse_expiry(&text, SystemClock.now()))
        .transpose()
        .map_err(|error| Failure::new(format!("--expires-at: {error}")))?;
    let output = caller.call::<CreateApiKey>(checked(input)?).await?;
    if is_json {
        return print_json(&output);
    }
    // The secret alone goes to standard output, so that KEY=$(...) holds it.
    print_note(&describe(&output.key));
    print_note("its secret is printed only this once:");
    print(output.secret.expose())
}

async fn list(caller: &Caller, is_json: bool) -> Result<(), Failure> {
    let output = caller.call::<ListApiKeys>(NoBody).await?;
    if is_json {
        return print_json(&output);
    }
    if output.keys.is_empty() {
        print_note(&format!("{} has no keys", caller.did));
    }
    output.keys.iter().try_for_each(|key| print(&describe(key)))
}

async fn revoke(caller: &Caller, key: &ExistingKey) -> Result<(), Failure> {
    let input = checked(RevokeApiKeyInput::new(&*key.id))?;
    let output = caller.call::<RevokeApiKey>(input).await?;
    if key.options.json {
        print_json(&output)?;
    } else if output.revoked {
        print("revoked")?;
    }
    if output.revoked {
        return Ok(());
    }
    let keys = caller.call::<ListApiKeys>(NoBody).await?.keys;
    if !keys.iter().any(|found| found.id == key.id) {
        return missing(caller, key);
    }
    print_note("nothing changed: the key was already revoked");
    Ok(())
}

async fn delete(caller: &Caller, key: &ExistingKey) -> Result<(), Failure> {
    let input = checked(DeleteApiKeyInput::new(&*key.id))?;
    let output = caller.call::<DeleteApiKey>(input).await?;
    if key.options.json {
        print_json(&output)?;
    } else if output.deleted {
        print("deleted")?;
    }
    if output.deleted {
        return Ok(());
    }
    missing(caller, key)
}

/// Reports that there is no key with this id: a failure, unless the caller expects it.
fn missing(caller: &Caller, key: &ExistingKey) -> Result<(), Failure> {
    let what = format!(
        "{} has no key with the id {:?}; `key list` prints the ids",
        caller.did, key.id
    );
    if !key.ignore_missing {
        return Err(Failure::new(what));
    }
    print_note(&format!("nothing changed: {what}"));
    Ok(())
}

/// An account that calls methods.
struct Caller {
    target: Target,
    did: Did,
}

impl Caller {
    /// Calls a method.
    async fn call<M: XrpcMethod<Params = NoParams>>(
        &self,
        input: M::Input,
    ) -> Result<M::Output, Failure>
    where
        Api: Handler<M, Principal>,
    {
        let Self { target, did } = self;
        let (api, url) = match target {
            Target::Server(database) => return control::call::<M>(database, did, input).await,
            Target::Database { api, url, .. } => (api, url),
        };
        // This error has more detail than the method's own.
        let reached = api.keys.ping().await;
        reached.map_err(|error| Failure::new(format!("{url}: {error}")))?;
        let principal = Principal::new(did.clone(), CallerCredential::Operator);
        let request = Request::new(NoParams {}, input, principal);
        let response = api.handle(request).await.map_err(|error| {
            let error = error.body();
            Failure::new(error.message.as_ref().unwrap_or(&error.error))
        })?;
        Ok(response.output)
    }
}

/// Checks an input as a request over HTTP is checked.
fn checked<T: Validate + Serialize>(input: T) -> Result<T, Failure> {
    json::check("input", &input, Options::DEFAULT).map_err(Failure::new)?;
    Ok(input)
}
