//! The subcommands.

use crate::error::Error;
use crate::outcome::Outcome;
use crate::{breaking, cid, codegen, conformance, json_schema, lint, openapi, validate};

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
            Self::OpenApi(arguments) => openapi::run(arguments),
            Self::JsonSchema(arguments) => json_schema::run(arguments),
        }
    }
}
