//! The licenses, versions and sources of all dependencies, by cargo-deny and `deny.toml`.

use std::path::Path;
use std::process::Command;

use crate::failure::Failure;
use crate::process::execute;

/// The version of cargo-deny: a later one may know other rules.
const VERSION: &str = "0.20.2";

/// Checks the rules of `deny.toml`, and first installs cargo-deny below `target` unless it is there.
/// Security advisories are left out: their database cannot be read offline, and a new advisory would fail
/// an old commit.
pub(super) fn check(root: &Path) -> Result<(), Failure> {
    let tools = root.join("target/ci-tools").join(VERSION);
    let program = tools.join("bin/cargo-deny");
    if !program.exists() {
        let mut install = Command::new("cargo");
        install.args(["install", "cargo-deny", "--locked", "--version", VERSION]);
        execute(install.arg("--root").arg(&tools).current_dir(root))?;
    }
    let mut deny = Command::new(program);
    deny.args(["check", "licenses", "bans", "sources"]);
    // An entry of the list that no longer matches is an error.
    deny.args(["--deny", "unnecessary-skip", "--deny", "unmatched-skip"]);
    execute(deny.current_dir(root))
}
