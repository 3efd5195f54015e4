//! The files for containers, as far as they can be checked without containers. `tests/containers.rs` runs the
//! configuration of nginx.

use std::path::Path;
use std::process::Command;

use crate::failure::Failure;
use crate::process::{execute, install_python_packages};

pub(super) fn check(root: &Path) -> Result<(), Failure> {
    let environment = root.join("target/ci-containers");
    let list = root.join("tests/containers/requirements.txt");
    install_python_packages(&environment, &list)?;
    let mut hadolint = Command::new(environment.join("bin/hadolint"));
    hadolint.args(["--failure-threshold", "style", "deploy/Dockerfile"]);
    execute(hadolint.current_dir(root))
}
