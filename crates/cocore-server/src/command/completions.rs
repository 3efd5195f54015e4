//! `cocore-server completions`: a script for a shell.

use std::io::{Write, stdout};

use clap::CommandFactory;
use clap_complete::{Shell, generate};

use crate::arguments::Arguments;
use crate::failure::Failure;

pub(super) fn run(shell: Shell) -> Result<(), Failure> {
    let mut script = Vec::new();
    generate(
        shell,
        &mut Arguments::command(),
        "cocore-server",
        &mut script,
    );
    let written = stdout().write_all(&script);
    written.map_err(|error| Failure::new(format!("standard output: {error}")))
}
