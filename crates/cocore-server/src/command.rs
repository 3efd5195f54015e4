//! The commands.

mod announce;
mod control;
mod copy;
mod key;
mod maintenance;
mod migrate;
mod output;
mod ownership;
mod serve;

use crate::arguments::{Arguments, Command};
use crate::failure::Failure;

/// Runs a command.
///
/// # Errors
/// Why it failed.
pub fn run(arguments: Arguments) -> Result<(), Failure> {
    let settings = arguments.settings;
    match arguments.command {
        None | Some(Command::Serve) => serve::run(&settings),
        Some(Command::Key { command }) => key::run(&settings, command),
        Some(Command::Migrate) => migrate::run(&settings),
        Some(Command::Copy { from, to }) => copy::run(&from, &to),
    }
}
