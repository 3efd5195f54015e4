//! `cocore-server key list --all`: the keys of all accounts, a page at a time.

use cocore_lexicon::dev::cocore::account::defs::ApiKeyView;

use super::control;
use super::describe::{describe, print_json};
use super::output::print;
use super::target::Target;
use crate::failure::Failure;

/// Prints the keys of all accounts, the oldest first: with JSON, an object on each line.
pub(super) async fn print_all(target: &Target, is_json: bool) -> Result<(), Failure> {
    let mut after = String::new();
    loop {
        let keys = page(target, &after).await?;
        let Some(last) = keys.last() else {
            return Ok(());
        };
        after.clone_from(&last.id);
        for key in &keys {
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
