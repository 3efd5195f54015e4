//! Printing. A reader that closes the pipe early, such as `head`, is no error of the command: its exit code
//! still reports the result.

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

#[cfg(feature = "network")]
/// Escapes control characters but line breaks. JSON has escaped those of ASCII but DEL.
pub(crate) fn escape_controls(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for char in text.chars() {
        if char.is_control() && char != '\n' {
            escaped.extend(char.escape_unicode());
        } else {
            escaped.push(char);
        }
    }
    escaped
}
