//! `cocore-server key list --all`: the keys of all accounts, a page at a time.

use chrono::{DateTime, Utc};
use cocore_keys::{Clock, KeyStatus, SystemClock};
use cocore_lexicon::dev::cocore::account::defs::ApiKeyView;
use lexicon_runtime::Datetime;

use super::control;
use super::describe::{describe, print_json};
use super::output::print;
use super::target::Target;
use crate::failure::Failure;

/// Prints the keys of all accounts, or those in a state, the oldest first: with JSON, an object on each line.
pub(super) async fn print_all(
    target: &Target,
    status: Option<KeyStatus>,
    is_json: bool,
) -> Result<(), Failure> {
    let now = SystemClock.now();
    let mut after = String::new();
    loop {
        let keys = page(target, &after).await?;
        let Some(last) = keys.last() else {
            return Ok(());
        };
        after.clone_from(&last.id);
        let is_wanted =
            |key: &&ApiKeyView| status.is_none_or(|wanted| wanted == self::status(key, now));
        for key in keys.iter().filter(is_wanted) {
            if is_json {
                print_json(key)?;
            } else {
                // Another program may have written it.
                let did = key.did.as_str().escape_debug();
                print(&format!("{did}  {}", describe(key)))?;
            }
        }
    }
}

/// Returns the state of a key at a time.
fn status(key: &ApiKeyView, now: DateTime<Utc>) -> KeyStatus {
    let end = key.expires_at.as_ref().and_then(Datetime::to_utc);
    KeyStatus::at(now, key.revoked_at.is_some(), end)
}

async fn page(target: &Target, after: &str) -> Result<Vec<ApiKeyView>, Failure> {
    match target {
        Target::Server(database) => control::key_page(database, after).await,
        Target::Database {
            url, api, store, ..
        } => {
            let page = api.page(store, after).await;
            page.map_err(|error| Failure::new(format!("{url}: {error}")))
        }
    }
}
