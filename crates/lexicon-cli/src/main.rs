//! The program `lexicon`: `lexicon --help`.

use std::io::{Write, stderr};
use std::process::ExitCode;

use clap::Parser;
use lexicon_cli::{Command, Outcome};

#[derive(Parser)]
#[command(
    name = "lexicon",
    version,
    about = "Generates Rust from AT Protocol lexicons, lints and compares them"
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

fn main() -> ExitCode {
    match Arguments::parse().command.run() {
        Ok(outcome) => outcome.into(),
        Err(error) => {
            let _ = writeln!(stderr(), "error: {error}");
            ExitCode::from(Outcome::ERROR)
        }
    }
}
