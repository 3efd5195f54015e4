//! Where the workspace is.

use std::env;
use std::path::PathBuf;

use crate::failure::Failure;

/// Returns the root of the workspace.
pub(crate) fn root() -> Result<PathBuf, Failure> {
    let manifest = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let root = manifest.and_then(|manifest| Some(manifest.parent()?.to_owned()));
    root.ok_or_else(|| "CARGO_MANIFEST_DIR is not set: run `cargo xtask`".to_owned())
}
