//! The project's own commands: `cargo xtask --help`.
//!
//! It never depends on the generated crate, so that broken generated code does not stop the
//! generator.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod ci;
mod cid;
mod codegen;
mod conformance;
mod validate;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "The project's own commands", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Write the Rust code that the lexicons give.
    Codegen(codegen::Arguments),
    /// Print the CID under which each lexicon is published: one line a file, CID and NSID.
    Cid(cid::Arguments),
    /// Generate, compile and try out all documents below some directories. Exit code 0: every
    /// document compiled; 1: some were refused with diagnostics; 2: anything else.
    Conformance(conformance::Arguments),
    /// Check a JSON value against a definition. Exit code 0: valid; 1: not, with every violation and
    /// its place on a line; 2: nobody can tell.
    Validate(validate::Arguments),
    /// Run all that continuous integration runs.
    Ci(ci::Arguments),
}

/// What went wrong, for the person at the terminal.
type Failure = String;

fn main() -> ExitCode {
    match run(Arguments::parse().command) {
        Ok(code) => code,
        Err((failure, code)) => {
            eprintln!("error: {failure}");
            code
        }
    }
}

/// Runs a command. Those that a script asks a question answer it with 0 or 1, and fail with 2.
fn run(command: Command) -> Result<ExitCode, (Failure, ExitCode)> {
    let (yes, no, cannot_tell) = (ExitCode::SUCCESS, ExitCode::from(1), ExitCode::from(2));
    let plain = |result: Result<(), Failure>| match result {
        Ok(()) => Ok(yes),
        Err(failure) => Err((failure, ExitCode::FAILURE)),
    };
    match command {
        Command::Codegen(arguments) => plain(codegen::run(&arguments)),
        Command::Cid(arguments) => plain(cid::run(&arguments)),
        Command::Ci(arguments) => plain(ci::run(&arguments)),
        Command::Conformance(arguments) => match conformance::run(&arguments) {
            Ok(conformance::Outcome::Clean) => Ok(yes),
            Ok(conformance::Outcome::Refused) => Ok(no),
            Err(failure) => Err((failure, cannot_tell)),
        },
        Command::Validate(arguments) => match validate::run(&arguments) {
            Ok(validate::Outcome::Valid) => Ok(yes),
            Ok(validate::Outcome::Invalid) => Ok(no),
            Err(failure) => Err((failure, cannot_tell)),
        },
    }
}
