//! Tests that are skipped because a program is missing.

use std::io::{Write, stderr};

/// Prints why a test is skipped. In a run that must skip nothing (`COCORE_SKIP_NOTHING`), fails the test.
pub fn skip<T>(why: &str) -> Option<T> {
    assert!(std::env::var_os("COCORE_SKIP_NOTHING").is_none(), "{why}");
    // Tests' own output is captured, except what is written in this way.
    let _ = writeln!(stderr(), "skipped: {why}");
    None
}
