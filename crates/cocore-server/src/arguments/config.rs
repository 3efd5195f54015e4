//! The configuration file: settings by the names of their flags. Flags and the environment go before it.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::Path;
use std::{fs, io};

use clap::{ArgAction, Command};
use cocore_store::DatabaseUrl;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The option that names the file. It is not for the file itself.
const CONFIG: &str = "config";

/// Why a configuration file cannot be used: the text that follows its name and a colon.
#[derive(Debug, thiserror::Error)]
pub(super) enum ConfigError {
    #[error(" {0}")]
    Read(#[from] io::Error),
    #[error("{place}: {message}")]
    Syntax { place: Place, message: String },
    #[error("{place}: there is no setting {name:?}{hint}; the settings are {known}")]
    Unknown {
        place: Place,
        name: String,
        hint: &'static str,
        known: String,
    },
    #[error("{place}: {name}: expected {expected}")]
    Type {
        place: Place,
        name: String,
        expected: &'static str,
    },
    #[error("{place}: {message}")]
    Value { place: Place, message: String },
    #[error(
        "{place}: database-url: a password belongs into COCORE_DATABASE_URL, not into this file"
    )]
    Password { place: Place },
}

/// A place in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    line: usize,
    column: usize,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

impl Place {
    fn of(text: &str, offset: usize) -> Self {
        let before = text.get(..offset).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        Self {
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
        }
    }
}

/// The values of a file, by the names of their flags.
#[derive(Debug)]
pub(super) struct Config(BTreeMap<String, Vec<String>>);

impl Config {
    /// Reads a file. `serve` is the command whose settings the file may have; it reads no variables.
    pub(super) fn read(file: &Path, serve: &Command) -> Result<Self, ConfigError> {
        Self::parse(&fs::read_to_string(file)?, serve)
    }

    fn parse(text: &str, serve: &Command) -> Result<Self, ConfigError> {
        let table = DeTable::parse(text).map_err(|error| ConfigError::Syntax {
            place: Place::of(text, error.span().map_or(0, |span| span.start)),
            message: error.message().to_owned(),
        })?;
        let mut values = BTreeMap::new();
        for (name, value) in table.into_inner() {
            let place = |span: std::ops::Range<usize>| Place::of(text, span.start);
            let (at, value_at) = (place(name.span()), place(value.span()));
            let name = name.into_inner().into_owned();
            let Some(setting) = settings(serve).find(|setting| setting.get_long() == Some(&name))
            else {
                return Err(unknown(at, name, serve));
            };
            let is_list = setting.get_value_delimiter().is_some();
            let is_switch = matches!(setting.get_action(), ArgAction::SetTrue);
            let expected = match (is_switch, is_list) {
                (true, _) => "true or false",
                (_, true) => "a list of texts",
                _ => "a text or a number",
            };
            let given = plain(value, is_switch, is_list).ok_or_else(|| ConfigError::Type {
                place: value_at,
                name: name.clone(),
                expected,
            })?;
            check(&name, &given, is_switch, serve).map_err(|message| ConfigError::Value {
                place: value_at,
                message,
            })?;
            if name == "database-url"
                && let Some(Ok(url)) = given.first().map(|url| DatabaseUrl::parse(url))
                && url.has_password()
            {
                return Err(ConfigError::Password { place: value_at });
            }
            values.insert(name, given);
        }
        Ok(Self(values))
    }

    /// Returns the command with the values of the file as defaults, of its subcommands too.
    pub(super) fn apply(&self, command: Command) -> Command {
        let command = command.mut_args(|arg| {
            let values = arg.get_long().and_then(|name| self.0.get(name));
            match values {
                Some(values) => arg.default_values(values.clone()),
                None => arg,
            }
        });
        command.mut_subcommands(|subcommand| self.apply(subcommand))
    }
}

/// The options that a file may have.
fn settings(serve: &Command) -> impl Iterator<Item = &clap::Arg> {
    serve.get_arguments().filter(|arg| {
        let name = arg.get_long();
        name.is_some_and(|name| ![CONFIG, "help", "version"].contains(&name))
    })
}

fn unknown(place: Place, name: String, serve: &Command) -> ConfigError {
    let known: BTreeSet<_> = settings(serve).filter_map(clap::Arg::get_long).collect();
    let hint = match &name[..] {
        "encryption-key" => " (a secret: put it into a file, and name that by encryption-key-file)",
        _ => "",
    };
    ConfigError::Unknown {
        place,
        name,
        hint,
        known: known.into_iter().collect::<Vec<_>>().join(", "),
    }
}

/// Returns the texts of a value, as they would be on a command line.
fn plain(value: Spanned<DeValue<'_>>, is_switch: bool, is_list: bool) -> Option<Vec<String>> {
    match value.into_inner() {
        DeValue::Boolean(value) if is_switch => Some(vec![value.to_string()]),
        _ if is_switch => None,
        DeValue::String(text) => Some(vec![text.into_owned()]),
        DeValue::Integer(number) => {
            let digits = number.as_str().replace('_', "");
            let number = i64::from_str_radix(&digits, number.radix()).ok()?;
            Some(vec![number.to_string()])
        }
        DeValue::Array(values) if is_list => {
            let texts = values.into_iter().map(|value| match value.into_inner() {
                DeValue::String(text) => Some(text.into_owned()),
                _ => None,
            });
            texts.collect()
        }
        _ => None,
    }
}

/// Checks values as those of a flag.
fn check(name: &str, values: &[String], is_switch: bool, serve: &Command) -> Result<(), String> {
    if is_switch {
        return Ok(());
    }
    let flags = values
        .iter()
        .map(|value| OsString::from(format!("--{name}={value}")));
    let arguments = [OsString::from("serve")].into_iter().chain(flags);
    match serve.clone().try_get_matches_from(arguments) {
        Ok(_) => Ok(()),
        Err(error) => {
            let text = error.to_string();
            let line = text.lines().next().unwrap_or_default();
            Err(line.trim_start_matches("error: ").to_owned())
        }
    }
}
