//! The project's own commands: `cargo xtask --help`.
//!
//! It never depends on the generated crate, so that broken generated code does not stop the
//! generator.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod bench;
mod ci;
mod failure;
mod lexicons;
mod peers;
mod process;
mod root;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use lexicon_cli::Outcome;

use failure::Failure;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "The project's own commands", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// The commands of the program `lexicon`.
    #[command(flatten)]
    Lexicon(lexicon_cli::Command),
    /// Measure the server beside a bare one, in release builds; needs `wrk`.
    Bench(bench::Arguments),
    /// Measure generated code beside that of other generators: lines, and the time to generate and compile it.
    Peers(peers::Arguments),
    /// Run the checks of continuous integration: the short tier, or everything with `--long`.
    Ci(ci::Arguments),
}

fn main() -> ExitCode {
    match run(&Arguments::parse().command) {
        Ok(outcome) => outcome.into(),
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::from(Outcome::ERROR)
        }
    }
}

fn run(command: &Command) -> Result<Outcome, Failure> {
    match command {
        Command::Lexicon(command) => command.run().map_err(|error| error.to_string()),
        Command::Bench(arguments) => bench::run(arguments).map(|()| Outcome::Clean),
        Command::Peers(arguments) => peers::run(arguments).map(|()| Outcome::Clean),
        Command::Ci(arguments) => ci::run(arguments).map(|()| Outcome::Clean),
    }
}
