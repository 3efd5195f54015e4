//! `cocore-server key ...`: the methods, called by the operator on behalf of an account.

use std::sync::Arc;

use cocore_keys::{Keys, SystemClock, SystemRandom};
use cocore_lexicon::dev::cocore::account::create_api_key::{CreateApiKey, CreateApiKeyInput};
use cocore_lexicon::dev::cocore::account::defs::ApiKeyView;
use cocore_lexicon::dev::cocore::account::delete_api_key::{DeleteApiKey, DeleteApiKeyInput};
use cocore_lexicon::dev::cocore::account::list_api_keys::ListApiKeys;
use cocore_lexicon::dev::cocore::account::revoke_api_key::{RevokeApiKey, RevokeApiKeyInput};
use cocore_store::{DatabaseUrl, LockError, OwnerLock, SqliteFile, Store};
use lexicon_runtime::{Datetime, Did, NoBody, NoParams, Validate, XrpcMethod, json};
use serde::Serialize;
use xrpc_server::{Handler, Request};

use super::control;
use super::output::{print, print_note};
use crate::api::Api;
use crate::arguments::{Account, KeyCommand, RawSettings};
use crate::failure::Failure;
use crate::principal::Principal;
use crate::settings;

pub(super) fn run(raw: &RawSettings, command: KeyCommand) -> Result<(), Failure> {
    let url = settings::database(raw)?;
    let target = Target::new(url)?;
    actix_web::rt::System::new().block_on(async {
        let done = match command {
            KeyCommand::Create {
                account,
                name,
                expires_at,
            } => create(&target, &account, name, expires_at).await,
            KeyCommand::List { account } => list(&target, &account).await,
            KeyCommand::Revoke { account, id } => revoke(&target, &account, id).await,
            KeyCommand::Delete { account, id } => delete(&target, &account, id).await,
        };
        if let Target::Database { store, .. } = target {
            store.close().await;
        }
        done
    })
}

async fn create(
    target: &Target,
    account: &Account,
    name: String,
    expires_at: Option<String>,
) -> Result<(), Failure> {
    let mut input = CreateApiKeyInput::new(name);
    input.expires_at = expires_at
        .map(Datetime::parse)
        .transpose()
        .map_err(|error| Failure::new(format!("--expires-at: {error}")))?;
    let output = call::<CreateApiKey>(target, account, checked(input)?).await?;
    if account.json {
        return print_json(&output);
    }
    // The secret alone goes to standard output, so that KEY=$(...) holds it.
    print_note(&describe(&output.key));
    print_note("its secret is printed only this once:");
    print(output.secret.expose())
}

async fn list(target: &Target, account: &Account) -> Result<(), Failure> {
    let output = call::<ListApiKeys>(target, account, NoBody).await?;
    if account.json {
        return print_json(&output);
    }
    if output.keys.is_empty() {
        print_note(&format!("{} has no keys", account.did));
    }
    output.keys.iter().try_for_each(|key| print(&describe(key)))
}

async fn revoke(target: &Target, account: &Account, id: String) -> Result<(), Failure> {
    let input = checked(RevokeApiKeyInput::new(id))?;
    let output = call::<RevokeApiKey>(target, account, input).await?;
    if account.json {
        return print_json(&output);
    }
    print(if output.revoked {
        "revoked"
    } else {
        "nothing changed: the account has no such key, or it was already revoked"
    })
}

async fn delete(target: &Target, account: &Account, id: String) -> Result<(), Failure> {
    let input = checked(DeleteApiKeyInput::new(id))?;
    let output = call::<DeleteApiKey>(target, account, input).await?;
    if account.json {
        return print_json(&output);
    }
    print(if output.deleted {
        "deleted"
    } else {
        "nothing changed: the account has no such key"
    })
}

/// Calls a method as the account.
async fn call<M: XrpcMethod<Params = NoParams>>(
    target: &Target,
    account: &Account,
    input: M::Input,
) -> Result<M::Output, Failure>
where
    Api: Handler<M, Principal>,
{
    let did = atproto_resolver::Did::parse(&account.did);
    let did: Did = did
        .map_err(|error| Failure::new(format!("--did: {error}")))?
        .into();
    let (api, url) = match target {
        Target::Server(database) => return control::call::<M>(database, &did, input).await,
        Target::Database { api, url, .. } => (api, url),
    };
    // This error has more detail than the method's own.
    let reached = api.keys.ping().await;
    reached.map_err(|error| Failure::new(format!("{url}: {error}")))?;
    let request = Request::new(NoParams {}, input, Principal { did: did.into() });
    let response = api.handle(request).await.map_err(|error| {
        let error = error.body();
        Failure::new(error.message.as_ref().unwrap_or(&error.error))
    })?;
    Ok(response.output)
}

/// Where a command calls the methods.
enum Target {
    /// In the running server that owns the file.
    Server(SqliteFile),
    /// In this process: no server owns the file, or the servers of the database coordinate with it.
    Database {
        url: DatabaseUrl,
        api: Api,
        store: Store,
        _lock: Option<OwnerLock>,
    },
}

impl Target {
    fn new(url: DatabaseUrl) -> Result<Self, Failure> {
        let lock = match url.sqlite() {
            None => None,
            Some(file) => match OwnerLock::take(file) {
                Ok(lock) => Some(lock),
                Err(LockError::Held) => return Ok(Self::Server(file.clone())),
                Err(error) => return Err(Failure::new(error)),
            },
        };
        let store = Store::open(url.clone(), Arc::new(SystemClock));
        let (clock, random) = (Arc::new(SystemClock), Arc::new(SystemRandom));
        let keys = Arc::new(Keys::new(store.clone(), clock, random));
        Ok(Self::Database {
            url,
            api: Api { keys },
            store,
            _lock: lock,
        })
    }
}

/// Checks an input as a request over HTTP is checked.
fn checked<T: Validate + Serialize>(input: T) -> Result<T, Failure> {
    json::check("input", &input).map_err(Failure::new)?;
    Ok(input)
}

/// Describes a key on one line. The name is quoted, so that no character in it moves the cursor.
fn describe(key: &ApiKeyView) -> String {
    let mut line = format!(
        "{}  {}  {:?}  created {}",
        key.id, key.prefix, key.name, key.created_at
    );
    let times = [
        ("expires", &key.expires_at),
        ("revoked", &key.revoked_at),
        ("last used", &key.last_used_at),
    ];
    for (what, at) in times {
        if let Some(at) = at {
            line.push_str(&format!("  {what} {at}"));
        }
    }
    line
}

fn print_json(output: &impl Serialize) -> Result<(), Failure> {
    print(&serde_json::to_string(output).map_err(Failure::new)?)
}
