//! Logging: to standard error, so that standard output holds answers alone.
//!
//! What is never logged: secrets, headers, bodies, query strings, names of keys, and paths as they
//! were sent (a path is logged as the route that it matched).
//!
//! How many lines of one kind a server logs is limited: see `log/limit.rs`.

mod limit;
mod writer;

use std::io::{IsTerminal, Write, stderr};
use std::sync::Arc;

use cocore_keys::SystemClock;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, fmt};

use crate::arguments::LogArguments;
use crate::failure::Failure;
use limit::LineLimit;
pub use writer::LogWriter;

/// Starts logging as configured. Returns the writer of a server's log.
///
/// # Errors
/// One line: which setting, what was expected; or a thread cannot be started.
pub fn start(raw: &LogArguments, is_server: bool) -> Result<Option<LogWriter>, Failure> {
    if !is_server {
        return start_on(raw, stderr, None).map(|()| None);
    }
    let limit = LineLimit::new(Arc::new(SystemClock));
    // While standard error takes no more, lines are dropped, and no request waits.
    let writer = LogWriter::start(limit.clone());
    let writer = writer.map_err(|error| Failure::new(format!("the log: {error}")))?;
    start_on(raw, writer.clone(), Some(limit))?;
    Ok(Some(writer))
}

fn start_on<W>(raw: &LogArguments, output: W, limit: Option<LineLimit>) -> Result<(), Failure>
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let targets = targets(&raw.levels).ok_or_else(|| {
        Failure::new(format!(
            "--log (COCORE_LOG): expected error, warn, info, debug or trace, or target=level,..., found {:?}",
            raw.levels
        ))
    })?;
    let lines = fmt::layer().with_writer(output);
    let lines = match &raw.format[..] {
        "text" => lines.with_ansi(stderr().is_terminal()).boxed(),
        "json" => lines.json().flatten_event(true).boxed(),
        _ => {
            return Err(Failure::new(
                "--log-format (COCORE_LOG_FORMAT): expected text or json",
            ));
        }
    };
    tracing_subscriber::registry()
        .with(targets)
        .with(limit)
        .with(lines)
        .init();
    Ok(())
}

/// Parses levels. `Targets` alone takes any word for the name of a target.
fn targets(text: &str) -> Option<Targets> {
    let is_level = |text: &str| !text.is_empty() && text.parse::<LevelFilter>().is_ok();
    let is_target = |text: &str| {
        let is_part = |c: char| c.is_ascii_alphanumeric() || "_-:".contains(c);
        !text.is_empty() && text.chars().all(is_part)
    };
    let is_valid = text
        .split(',')
        .all(|directive| match directive.split_once('=') {
            Some((target, level)) => is_target(target) && is_level(level),
            None => is_level(directive),
        });
    text.parse().ok().filter(|_| is_valid)
}

/// Prints the failure of a command to standard error; that of a server, by its log.
pub fn print_error(failure: &Failure, log: Option<&LogWriter>) {
    let line = format!("error: {failure}\n");
    // Standard error may be closed.
    let _ = match log {
        Some(mut log) => log.write_all(line.as_bytes()),
        None => stderr().write_all(line.as_bytes()),
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels() {
        for (text, is_valid) in [
            ("info", true),
            ("INFO", true),
            ("off", true),
            ("info,actix_server=warn", true),
            ("cocore_server::http=trace,warn", true),
            ("nonsense", false),
            ("inof", false),
            ("info,actix_server", false),
            ("actix_server=loud", false),
            ("=info", false),
            ("a b=info", false),
            ("info,", false),
            ("", false),
        ] {
            assert_eq!(targets(text).is_some(), is_valid, "{text}");
        }
    }
}
