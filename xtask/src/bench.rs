//! `cargo xtask bench`

use std::process::Command;

use crate::failure::Failure;
use crate::process::execute;
use crate::root::root;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// How many keys the database holds that is read.
    #[arg(long, default_value_t = 1_000_000)]
    keys: u64,

    /// How many rounds each measurement has, whose median counts.
    #[arg(long, default_value_t = 15)]
    rounds: u32,

    /// Measure one part alone: reading, sqlite, postgres, backup, nodes, scaling, key-life, gateway.
    #[arg(long, value_name = "PART")]
    only: Option<String>,
}

const BUILD: [&str; 6] = [
    "build",
    "--release",
    "--package",
    "cocore-server",
    "--package",
    "cocore-bench",
];

/// What was built. `cargo run` would build it anew, with the features of the benchmark alone.
const PROGRAM: &str = "target/release/cocore-bench";

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    execute(Command::new("cargo").args(BUILD))?;
    let mut bench = Command::new(root()?.join(PROGRAM));
    bench
        .arg(format!("--keys={}", arguments.keys))
        .arg(format!("--rounds={}", arguments.rounds));
    let only = arguments.only.iter();
    execute(bench.args(only.map(|only| format!("--only={only}"))))
}
