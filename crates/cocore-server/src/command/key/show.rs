//! `key show`: everything about a key.

use cocore_lexicon::dev::cocore::apikey::get_key::{GetKey, GetKeyParams};

use super::caller::Caller;
use crate::arguments::NamedKey;
use crate::command::describe::{describe_all, print_json};
use crate::command::output::print;
use crate::failure::Failure;

pub(super) async fn show(caller: &Caller, key: &NamedKey) -> Result<(), Failure> {
    let params = GetKeyParams::new(&*key.id);
    let output = caller.query::<GetKey>(params).await?;
    if key.options.json {
        return print_json(&output);
    }
    let parts = describe_all(&output.key);
    parts.iter().try_for_each(|part| print(part))
}
