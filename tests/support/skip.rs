//! Tests that are skipped because a program is missing.

use std::fmt::Display;
use std::io::{Write, stderr};

/// Prints why a test is skipped. In a run that must skip nothing (`COCORE_SKIP_NOTHING`), fails the test.
pub fn skip<T>(why: &str) -> Option<T> {
    assert!(std::env::var_os("COCORE_SKIP_NOTHING").is_none(), "{why}");
    leave_out(why)
}

/// Prints why a test is left out that runs in the long tier alone, which builds what it needs.
pub fn leave_out<T>(why: &str) -> Option<T> {
    // Tests' own output is captured, except what is written in this way.
    let _ = writeln!(stderr(), "skipped: {why}");
    None
}

/// What a test needs. If it cannot be had, the test is skipped.
pub fn or_skip<T>(needed: Result<T, impl Display>) -> Option<T> {
    needed.map_or_else(|why| skip(&why.to_string()), Some)
}
