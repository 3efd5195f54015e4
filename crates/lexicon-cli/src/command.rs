//! The subcommands.

use crate::error::Error;
use crate::outcome::Outcome;
#[cfg(feature = "network")]
use crate::published::{add, check_dns, diff, install, publish, status, update};
#[cfg(feature = "serve")]
use crate::serve;
use crate::{breaking, cid, codegen, conformance, history, json_schema, lint, openapi, validate};

/// A subcommand with its arguments. Another program can have all of them beside its own, by
/// `#[command(flatten)]`.
#[derive(Debug, clap::Subcommand)]
#[non_exhaustive]
pub enum Command {
    /// Generate Rust code from lexicons
    ///
    /// Exit code 0: the code is written, or up to date; 1: a lexicon is invalid, or `--check` found a
    /// difference; 2: the command failed.
    Codegen(codegen::Arguments),
    /// Report errors and likely mistakes in lexicons
    ///
    /// Exit code 0: there is no error, and at most warnings and advice; 1: there are errors; 2: the check
    /// failed.
    Lint(lint::Arguments),
    /// Report what a change of lexicons breaks, and for whom
    ///
    /// Exit code 0: nothing breaks; 1: something breaks; 2: the comparison failed.
    Breaking(breaking::Arguments),
    /// Check a JSON value against a definition
    ///
    /// Exit code 0: the value is valid; 1: it is invalid, and every violation is printed with its
    /// place; 2: the check failed.
    Validate(validate::Arguments),
    /// Print the CID under which each lexicon is published
    ///
    /// Prints one line per file: the CID and the NSID. Exit code 0: every file is a lexicon; 1: some
    /// files are not.
    Cid(cid::Arguments),
    /// Record the versions of lexicons in `history.toml`
    ///
    /// Adds the version of each lexicon that is not the last one there. From then on, `lexicon codegen` does this
    /// too. Exit code 0: all are recorded; 1: `--check` found one that is not; 2: the command failed.
    History(history::Arguments),
    /// Generate, compile and test the types of lexicons
    ///
    /// Each generated type gets valid and invalid sample values, and its check has to agree with the
    /// interpreted check. Exit code 0: every lexicon was generated; 1: some are invalid, and the
    /// reasons are printed; 2: the command failed.
    Conformance(conformance::Arguments),
    /// Describe the methods of lexicons as OpenAPI 3.1
    ///
    /// Exit code 0: the document is written, or up to date; 1: a lexicon is invalid and left out, or
    /// `--check` found a difference; 2: the command failed.
    #[command(name = "openapi")]
    OpenApi(openapi::Arguments),
    /// Print the types of lexicons as JSON Schema
    ///
    /// Exit code 0: every lexicon is valid; 1: some are invalid and left out; 2: the command failed.
    JsonSchema(json_schema::Arguments),
    /// Show lexicons as pages on a port of this machine
    ///
    /// Prints the address, and runs until it is stopped. Changes of the files are shown at once. Exit code 2: the
    /// command failed.
    #[cfg(feature = "serve")]
    Serve(serve::Arguments),
    /// Resolve lexicons of others, write them here, and pin them in `lexicon.lock`
    ///
    /// The proof of each lexicon is verified, and the lexicons that it refers to are added too. Exit code 0:
    /// all are pinned; 1: some are not, and the reasons are printed; 2: the command failed.
    #[cfg(feature = "network")]
    Add(add::Arguments),
    /// Check the CIDs of pinned lexicons, and fetch those that are missing
    ///
    /// The network is not used if nothing is missing. Exit code 0: all are as `lexicon.lock` has them; 1:
    /// some are not, and the reasons are printed; 2: the command failed.
    #[cfg(feature = "network")]
    Install(install::Arguments),
    /// Resolve pinned lexicons again, and pin what is published now
    ///
    /// Exit code 0: all are up to date; 1: some are not, and the reasons are printed; 2: the command failed.
    #[cfg(feature = "network")]
    Update(update::Arguments),
    /// Compare lexicons with their pins and with what is published
    ///
    /// Prints for each lexicon: pinned, unpinned, changed here, newer on the network, not published, or
    /// missing. Exit code 0: all are pinned or unpinned; 1: some are not; 2: the command failed.
    #[cfg(feature = "network")]
    Status(status::Arguments),
    /// Show how lexicons differ from the published ones, and what that breaks
    ///
    /// Exit code 0: none differs; 1: some do, or cannot be compared; 2: the command failed.
    #[cfg(feature = "network")]
    Diff(diff::Arguments),
    /// Publish lexicons as records of an account
    ///
    /// Publishes those that differ from the published ones, unless a change is breaking. The app password is
    /// read from LEXICON_PASSWORD or from a file. Exit code 0: all are published; 1: some are refused or
    /// failed, and the reasons are printed; 2: the command failed.
    #[cfg(feature = "network")]
    Publish(Box<publish::Arguments>),
    /// Print the TXT record that each authority needs, and whether it is there
    ///
    /// Exit code 0: all are there; 1: some are not; 2: the command failed.
    #[cfg(feature = "network")]
    CheckDns(check_dns::Arguments),
}

impl Command {
    /// Runs the command.
    ///
    /// # Errors
    /// The command could not do its work: the exit code is 2.
    pub fn run(&self) -> Result<Outcome, Error> {
        match self {
            Self::Codegen(arguments) => codegen::run(arguments),
            Self::Lint(arguments) => lint::run(arguments),
            Self::Breaking(arguments) => breaking::run(arguments),
            Self::Validate(arguments) => validate::run(arguments),
            Self::Cid(arguments) => cid::run(arguments),
            Self::Conformance(arguments) => conformance::run(arguments),
            Self::History(arguments) => history::run(arguments),
            Self::OpenApi(arguments) => openapi::run(arguments),
            Self::JsonSchema(arguments) => json_schema::run(arguments),
            #[cfg(feature = "serve")]
            Self::Serve(arguments) => serve::run(arguments),
            #[cfg(feature = "network")]
            Self::Add(arguments) => add::run(arguments),
            #[cfg(feature = "network")]
            Self::Install(arguments) => install::run(arguments),
            #[cfg(feature = "network")]
            Self::Update(arguments) => update::run(arguments),
            #[cfg(feature = "network")]
            Self::Status(arguments) => status::run(arguments),
            #[cfg(feature = "network")]
            Self::Diff(arguments) => diff::run(arguments),
            #[cfg(feature = "network")]
            Self::Publish(arguments) => publish::run(arguments),
            #[cfg(feature = "network")]
            Self::CheckDns(arguments) => check_dns::run(arguments),
        }
    }
}
