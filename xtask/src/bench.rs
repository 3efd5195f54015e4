//! `cargo xtask bench`

use std::process::Command;

use crate::failure::Failure;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// How many keys the database holds.
    #[arg(long, default_value_t = 1_000_000)]
    keys: u64,

    /// Measure one part alone: reading, sqlite, postgres, nodes.
    #[arg(long, value_name = "PART")]
    only: Option<String>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let build = [
        "build",
        "--release",
        "--package",
        "cocore-server",
        "--package",
        "cocore-bench",
        "--features",
        "cocore-server/postgres",
    ];
    let keys = arguments.keys.to_string();
    let run = [
        "run",
        "--release",
        "--quiet",
        "--package",
        "cocore-bench",
        "--bin",
        "cocore-bench",
    ];
    let mut run = [&run[..], &["--", &keys]].concat();
    run.extend(arguments.only.as_deref());
    for line in [&build[..], &run] {
        let status = Command::new("cargo").args(line).status();
        let status = status.map_err(|error| format!("cargo: {error}"))?;
        if !status.success() {
            return Err(format!("cargo {}: {status}", line.join(" ")));
        }
    }
    Ok(())
}
