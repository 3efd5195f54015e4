//! The program of the version before keys had scopes, which tests run beside this one.

use std::path::Path;
use std::process::{Command, Stdio};

use super::scratch::scratch;
use crate::failure::Failure;
use crate::process::execute;

/// The last commit of that version.
const COMMIT: &str = "e0e15f7c535c9d1a03d3acfd9426255bc0f1f52e";

/// Builds that version from the history of the repository, and runs the tests that need it.
pub(super) fn run(root: &Path) -> Result<(), Failure> {
    let git = || {
        let mut git = Command::new("git");
        git.current_dir(root);
        git
    };
    let mut find = git();
    find.args(["cat-file", "-e", &format!("{COMMIT}^{{commit}}")])
        .stderr(Stdio::null());
    if !find.status().is_ok_and(|status| status.success()) {
        println!("left out: this clone does not have the commit {COMMIT}");
        return Ok(());
    }
    let dir = scratch(root, "previous")?;
    let (tree, target) = (dir.join("tree"), dir.join("target"));
    // An earlier run may have been killed.
    execute(git().args(["worktree", "prune"]))?;
    execute(
        git()
            .args(["worktree", "add", "--detach"])
            .arg(&tree)
            .arg(COMMIT),
    )?;
    let mut build = Command::new("cargo");
    build
        .args(["build", "--package", "cocore-server"])
        .env("CARGO_TARGET_DIR", &target)
        .current_dir(&tree);
    let built = execute(&mut build);
    execute(git().args(["worktree", "remove", "--force"]).arg(&tree))?;
    built?;
    let mut tests = Command::new("cargo");
    tests
        .args(["test", "--package", "cocore-server", "--test", "server"])
        .args(["--", "previous_version::"])
        .env("COCORE_PREVIOUS_SERVER", target.join("debug/cocore-server"));
    execute(tests.current_dir(root))
}
