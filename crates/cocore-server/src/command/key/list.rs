//! `key list --did`: the keys of an account.

use cocore_keys::KeyStatus;
use cocore_lexicon::dev::cocore::account::list_api_keys::ListApiKeys;
use cocore_lexicon::dev::cocore::apikey::list_keys::{ListKeys, ListKeysOutput, ListKeysParams};
use lexicon_runtime::NoParams;

use super::caller::Caller;
use crate::arguments::ListArguments;
use crate::command::describe::{describe, describe_key, print_json};
use crate::command::output::{print, print_note};
use crate::failure::Failure;

/// The most keys of a page of the method.
const PAGE_SIZE: i64 = 100;

pub(super) async fn list(caller: &Caller, arguments: &ListArguments) -> Result<(), Failure> {
    if let Some(status) = arguments.status {
        return list_some(caller, status.into(), arguments.options.json).await;
    }
    let output = caller.query::<ListApiKeys>(NoParams {}).await?;
    if arguments.options.json {
        return print_json(&output);
    }
    if output.keys.is_empty() {
        print_note(&format!("{} has no keys", caller.did));
    }
    output.keys.iter().try_for_each(|key| print(&describe(key)))
}

/// Lists the keys in a state: with JSON, in one object.
async fn list_some(caller: &Caller, status: KeyStatus, is_json: bool) -> Result<(), Failure> {
    let mut params = ListKeysParams::default();
    params.limit = PAGE_SIZE;
    params.status = Some(status.as_str().to_owned());
    let mut keys = Vec::new();
    loop {
        let page = caller.query::<ListKeys>(params.clone()).await?;
        keys.extend(page.keys);
        params.cursor = page.cursor;
        if params.cursor.is_none() {
            break;
        }
    }
    if is_json {
        return print_json(&ListKeysOutput::new(keys));
    }
    if keys.is_empty() {
        let (did, status) = (&caller.did, status.as_str());
        print_note(&format!("{did} has no keys with the status {status}"));
    }
    keys.iter().try_for_each(|key| print(&describe_key(key)))
}
