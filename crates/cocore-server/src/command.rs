//! The commands.

mod account;
mod admin;
mod all_keys;
mod announce;
mod backup;
mod cannot_listen;
mod completions;
mod control;
mod control_socket;
mod copy;
mod describe;
mod doctor;
mod duration;
mod events;
mod expiry;
mod import;
mod key;
mod link;
mod maintenance;
mod migrate;
mod output;
mod ownership;
mod progress;
mod quoted;
mod restore;
mod serve;
mod service_manager;
mod signals;
mod target;

use crate::arguments::{Arguments, Command};
use crate::failure::Failure;

/// Runs a command.
///
/// # Errors
/// Why it failed.
pub fn run(arguments: Arguments) -> Result<(), Failure> {
    match arguments.command {
        Command::Serve(settings) => serve::run(&settings),
        Command::Key { command } => key::run(command),
        Command::Events(arguments) => events::run(&arguments),
        Command::Import(arguments) => import::run(&arguments),
        Command::Link(link) => link::run(&link),
        Command::Migrate(migrate) => migrate::run(&migrate.database),
        Command::Copy(databases) => copy::run(&databases),
        Command::Backup(arguments) => backup::run(&arguments),
        Command::Restore(arguments) => restore::run(&arguments),
        Command::Doctor(arguments) => doctor::run(&arguments),
        Command::Completions { shell } => completions::run(shell),
    }
}
