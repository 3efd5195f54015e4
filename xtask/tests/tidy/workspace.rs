//! The workspace as cargo describes it.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// The packages of a workspace.
pub(crate) struct Workspace {
    pub(crate) root: PathBuf,
    pub(crate) packages: Vec<Package>,
}

/// A package of the workspace.
pub(crate) struct Package {
    pub(crate) name: String,
    /// The package's directory, relative to the workspace.
    pub(crate) directory: String,
    /// The root file of each of its crates: library, programs, tests, benches, examples, build script.
    pub(crate) crate_roots: Vec<PathBuf>,
}

impl Workspace {
    /// This workspace.
    pub(crate) fn read() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let output = Command::new(env!("CARGO"))
            .args(["metadata", "--no-deps", "--format-version=1"])
            .current_dir(root)
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
        let packages = metadata["packages"].as_array().unwrap();
        let packages = packages.iter().map(|package| Package::new(package, root));
        Self {
            packages: packages.collect(),
            root: root.to_owned(),
        }
    }
}

impl Package {
    fn new(package: &Value, root: &Path) -> Self {
        let path = |value: &Value| PathBuf::from(value.as_str().unwrap());
        let manifest = path(&package["manifest_path"]);
        let directory = manifest.parent().unwrap().strip_prefix(root).unwrap();
        let targets = package["targets"].as_array().unwrap();
        Self {
            name: package["name"].as_str().unwrap().to_owned(),
            directory: directory.to_str().unwrap().to_owned(),
            crate_roots: targets
                .iter()
                .map(|target| path(&target["src_path"]))
                .collect(),
        }
    }
}
