//! Another process that uses an SQLite database.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use super::skip::skip;

/// A running `sqlite3`. It ends when this is dropped.
pub struct Sqlite {
    child: Child,
    /// `None` once it is told to end.
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Sqlite {
    /// Opens a file. `None` if there is no `sqlite3`.
    pub fn open(file: &str) -> Option<Self> {
        let child = Command::new("sqlite3")
            .args(["-batch", file])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn();
        let Ok(mut child) = child else {
            return skip("there is no sqlite3 here");
        };
        Some(Self {
            input: child.stdin.take(),
            output: BufReader::new(child.stdout.take().unwrap()),
            child,
        })
    }

    /// Executes a statement without output, and waits until it is done.
    pub fn execute(&mut self, statement: &str) {
        self.query(statement, "");
    }

    /// Executes a statement, and compares its output.
    pub fn query(&mut self, statement: &str, expected: &str) {
        let input = self.input.as_mut().unwrap();
        writeln!(input, "{statement}\nSELECT 'done';").unwrap();
        let mut printed = String::new();
        while !printed.ends_with("done\n") {
            assert!(self.output.read_line(&mut printed).unwrap() > 0);
        }
        assert_eq!(printed.trim_end_matches("done\n").trim(), expected);
    }
}

impl Drop for Sqlite {
    fn drop(&mut self) {
        self.input = None;
        let _ = self.child.wait();
    }
}
