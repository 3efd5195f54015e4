//! The project's own commands: `cargo xtask --help`.
//!
//! It never depends on the generated crate, so that broken generated code does not stop the
//! generator.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod bench;
mod breaking;
mod ci;
mod cid;
mod codegen;
mod conformance;
mod lint;
mod report;
mod validate;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use report::{Failure, Outcome};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "The project's own commands", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Write the Rust code that the lexicons give. Exit code 0: done, or nothing to do; 1: a lexicon
    /// was refused, or `--check` found a difference; 2: anything else.
    Codegen(codegen::Arguments),
    /// Measure the server beside a bare one, in release builds; needs `wrk`.
    Bench(bench::Arguments),
    /// Tell what the lexicons break for those who have an earlier state of them. Exit code 0: nothing;
    /// 1: something; 2: nobody can tell.
    Breaking(breaking::Arguments),
    /// Print the CID under which each lexicon is published: one line a file, CID and NSID. Exit code
    /// 0: all of them; 1: some files are no lexicons.
    Cid(cid::Arguments),
    /// Generate, compile and try out all documents below some directories. Exit code 0: every
    /// document compiled; 1: some were refused with diagnostics; 2: anything else.
    Conformance(conformance::Arguments),
    /// Tell what is wrong with lexicons, or legal and likely a mistake. Exit code 0: nothing found;
    /// 1: something; 2: nobody can tell.
    Lint(lint::Arguments),
    /// Check a JSON value against a definition. Exit code 0: valid; 1: not, with every violation and
    /// its place on a line; 2: nobody can tell.
    Validate(validate::Arguments),
    /// Run all that continuous integration runs.
    Ci(ci::Arguments),
}

fn main() -> ExitCode {
    match run(&Arguments::parse().command) {
        Ok(Outcome::Good) => ExitCode::SUCCESS,
        Ok(Outcome::Bad) => ExitCode::from(1),
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::from(2)
        }
    }
}

fn run(command: &Command) -> Result<Outcome, Failure> {
    match command {
        Command::Bench(arguments) => bench::run(arguments).map(|()| Outcome::Good),
        Command::Breaking(arguments) => breaking::run(arguments),
        Command::Codegen(arguments) => codegen::run(arguments),
        Command::Cid(arguments) => cid::run(arguments),
        Command::Conformance(arguments) => conformance::run(arguments),
        Command::Lint(arguments) => lint::run(arguments),
        Command::Validate(arguments) => validate::run(arguments),
        Command::Ci(arguments) => ci::run(arguments).map(|()| Outcome::Good),
    }
}
