//! `key update`: changes an active key.

use cocore_keys::{Clock, SystemClock};
use cocore_lexicon::dev::cocore::apikey::update_key::{UpdateKey, UpdateKeyInput};

use super::caller::Caller;
use crate::arguments::{KeyChanges, UpdateArguments};
use crate::command::describe::{describe_all, print_json};
use crate::command::expiry::parse_expiry;
use crate::command::output::print;
use crate::failure::Failure;

/// The expiry of a key that never expires.
const NEVER: &str = "never";

pub(super) async fn update(caller: &Caller, arguments: UpdateArguments) -> Result<(), Failure> {
    let KeyChanges {
        name,
        note,
        expires_at,
        scopes,
    } = arguments.changes;
    let expires_at = expires_at.map(|text| match &*text {
        NEVER => Ok(None),
        text => parse_expiry(text, SystemClock.now()).map(Some),
    });
    let expires_at = expires_at.transpose();
    let mut input = UpdateKeyInput::new(arguments.key.id);
    input.name = name;
    input.note = note;
    input.expires_at =
        expires_at.map_err(|error| Failure::new(format!("--expires-at: {error}, or {NEVER}")))?;
    input.scopes = Some(scopes).filter(|scopes| !scopes.is_empty());
    let output = caller.call::<UpdateKey>(input).await?;
    if arguments.key.options.json {
        return print_json(&output);
    }
    let parts = describe_all(&output.key);
    parts.iter().try_for_each(|part| print(part))
}
