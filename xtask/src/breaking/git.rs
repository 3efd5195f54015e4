//! The documents of a directory as a git revision has them.

use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;

use lexicon_schema::Loaded;

use crate::report::{Failure, fault};

/// Reads every `.json` file that `revision` has below `dir`.
pub(super) fn load(revision: &Path, dir: &Path) -> Result<Loaded, Failure> {
    let revision_of = |what: &str| {
        let mut argument = revision.as_os_str().to_owned();
        argument.push(what);
        argument
    };
    let commit = revision_of("^{commit}");
    let verify = ["rev-parse", "--verify", "--end-of-options"].map(OsStr::new);
    git(dir, &[&verify[..], &[&commit]].concat()).map_err(|why| {
        fault(
            revision,
            &format!("neither a directory nor a revision: {why}"),
        )
    })?;
    let list = ["ls-tree", "-r", "-z", "--name-only"].map(OsStr::new);
    let names = git(dir, &[&list[..], &[revision.as_os_str()]].concat())?;
    let mut loaded = Loaded::default();
    for name in names.split('\0').filter(|name| name.ends_with(".json")) {
        let source = git(
            dir,
            &[OsStr::new("show"), &revision_of(&format!(":./{name}"))],
        )?;
        let shown = format!("{}:{}", revision.display(), dir.join(name).display());
        loaded.add(Path::new(&shown), &source);
    }
    if loaded.catalog.documents().next().is_none() && loaded.diagnostics.is_empty() {
        let none = format!("has no lexicons below {}", dir.display());
        return Err(fault(revision, &none));
    }
    Ok(loaded)
}

fn git(dir: &Path, arguments: &[&OsStr]) -> Result<String, Failure> {
    let output = Command::new("git")
        .arg("-C")
        .arg(dir)
        .args(arguments)
        .output()
        .map_err(|error| format!("git: {error}"))?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).trim().to_owned());
    }
    String::from_utf8(output.stdout).map_err(|_| "git: expected UTF-8".to_owned())
}
