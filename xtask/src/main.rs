//! The project's own commands: `cargo xtask --help`.
//!
//! It never depends on the generated crate, so that broken generated code does not stop the
//! generator.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod ci;
mod cid;
mod codegen;
mod conformance;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use conformance::Outcome;

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
    /// Run all that continuous integration runs.
    Ci(ci::Arguments),
}

/// What went wrong, for the person at the terminal.
type Failure = String;

fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Codegen(arguments) => codegen::run(&arguments),
        Command::Cid(arguments) => cid::run(&arguments),
        Command::Ci(arguments) => ci::run(&arguments),
        Command::Conformance(arguments) => match conformance::run(&arguments) {
            Ok(Outcome::Clean) => Ok(()),
            Ok(Outcome::Refused) => return ExitCode::from(1),
            Err(failure) => {
                eprintln!("error: {failure}");
                return ExitCode::from(2);
            }
        },
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::FAILURE
        }
    }
}
