//! What commands print.

use std::io::{Write, stderr, stdout};

use crate::failure::Failure;

/// Prints a line of the result to standard output.
pub(super) fn print(line: &str) -> Result<(), Failure> {
    writeln!(stdout(), "{line}").map_err(|error| Failure::new(format!("standard output: {error}")))
}

/// Prints a line to standard error, for the person at the terminal.
pub(super) fn print_note(line: &str) {
    // Standard error may be closed.
    let _ = writeln!(stderr(), "{line}");
}
