//! Room for what a step writes.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::failure::Failure;

/// An empty directory below `target` for a step.
pub(super) fn scratch(root: &Path, name: &str) -> Result<PathBuf, Failure> {
    let directory = root.join("target").join("ci").join(name);
    let created = match fs::remove_dir_all(&directory) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => fs::create_dir_all(&directory),
    };
    created.map_err(|error| format!("{}: {error}", directory.display()))?;
    Ok(directory)
}
