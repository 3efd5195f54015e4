//! The command line of the server.

use std::process::ExitCode;

use cocore_server::arguments::Arguments;
use cocore_server::{command, log};

// Memory that one thread allocates is often freed by another one. With the system's own allocator, listing
// keys takes an eighth longer.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments = Arguments::read();
    let started = arguments
        .log()
        .map(|raw| log::start(raw, arguments.is_server()));
    let log = match started.transpose() {
        Ok(log) => log.flatten(),
        Err(failure) => {
            log::print_error(&failure, None);
            return ExitCode::FAILURE;
        }
    };
    let result = command::run(arguments);
    if let Err(failure) = &result {
        log::print_error(failure, log.as_ref());
    }
    if let Some(log) = log {
        log.flush();
    }
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}
