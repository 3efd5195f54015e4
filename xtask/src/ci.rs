//! `cargo xtask ci`: what continuous integration runs, for anyone to run.

mod drill;
mod quick_start;
mod readme;
mod server;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;
use std::{env, fs};

use crate::failure::Failure;
use crate::lexicons;
use readme::Readme;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Run only the steps whose name contains this.
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
}

/// A step: its name, and what it does.
type Step = (&'static str, fn(&Path) -> Result<(), Failure>);

const STEPS: [Step; 10] = [
    ("format", |root| cargo(root, &["fmt", "--all", "--check"])),
    ("clippy", |root| {
        let scope = ["clippy", "--workspace", "--all-targets", "--all-features"];
        cargo(root, &[&scope[..], &["--", "--deny", "warnings"]].concat())
    }),
    ("lint of the lexicons", |root| {
        lexicons::lint(root.join("lexicons"))?;
        lexicons::lint(root.join("examples/forecast/lexicons"))
    }),
    ("generated code", |root| {
        lexicons::check_code(root)?;
        lexicons::check_code(&root.join("examples/forecast"))
    }),
    ("tests", tests),
    ("suite on PostgreSQL", |root| {
        cargo(
            root,
            &[&ON_POSTGRES[..], &["--test", "store", "--test", "postgres"]].concat(),
        )
    }),
    ("quick start", quick_start::run),
    ("change of a lexicon", drill::run),
    ("conformance", |root| {
        let dirs = [
            "lexicons",
            "examples/forecast/lexicons",
            "crates/lexicon-codegen/tests/torture",
        ];
        lexicons::conformance(
            root,
            dirs.map(|dir| root.join(dir)).to_vec(),
            scratch(root, "conformance")?,
        )
    }),
    ("longer tests", longer),
];

/// The tests of the server, on a PostgreSQL of their own.
const ON_POSTGRES: [&str; 6] = [
    "test",
    "--workspace",
    "--features",
    "cocore-server/postgres",
    "--test",
    "server",
];

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let root = root()?;
    let wanted = |name: &str| {
        arguments
            .only
            .as_ref()
            .is_none_or(|only| name.contains(only))
    };
    for (name, step) in STEPS.into_iter().filter(|(name, _)| wanted(name)) {
        println!("==> {name}");
        let start = Instant::now();
        step(&root).map_err(|failure| format!("{name}: {failure}"))?;
        println!("==> {name}: passed in {} s", start.elapsed().as_secs());
    }
    Ok(())
}

/// The README's own test command.
fn tests(root: &Path) -> Result<(), Failure> {
    let readme = Readme::read(root)?;
    let command = readme.command("Set-up", 1)?;
    shell(root, &command)
}

/// What the tests do a few times, often: kill -9 amid changes, keys ended on one server while another is
/// asked, worlds of the protocol's model.
fn longer(root: &Path) -> Result<(), Failure> {
    let only = ["--", "durability::nothing", "several_nodes::"];
    let mut servers = Command::new("cargo");
    servers
        .args(ON_POSTGRES)
        .args(only)
        .env("COCORE_KILL_ROUNDS", "100")
        .env("COCORE_NODES_KEYS", "10000");
    finish(servers.current_dir(root))?;
    let mut model = Command::new("cargo");
    model
        .args(["test", "--release", "--package", "cocore-keys"])
        .args(["--test", "lease"])
        .env("COCORE_MODEL_SEEDS", "2000");
    finish(model.current_dir(root))
}

/// The root of the workspace.
fn root() -> Result<PathBuf, Failure> {
    let manifest = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let root = manifest.and_then(|dir| dir.parent().map(Path::to_owned));
    root.ok_or_else(|| "run it as `cargo xtask ci`".to_owned())
}

/// Runs cargo, its output going where ours goes.
fn cargo(root: &Path, arguments: &[&str]) -> Result<(), Failure> {
    finish(Command::new("cargo").args(arguments).current_dir(root))
}

/// Runs a line of a document as a person's shell would.
fn shell(root: &Path, line: &str) -> Result<(), Failure> {
    finish(
        Command::new("bash")
            .args(["-euo", "pipefail", "-c", line])
            .current_dir(root),
    )
}

fn finish(command: &mut Command) -> Result<(), Failure> {
    let status = command
        .status()
        .map_err(|error| format!("{command:?}: {error}"))?;
    if status.success() {
        return Ok(());
    }
    Err(format!("{command:?}: {status}"))
}

/// An empty directory below `target` for a step.
fn scratch(root: &Path, name: &str) -> Result<PathBuf, Failure> {
    let dir = root.join("target").join("ci").join(name);
    let made = match fs::remove_dir_all(&dir) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => fs::create_dir_all(&dir),
    };
    made.map_err(|error| format!("{}: {error}", dir.display()))?;
    Ok(dir)
}
