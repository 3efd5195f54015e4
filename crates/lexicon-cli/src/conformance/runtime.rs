//! Finds the `lexicon-runtime` that generated code is compiled with.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::error::Error;

const NAME: &str = "lexicon-runtime";

/// A runtime, and the versions of its dependencies that it is used with.
pub(super) struct Runtime {
    source: Source,
    /// A lock file, if there is one.
    lock: Option<PathBuf>,
}

enum Source {
    Dir(PathBuf),
    Version(String),
}

impl Runtime {
    /// The runtime that an argument names: a directory if there is one of this name, otherwise a
    /// version of the registry. Without an argument, the one that the package in the working
    /// directory depends on.
    pub(super) fn find(given: Option<&str>) -> Result<Self, Error> {
        let Some(given) = given else {
            return Self::of_working_directory();
        };
        let dir = Path::new(given);
        if dir.is_dir() {
            let manifest = dir.join("Cargo.toml");
            let dir = fs::canonicalize(dir).map_err(Error::io(dir))?;
            let metadata = metadata(&[
                "--no-deps".as_ref(),
                "--manifest-path".as_ref(),
                manifest.as_os_str(),
            ])?;
            return Ok(Self {
                source: Source::Dir(dir),
                lock: lock(&metadata),
            });
        }
        if given.contains(['/', '\\']) {
            return Err(no_runtime(format!("there is no directory {given}")));
        }
        Ok(Self {
            source: Source::Version(given.to_owned()),
            lock: None,
        })
    }

    fn of_working_directory() -> Result<Self, Error> {
        let metadata = metadata(&[])?;
        let packages = metadata["packages"].as_array().into_iter().flatten();
        let manifest = packages
            .filter(|package| package["name"] == NAME)
            .find_map(|package| package["manifest_path"].as_str());
        let dir = manifest.and_then(|manifest| Path::new(manifest).parent());
        match dir {
            Some(dir) => Ok(Self {
                source: Source::Dir(dir.to_owned()),
                lock: lock(&metadata),
            }),
            None => Err(no_runtime(format!("no package here depends on `{NAME}`"))),
        }
    }

    /// The line of the scratch crate's `[dependencies]`.
    pub(super) fn dependency(&self) -> String {
        match &self.source {
            Source::Dir(dir) => format!("{NAME} = {{ path = {:?} }}", dir.display().to_string()),
            Source::Version(version) => format!("{NAME} = {version:?}"),
        }
    }

    /// The lock file to begin with.
    pub(super) fn lock(&self) -> Option<&Path> {
        self.lock.as_deref()
    }
}

fn no_runtime(reason: String) -> Error {
    Error::NoRuntime { reason }
}

/// The lock file of a workspace.
fn lock(metadata: &Value) -> Option<PathBuf> {
    let root = metadata["workspace_root"].as_str()?;
    let lock = Path::new(root).join("Cargo.lock");
    lock.is_file().then_some(lock)
}

/// What cargo knows of a package and its dependencies.
fn metadata(arguments: &[&std::ffi::OsStr]) -> Result<Value, Error> {
    let output = Command::new("cargo")
        .args(["metadata", "--format-version", "1"])
        .args(arguments)
        .output()
        .map_err(|source| Error::Start {
            program: "cargo",
            source,
        })?;
    if !output.status.success() {
        let printed = String::from_utf8_lossy(&output.stderr);
        return Err(no_runtime(format!("cargo metadata: {}", printed.trim())));
    }
    serde_json::from_slice(&output.stdout).map_err(|error| Error::Program {
        command: "cargo metadata".to_owned(),
        message: error.to_string(),
    })
}
