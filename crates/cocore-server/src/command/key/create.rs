//! `key create` and `key rotate`: standard output gets nothing but the secret, so that `KEY=$(...)` holds it.

use cocore_keys::{Clock, SystemClock};
use cocore_lexicon::dev::cocore::account::create_api_key::{CreateApiKey, CreateApiKeyInput};
use cocore_lexicon::dev::cocore::apikey::create_key::{CreateKey, CreateKeyInput};
use cocore_lexicon::dev::cocore::apikey::rotate_key::{RotateKey, RotateKeyInput};

use super::caller::Caller;
use crate::arguments::{CreateArguments, RotateArguments};
use crate::command::describe::{describe, describe_key, print_json};
use crate::command::duration::parse_duration;
use crate::command::expiry::parse_expiry;
use crate::command::output::{print, print_note};
use crate::failure::Failure;

pub(super) async fn create(caller: &Caller, arguments: CreateArguments) -> Result<(), Failure> {
    let CreateArguments {
        options,
        name,
        expires_at,
        scopes,
        models,
        note,
        ..
    } = arguments;
    let expires_at = expires_at
        .map(|text| parse_expiry(&text, SystemClock.now()))
        .transpose()
        .map_err(|error| Failure::new(format!("--expires-at: {error}")))?;
    // The output of this method stays as scripts know it.
    if scopes.is_empty() && models.is_empty() && note.is_none() {
        let mut input = CreateApiKeyInput::new(name);
        input.expires_at = expires_at;
        let output = caller.call::<CreateApiKey>(input).await?;
        if options.json {
            return print_json(&output);
        }
        return print_secret(&describe(&output.key), output.secret.expose());
    }
    let mut input = CreateKeyInput::new(name);
    input.expires_at = expires_at;
    input.scopes = Some(scopes).filter(|scopes| !scopes.is_empty());
    input.models = Some(models).filter(|models| !models.is_empty());
    input.note = note;
    let output = caller.call::<CreateKey>(input).await?;
    if options.json {
        return print_json(&output);
    }
    print_secret(&describe_key(&output.key), output.secret.expose())
}

pub(super) async fn rotate(caller: &Caller, arguments: &RotateArguments) -> Result<(), Failure> {
    let mut input = RotateKeyInput::new(&*arguments.key.id);
    if let Some(text) = &arguments.grace {
        let grace = parse_duration(text);
        let grace = grace.map_err(|error| Failure::new(format!("--grace: {error}")))?;
        // The schema bounds it.
        input.grace_seconds = i64::try_from(grace.as_secs()).unwrap_or(i64::MAX);
    }
    let output = caller.call::<RotateKey>(input).await?;
    if arguments.key.options.json {
        return print_json(&output);
    }
    print_secret(&describe_key(&output.key), output.secret.expose())
}

fn print_secret(key: &str, secret: &str) -> Result<(), Failure> {
    print_note(key);
    print_note("its secret is printed only this once:");
    print(secret)
}
