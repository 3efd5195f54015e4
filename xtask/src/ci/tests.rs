//! The tests, and those of them that take long.

use std::path::Path;
use std::process::Command;

use super::document::Document;
use super::tier::Tier;
use crate::failure::Failure;
use crate::process::{execute, shell};

/// The tests of the server.
const SERVER: [&str; 4] = ["test", "--workspace", "--test", "server"];
/// What makes them use PostgreSQL, which they start.
const ON_POSTGRES: (&str, &str) = ("COCORE_TEST_DATABASE", "postgres");
/// The modules of tests that choose their databases themselves: a run on PostgreSQL would repeat the one on SQLite.
const OF_THEIR_OWN: [&str; 13] = [
    "backup_faults",
    "containers",
    "control_socket",
    "disk",
    "flood",
    "many_keys",
    "poolers",
    "postgres",
    "readiness",
    "restore",
    "several_nodes",
    "sqlite_files",
    "standby",
];
/// The modules of tests whose subject is in front of the store: the long tier runs them on PostgreSQL too.
const IN_FRONT_OF_THE_STORE: [&str; 11] = [
    "access_log",
    "behind_nginx",
    "bodies",
    "console",
    "doctor_network",
    "forward_auth",
    "framing",
    "hang_ups",
    "hanging_hosts",
    "lexicons",
    "proxies",
];

/// Runs the README's own test command.
pub(super) fn all(root: &Path) -> Result<(), Failure> {
    let readme = Document::read(root, "README.md")?;
    shell(root, &readme.command("Two commands", 1)?)
}

/// Runs the tests of the server on PostgreSQL.
pub(super) fn on_postgres(root: &Path, tier: Tier) -> Result<(), Failure> {
    let in_front = match tier {
        Tier::Short => &IN_FRONT_OF_THE_STORE[..],
        Tier::Long => &[],
    };
    let mut servers = Command::new("cargo");
    servers.args(SERVER).arg("--");
    for module in OF_THEIR_OWN.iter().chain(in_front) {
        servers.args(["--skip", &format!("{module}::")]);
    }
    let (name, value) = ON_POSTGRES;
    execute(servers.env(name, value).current_dir(root))
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
        .args(["--", "durability::nothing"])
        .args([
            "several_nodes::a_change",
            "several_nodes::also",
            "several_nodes::changes::",
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod checks {
    use std::fs;
    use std::path::PathBuf;

    use super::*;

    /// The texts of a module and of those in its directory.
    fn texts(module: &str) -> Vec<String> {
        let tests = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests");
        let directory = fs::read_dir(tests.join(module)).into_iter().flatten();
        let own = [tests.join(format!("{module}.rs"))];
        let files = own
            .into_iter()
            .chain(directory.map(|file| file.unwrap().path()));
        files
            .map(|file| fs::read_to_string(file).unwrap())
            .collect()
    }

    #[test]
    fn modules_that_are_left_out_on_postgres_choose_their_databases_themselves() {
        for module in OF_THEIR_OWN {
            for text in texts(module) {
                for of_the_run in [
                    "Place::new(",
                    "Server::start(",
                    "Server::with(",
                    "upstream::",
                ] {
                    assert!(!text.contains(of_the_run), "{module}: {of_the_run}");
                }
            }
        }
    }
}
