//! Commands that this program runs. Their output is its own.

use std::iter::once;
use std::path::Path;
use std::process::Command;

use crate::failure::Failure;

/// Runs cargo in the workspace.
pub(crate) fn cargo(root: &Path, arguments: &[&str]) -> Result<(), Failure> {
    execute(Command::new("cargo").args(arguments).current_dir(root))
}

/// A line of a document, as a person's shell runs it.
pub(crate) fn shell(root: &Path, line: &str) -> Result<(), Failure> {
    let mut bash = Command::new("bash");
    bash.args(["-euo", "pipefail", "-c", line]);
    execute(bash.current_dir(root))
}

/// Installs the packages of a `package.json`.
pub(crate) fn install_node_packages(dir: &Path) -> Result<(), Failure> {
    let mut npm = Command::new("npm");
    npm.args(["install", "--no-package-lock", "--no-progress", "--no-fund"]);
    execute(npm.arg("--prefix").arg(dir))
}

/// Installs the packages that a file names into a virtual environment, which is kept from run to run.
pub(crate) fn install_python_packages(environment: &Path, list: &Path) -> Result<(), Failure> {
    if !environment.join("bin/pip").exists() {
        execute(
            Command::new("python3")
                .args(["-m", "venv"])
                .arg(environment),
        )?;
    }
    let mut pip = Command::new(environment.join("bin/pip"));
    pip.args(["install", "--quiet", "--disable-pip-version-check"]);
    execute(pip.arg("--requirement").arg(list))
}

/// Runs a command to its end, and returns its standard output without the white space around it.
pub(crate) fn output(command: &mut Command) -> Result<String, Failure> {
    let output = command
        .output()
        .map_err(|error| format!("{}: {error}", shown(command)))?;
    if !output.status.success() {
        return Err(format!("{}: {output:?}", shown(command)));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Runs a command to its end. An exit status other than 0 is a failure.
pub(crate) fn execute(command: &mut Command) -> Result<(), Failure> {
    let status = command
        .status()
        .map_err(|error| format!("{}: {error}", shown(command)))?;
    if !status.success() {
        return Err(format!("{}: {status}", shown(command)));
    }
    Ok(())
}

/// Returns a command as it can be shown: its variables may hold keys.
pub(crate) fn shown(command: &Command) -> String {
    let words = once(command.get_program()).chain(command.get_args());
    let words: Vec<_> = words.map(|word| word.to_string_lossy()).collect();
    words.join(" ")
}
