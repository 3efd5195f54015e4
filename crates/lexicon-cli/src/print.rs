//! Printing. A reader that went away, such as `head`, is no fault of the command: its exit code still says
//! what it found.

/// Prints a line to standard output.
macro_rules! print_line {
    ($($argument:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stdout(), $($argument)*);
    }};
}

/// Prints a line to standard error.
macro_rules! print_note {
    ($($argument:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stderr(), $($argument)*);
    }};
}

pub(crate) use {print_line, print_note};
