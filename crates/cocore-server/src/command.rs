//! The commands.

mod control;
mod copy;
mod key;
mod ownership;
mod serve;

use std::fmt;
use std::io::{Write, stdout};
use std::sync::Arc;

use cocore_keys::{Keys, SystemClock, SystemRandom};
use cocore_store::Store;

use crate::api::Api;
use crate::arguments::{Arguments, Command, RawSettings};
use crate::settings;

/// Why a command did not do its work: one line for a person.
#[derive(Debug)]
pub struct Failure(String);

impl Failure {
    /// A failure.
    pub fn new(message: impl fmt::Display) -> Self {
        Self(message.to_string())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Runs a command.
///
/// # Errors
/// Why it did not do its work.
pub fn run(arguments: Arguments) -> Result<(), Failure> {
    let settings = arguments.settings;
    match arguments.command {
        None | Some(Command::Serve) => serve::run(&settings),
        Some(Command::Key { command }) => key::run(&settings, command),
        Some(Command::Migrate) => migrate(&settings),
        Some(Command::Copy { from, to }) => copy::run(&from, &to),
    }
}

fn migrate(settings: &RawSettings) -> Result<(), Failure> {
    let url = settings::database(settings)?;
    let store = Store::open(url.clone(), Arc::new(SystemClock));
    let report = store.migrate().map_err(Failure::new)?;
    print(&format!("{url}: {report}"))
}

/// The methods on a store.
fn api(store: Store) -> Api {
    let keys = Keys::new(store, Arc::new(SystemClock), Arc::new(SystemRandom));
    Api {
        keys: Arc::new(keys),
    }
}

/// Prints a line to standard output.
fn print(line: &str) -> Result<(), Failure> {
    writeln!(stdout(), "{line}").map_err(|error| Failure::new(format!("standard output: {error}")))
}
