//! The tests, and those of them that take long.

use std::path::Path;
use std::process::Command;

use super::document::Document;
use super::process::{execute, shell};
use super::tier::Tier;
use crate::failure::Failure;

/// The tests of the server.
const SERVER: [&str; 4] = ["test", "--workspace", "--test", "server"];
/// What makes them use PostgreSQL, which they start.
const ON_POSTGRES: (&str, &str) = ("COCORE_TEST_DATABASE", "postgres");

/// Runs the README's own test command.
pub(super) fn all(root: &Path) -> Result<(), Failure> {
    let readme = Document::read(root, "README.md")?;
    shell(root, &readme.command("Two commands", 1)?)
}

/// Runs the tests of the server on PostgreSQL.
pub(super) fn on_postgres(root: &Path) -> Result<(), Failure> {
    let mut servers = Command::new("cargo");
    let (name, value) = ON_POSTGRES;
    execute(servers.args(SERVER).env(name, value).current_dir(root))
}

/// Runs the tests of what the server does only if it is built with its features: traces, and checks that look up
/// lexicons of others.
pub(super) fn features(root: &Path) -> Result<(), Failure> {
    let mut tests = Command::new("cargo");
    tests.args(["test", "--package", "cocore-server", "--all-features"]);
    tests.args(["--lib", "--test", "server", "--"]);
    tests.args(["otlp::", "external_lexicons::"]);
    execute(tests.current_dir(root))
}

/// Repeats what the tests do a few times: kill -9 during changes, revocations on one server while
/// another is used, unknown keys, and runs of the model of several servers. Fills a database with keys, and migrates
/// one with many.
pub(super) fn long_running(root: &Path, tier: Tier) -> Result<(), Failure> {
    let mut servers = Command::new("cargo");
    let (name, value) = ON_POSTGRES;
    servers
        .args(SERVER)
        .args(["--", "durability::nothing", "several_nodes::"])
        .args([
            "flood::",
            "many_keys::",
            "connections::idle",
            "mixed_load::",
        ])
        .env(name, value);
    execute(servers.envs(tier.repetitions()).current_dir(root))?;
    let mut upgrade = Command::new("cargo");
    upgrade
        .args(["test", "--workspace", "--test", "schemas"])
        .args(["--", "upgrade::"]);
    execute(upgrade.envs(tier.repetitions()).current_dir(root))?;
    let mut model = Command::new("cargo");
    model
        .args(["test", "--release", "--package", "cocore-keys"])
        .args(["--test", "lease"])
        // To optimize the whole program takes longer than it saves.
        .envs([
            ("CARGO_PROFILE_RELEASE_LTO", "off"),
            ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16"),
        ]);
    execute(model.envs(tier.repetitions()).current_dir(root))
}
