//! The command line and the environment, as they were written.

mod backup;
mod calls;
mod config;
mod copy;
mod database;
mod doctor;
mod events;
mod import;
mod key;
mod key_options;
mod key_status;
mod link;
mod listen;
mod log;
mod serve;

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::Resettable;
use clap::error::ErrorKind;
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};
use clap_complete::Shell;

pub use backup::{BackupArguments, RestoreArguments};
pub use calls::{LimitArguments, NewLimits, UsageArguments, UsageStep};
use config::Config;
pub use copy::CopyArguments;
pub use database::DatabaseArguments;
pub use doctor::DoctorArguments;
pub use events::EventsArguments;
pub use import::ImportArguments;
pub use key::{
    CreateArguments, ExistingKey, KeyChanges, KeyCommand, ListArguments, NamedKey, RevokeArguments,
    RotateArguments, UpdateArguments,
};
pub use key_options::{Account, KeyOptions};
pub use key_status::StatusFilter;
pub use link::LinkArguments;
pub use listen::ListenArguments;
pub use log::LogArguments;
pub use serve::RawSettings;

const EXAMPLES: &str = "\
Without a command, the server runs: `cocore-server --listen 127.0.0.1:0` is short for
`cocore-server serve --listen 127.0.0.1:0`.

Examples:
  cocore-server
  cocore-server key create --did did:web:localhost --name laptop
  cocore-server key --help";

/// API keys for accounts of the AT Protocol: create, list, revoke and delete keys, and authenticate requests
#[derive(Debug, Parser)]
#[command(name = "cocore-server", version, after_help = EXAMPLES)]
pub struct Arguments {
    /// A file with settings, by the names of their flags (TOML); flags and variables go before it [default: none]
    #[arg(
        long,
        global = true,
        env = "COCORE_CONFIG",
        value_name = "FILE",
        help_heading = "Settings"
    )]
    pub config: Option<PathBuf>,
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the server (the default)
    Serve(Box<RawSettings>),
    /// Create, list, change, rotate, revoke and delete keys of any account
    Key {
        /// The command for keys.
        #[command(subcommand)]
        command: KeyCommand,
    },
    /// Print the audit trail: what was done to keys, the newest first
    Events(EventsArguments),
    /// Import the keys of the older service from its SQLite files
    Import(ImportArguments),
    /// Print a link that signs in to the console, once, within ten minutes
    Link(LinkArguments),
    /// Bring the schema of the database up to date, and report what was done
    Migrate(MigrateArguments),
    /// Copy everything from one database into another, empty one
    Copy(CopyArguments),
    /// Back up an SQLite database into one file, also while its server runs
    Backup(BackupArguments),
    /// Put a backup in the place of the SQLite database of a stopped server
    Restore(RestoreArguments),
    /// Check what a server with these settings needs, and print what to do
    Doctor(Box<DoctorArguments>),
    /// Print a script that completes this program's commands and options in a shell
    #[command(after_help = "Example:\n  source <(cocore-server completions bash)")]
    Completions {
        /// The shell
        shell: Shell,
    },
}

/// The arguments of `migrate`.
#[derive(Args, Debug)]
pub struct MigrateArguments {
    /// The database.
    #[command(flatten)]
    pub database: DatabaseArguments,
    /// The log.
    #[command(flatten)]
    pub log: LogArguments,
}

impl Arguments {
    /// Reads the command line and the environment. For help and for an invalid option, it prints, and ends the
    /// process.
    pub fn read() -> Self {
        let arguments = with_command(env::args_os().collect());
        let mut command = with_environment(Self::command());
        let matches = command.clone().get_matches_from(&arguments);
        let read = Self::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
        let Some(file) = read.config else {
            return read;
        };
        let config = Config::read(&file, &settings_of_files()).unwrap_or_else(|error| {
            let message = format!("{}:{error}", file.display());
            command.error(ErrorKind::ValueValidation, message).exit()
        });
        let matches = config.apply(command).get_matches_from(&arguments);
        Self::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
    }

    /// Returns the settings of the log, for a command that logs.
    pub fn log(&self) -> Option<&LogArguments> {
        match &self.command {
            Command::Serve(settings) => Some(&settings.log),
            Command::Key { command } => Some(&command.options().log),
            Command::Events(events) => Some(&events.log),
            Command::Import(import) => Some(&import.log),
            Command::Link(link) => Some(&link.log),
            Command::Migrate(migrate) => Some(&migrate.log),
            Command::Copy(copy) => Some(&copy.log),
            Command::Backup(backup) => Some(&backup.log),
            Command::Restore(restore) => Some(&restore.log),
            Command::Doctor(doctor) => Some(&doctor.settings.log),
            Command::Completions { .. } => None,
        }
    }

    /// Returns whether the command runs a server.
    pub fn is_server(&self) -> bool {
        matches!(self.command, Command::Serve(_))
    }
}

/// Adds `serve` to arguments without a command.
fn with_command(mut arguments: Vec<OsString>) -> Vec<OsString> {
    let mut rest = arguments
        .iter()
        .skip(1)
        .map(|given| given.to_string_lossy());
    let mut first = rest.next();
    // The one option that may stand before a command.
    while let Some(option) = first.as_deref().filter(|text| text.starts_with("--config")) {
        if option == "--config" {
            rest.next();
        }
        first = rest.next();
    }
    let is_missing = first.is_none_or(|first| {
        first.starts_with('-') && !["-h", "--help", "-V", "--version"].contains(&&*first)
    });
    if is_missing {
        arguments.insert(arguments.len().min(1), "serve".into());
    }
    arguments
}

/// Returns the command whose options are the settings of a configuration file. It reads no variables.
fn settings_of_files() -> clap::Command {
    let serve = RawSettings::augment_args(clap::Command::new("serve"));
    serve.mut_args(|arg| arg.env(Resettable::Reset))
}

/// Makes an empty variable count as unset, and help show no value of a variable: it may hold a password.
fn with_environment(command: clap::Command) -> clap::Command {
    let command = command.mut_args(|arg| {
        let value = arg.get_env().and_then(env::var_os);
        let arg = arg.hide_env_values(true);
        match value {
            Some(value) if value.is_empty() => arg.env(Resettable::Reset),
            _ => arg,
        }
    });
    command.mut_subcommands(with_environment)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_is_consistent() {
        with_environment(Arguments::command()).debug_assert();
    }

    #[test]
    fn the_server_is_the_default() {
        for (given, is_serve) in [
            (&["cocore-server"][..], true),
            (&["cocore-server", "--listen", "127.0.0.1:0"], true),
            (&["cocore-server", "--help"], false),
            (&["cocore-server", "-V"], false),
            (&["cocore-server", "key", "list"], false),
            (&["cocore-server", "srve"], false),
            (&["cocore-server", "--config", "f"], true),
            (&["cocore-server", "--config=f", "--listen", "a"], true),
            (&["cocore-server", "--config", "f", "key", "list"], false),
            (&["cocore-server", "--config=f", "serve"], false),
            (&["cocore-server", "--config"], true),
        ] {
            let arguments = with_command(given.iter().map(OsString::from).collect());
            let is_added = arguments.get(1).is_some_and(|first| first == "serve");
            assert_eq!(is_added, is_serve, "{given:?}");
        }
    }
}
