//! How commands print their progress to standard error: on a terminal in one line, otherwise in a line each second.

use std::io::{IsTerminal, Write, stderr};
use std::time::{Duration, Instant};

use cocore_store::Progress;

use super::output::print_note;

/// How often a line is printed.
const INTERVAL: Duration = Duration::from_secs(1);
/// How often the line of a terminal changes.
const TERMINAL_INTERVAL: Duration = Duration::from_millis(100);

/// Prints progress.
pub(super) struct ProgressPrinter {
    is_terminal: bool,
    printed: Instant,
    is_line_open: bool,
}

impl ProgressPrinter {
    pub(super) fn new() -> Self {
        Self {
            is_terminal: stderr().is_terminal(),
            printed: Instant::now(),
            is_line_open: false,
        }
    }

    /// Prints how many rows are done.
    pub(super) fn rows(&mut self, progress: Progress) {
        let Progress { what, done, total } = progress;
        self.line(done == total, || format!("{what}: {done} of {total}"));
    }

    /// Prints how many bytes are done.
    pub(super) fn bytes(&mut self, progress: Progress) {
        let Progress { what, done, total } = progress;
        let percent = (done * 100).checked_div(total).unwrap_or(100);
        self.line(done >= total, || {
            format!("{what}: {} of {}, {percent} %", size(done), size(total))
        });
    }

    fn line(&mut self, is_last: bool, text: impl Fn() -> String) {
        let interval = if self.is_terminal {
            TERMINAL_INTERVAL
        } else {
            INTERVAL
        };
        if !is_last && self.printed.elapsed() < interval {
            return;
        }
        self.printed = Instant::now();
        if !self.is_terminal {
            return print_note(&text());
        }
        // To the beginning of the line, and clear it. Standard error may be closed.
        let end = if is_last { "\n" } else { "" };
        let _ = write!(stderr(), "\r\x1b[K{}{end}", text());
        self.is_line_open = !is_last;
    }
}

impl Drop for ProgressPrinter {
    /// Ends an open line, so that an error is printed below it.
    fn drop(&mut self) {
        if self.is_line_open {
            print_note("");
        }
    }
}

/// Returns a number of bytes for people.
pub(super) fn size(bytes: i64) -> String {
    const KIB: i64 = 1024;
    const MIB: i64 = 1024 * KIB;
    if bytes < MIB {
        format!("{} KiB", (bytes + KIB - 1) / KIB)
    } else {
        format!("{}.{} MiB", bytes / MIB, bytes % MIB * 10 / MIB)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        for (bytes, expected) in [
            (0, "0 KiB"),
            (1, "1 KiB"),
            (4096, "4 KiB"),
            (1_048_575, "1024 KiB"),
            (1_048_576, "1.0 MiB"),
            (3_984_588, "3.7 MiB"),
        ] {
            assert_eq!(size(bytes), expected);
        }
    }
}
