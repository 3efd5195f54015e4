//! Tests that are skipped because a program is missing.

/// Prints why a test is skipped. In a run that must skip nothing (`COCORE_SKIP_NOTHING`), fails the test.
#[allow(clippy::print_stdout)]
pub fn skip<T>(why: &str) -> Option<T> {
    assert!(std::env::var_os("COCORE_SKIP_NOTHING").is_none(), "{why}");
    println!("skipped: {why}");
    None
}
