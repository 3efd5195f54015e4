//! The benchmarks: ratios of one run, each beside its limit. `cargo xtask bench` builds what is needed
//! and starts this; it needs `wrk`, a C compiler, and PostgreSQL with its `pgbench` for its part.
#![allow(clippy::print_stdout, clippy::print_stderr, missing_docs)]

mod backup;
mod failure;
mod gateway;
mod key_life;
mod keys;
mod nodes;
mod pgbench;
mod plain_inserts;
mod process;
mod reading;
mod report;
mod revocations;
mod rounds;
mod scaling;
mod writing;
mod wrk;

// The tests' own.
#[path = "../../../tests/support/client.rs"]
#[allow(clippy::unwrap_used, dead_code, unreachable_pub)]
mod client;
#[path = "../../../tests/support/disk.rs"]
#[allow(clippy::unwrap_used, dead_code, unreachable_pub)]
mod disk;
#[path = "../../../tests/support/postgres.rs"]
#[allow(clippy::unwrap_used, dead_code, unreachable_pub)]
mod postgres;

use std::process::ExitCode;

use clap::{Parser, ValueEnum};

use failure::Result;
use report::Report;
use rounds::Rounds;

#[derive(Parser)]
struct Arguments {
    /// Keys in the database that is read.
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(10..))]
    keys: u64,

    /// Rounds of each measurement, whose median counts.
    #[arg(long, default_value_t = 15, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,

    /// Measure this part alone.
    #[arg(long)]
    only: Option<Part>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Requests that change nothing, with many keys in memory.
    Reading,
    /// Creates on SQLite.
    Sqlite,
    /// Creates on PostgreSQL.
    Postgres,
    /// Requests while backups are made.
    Backup,
    /// Scopes, pages and cascades.
    KeyLife,
    /// Calls of models.
    Gateway,
    /// Two servers on one PostgreSQL.
    Nodes,
    /// Many servers on one database, simulated.
    Scaling,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(report) => report.end(),
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

fn run(arguments: &Arguments) -> Result<Report> {
    let mut report = Report::default();
    let rounds = Rounds(arguments.rounds);
    for part in Part::value_variants() {
        if arguments.only.is_some_and(|only| only != *part) {
            continue;
        }
        match part {
            Part::Reading => reading::measure(&mut report, rounds, arguments.keys)?,
            Part::Sqlite => writing::on_sqlite(&mut report, rounds)?,
            Part::Postgres => writing::on_postgres(&mut report, rounds)?,
            Part::Backup => backup::measure(rounds, arguments.keys)?,
            Part::KeyLife => key_life::measure(&mut report, rounds)?,
            Part::Gateway => gateway::measure(&mut report, rounds)?,
            Part::Nodes => nodes::measure(&mut report)?,
            Part::Scaling => scaling::measure(),
        }
    }
    Ok(report)
}
