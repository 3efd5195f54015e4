//! The lexicons of a directory at a git revision.

use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;

use lexicon_schema::Loaded;

use crate::error::Error;

/// Reads every `.json` file that `revision` has below `dir`.
pub(super) fn load(revision: &Path, dir: &Path) -> Result<Loaded, Error> {
    let revision_of = |what: &str| {
        let mut argument = revision.as_os_str().to_owned();
        argument.push(what);
        argument
    };
    let commit = revision_of("^{commit}");
    let verify = ["rev-parse", "--verify", "--end-of-options"].map(OsStr::new);
    let verified = git(dir, &[&verify[..], &[&commit]].concat());
    verified.map_err(|error| match error {
        Error::Program { message, .. } => Error::NoBase {
            base: revision.to_owned(),
            message,
        },
        other => other,
    })?;
    let list = ["ls-tree", "-r", "-z"].map(OsStr::new);
    let entries = git(dir, &[&list[..], &[revision.as_os_str()]].concat())?;
    let mut loaded = Loaded::default();
    for entry in entries.split('\0') {
        // The mode, the kind and the object, then the name. What is stored of a link is where it leads.
        let Some((mode, name)) = entry.split_once('\t') else {
            continue;
        };
        if mode.starts_with("120000") || !name.to_ascii_lowercase().ends_with(".json") {
            continue;
        }
        let source = git(
            dir,
            &[OsStr::new("show"), &revision_of(&format!(":./{name}"))],
        )?;
        let shown = format!("{}:{}", revision.display(), dir.join(name).display());
        loaded.add(Path::new(&shown), &source);
    }
    if loaded.catalog.documents().next().is_none() && loaded.diagnostics.is_empty() {
        return Err(Error::NoLexiconsAt {
            base: revision.to_owned(),
            dir: dir.to_owned(),
        });
    }
    Ok(loaded)
}

/// What git prints about a directory.
fn git(dir: &Path, arguments: &[&OsStr]) -> Result<String, Error> {
    let output = Command::new("git")
        .arg("-C")
        .arg(dir)
        .args(arguments)
        .output()
        .map_err(|source| Error::Start {
            program: "git",
            source,
        })?;
    let failed = |message: String| Error::Program {
        command: format!("git {}", arguments[0].display()),
        message,
    };
    if !output.status.success() {
        let message = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        return Err(failed(message));
    }
    String::from_utf8(output.stdout).map_err(|_| failed("expected UTF-8".to_owned()))
}
