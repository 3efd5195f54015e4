//! Logging: to standard error, so that standard output holds answers alone.
//!
//! What is never logged: secrets, headers, bodies, query strings, names of keys, and paths as they
//! were sent (a path is logged as the route that it matched).

use std::io::{IsTerminal, Write, stderr};

use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, fmt};

use crate::arguments::RawSettings;
use crate::failure::Failure;

/// Starts logging as the settings say.
///
/// # Errors
/// One line: which setting, what was expected.
pub fn start(raw: &RawSettings) -> Result<(), Failure> {
    let targets: Targets = raw.log.parse().map_err(|_| {
        Failure::new("--log (COCORE_LOG): expected a level such as info, or target=level,...")
    })?;
    let layer = fmt::layer().with_writer(stderr);
    let layer = match &raw.log_format[..] {
        "text" => layer.with_ansi(stderr().is_terminal()).boxed(),
        "json" => layer.json().flatten_event(true).boxed(),
        _ => {
            return Err(Failure::new(
                "--log-format (COCORE_LOG_FORMAT): expected text or json",
            ));
        }
    };
    tracing_subscriber::registry()
        .with(layer.with_filter(targets))
        .init();
    Ok(())
}

/// Prints the failure of a command to standard error.
pub fn print_error(failure: &Failure) {
    // Standard error may be closed.
    let _ = writeln!(stderr(), "error: {failure}");
}
