//! `cocore-server migrate`: brings the schema of a database up to date.

use std::sync::Arc;

use cocore_keys::SystemClock;
use cocore_store::Store;

use super::output::print;
use crate::arguments::DatabaseArguments;
use crate::failure::Failure;
use crate::settings;

pub(super) fn run(database: &DatabaseArguments) -> Result<(), Failure> {
    let url = settings::database(database)?;
    let store = Store::open(url.clone(), Arc::new(SystemClock));
    let report = store.migrate().map_err(Failure::new)?;
    print(&format!("{url}: {report}"))
}
