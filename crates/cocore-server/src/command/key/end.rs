//! `key revoke` and `key delete`.

use cocore_lexicon::dev::cocore::account::delete_api_key::{DeleteApiKey, DeleteApiKeyInput};
use cocore_lexicon::dev::cocore::account::list_api_keys::ListApiKeys;
use cocore_lexicon::dev::cocore::account::revoke_api_key::{RevokeApiKey, RevokeApiKeyInput};
use cocore_lexicon::dev::cocore::apikey::revoke_key::{RevokeKey, RevokeKeyInput};
use lexicon_runtime::NoParams;

use super::caller::Caller;
use crate::arguments::{ExistingKey, NamedKey, RevokeArguments};
use crate::command::describe::print_json;
use crate::command::output::{print, print_note};
use crate::failure::Failure;

pub(super) async fn revoke(caller: &Caller, arguments: &RevokeArguments) -> Result<(), Failure> {
    let NamedKey { id, options, .. } = &arguments.key.key;
    let is_revoked = if arguments.cascade {
        let mut input = RevokeKeyInput::new(&**id);
        input.cascade = true;
        let output = caller.call::<RevokeKey>(input).await?;
        if options.json {
            print_json(&output)?;
        } else {
            let revoked = output.revoked.iter();
            let mut lines = revoked.map(|id| format!("revoked {}", id.escape_debug()));
            lines.try_for_each(|line| print(&line))?;
        }
        !output.revoked.is_empty()
    } else {
        let input = RevokeApiKeyInput::new(&**id);
        let output = caller.call::<RevokeApiKey>(input).await?;
        if options.json {
            print_json(&output)?;
        } else if output.revoked {
            print("revoked")?;
        }
        output.revoked
    };
    if is_revoked {
        return Ok(());
    }
    let keys = caller.query::<ListApiKeys>(NoParams {}).await?.keys;
    if !keys.iter().any(|found| found.id == *id) {
        return missing(caller, &arguments.key);
    }
    print_note("nothing changed: the key was already revoked");
    Ok(())
}

pub(super) async fn delete(caller: &Caller, key: &ExistingKey) -> Result<(), Failure> {
    let NamedKey { id, options, .. } = &key.key;
    let input = DeleteApiKeyInput::new(&**id);
    let output = caller.call::<DeleteApiKey>(input).await?;
    if options.json {
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
        caller.did, key.key.id
    );
    if !key.ignore_missing {
        return Err(Failure::new(what));
    }
    print_note(&format!("nothing changed: {what}"));
    Ok(())
}
