//! The command line of the server.

use std::process::ExitCode;

use clap::Parser;
use cocore_server::arguments::Arguments;
use cocore_server::{command, log};

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let result = log::start(&arguments.settings).and_then(|()| command::run(arguments));
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            log::complain(&failure);
            ExitCode::FAILURE
        }
    }
}
