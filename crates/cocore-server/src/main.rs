//! The command line of the server.

use std::process::ExitCode;

use clap::Parser;
use cocore_server::arguments::Arguments;
use cocore_server::{command, log};

// Memory that one thread allocates is often freed by another one. With the system's own allocator, listing
// keys takes an eighth longer.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let result = log::start(&arguments.settings).and_then(|()| command::run(arguments));
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            log::print_error(&failure);
            ExitCode::FAILURE
        }
    }
}
