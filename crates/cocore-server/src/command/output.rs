//! What commands print.

use std::io::{Write, stderr, stdout};
use std::thread;
use std::time::Duration;

use tokio::sync::oneshot;

use crate::failure::Failure;

/// Prints a line of the result to standard output.
pub(super) fn print(line: &str) -> Result<(), Failure> {
    writeln!(stdout(), "{line}").map_err(|error| Failure::new(format!("standard output: {error}")))
}

/// How long a server waits until its lines are printed.
const SERVER_TIMEOUT: Duration = Duration::from_secs(1);

/// Prints lines of a server to standard output. A server runs on where standard output is closed or full.
pub(super) async fn print_lines(lines: Vec<String>) {
    let (sender, printed) = oneshot::channel();
    let thread = thread::Builder::new().name("announce".to_owned());
    let started = thread.spawn(move || {
        let _ = sender.send(lines.iter().try_for_each(|line| print(line)));
    });
    if let Err(error) = started {
        tracing::warn!(%error, "the start cannot be announced");
        return;
    }
    match tokio::time::timeout(SERVER_TIMEOUT, printed).await {
        Ok(Ok(Ok(()))) => {}
        Ok(Ok(Err(error))) => tracing::warn!(%error, "the start cannot be announced"),
        _ => tracing::warn!("the start cannot be announced: standard output is full"),
    }
}

/// Prints a line to standard error, for the person at the terminal.
pub(super) fn print_note(line: &str) {
    // Standard error may be closed.
    let _ = writeln!(stderr(), "{line}");
}
