//! What every command tells in the same way.

use std::fs;
use std::io;
use std::path::Path;

use lexicon_codegen::{Config, config};
use lexicon_schema::{Catalog, Diagnostic, Loaded};
use serde_json::{Value, json};

/// What went wrong, for the person at the terminal. The exit code is 2.
pub(crate) type Failure = String;

/// What a command that could do its work came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// All is well: exit code 0.
    Good,
    /// It found what it looks for, and said so: exit code 1.
    Bad,
}

impl Outcome {
    pub(crate) fn good_if(good: bool) -> Self {
        if good { Self::Good } else { Self::Bad }
    }
}

/// A failure of one file.
pub(crate) fn fault(path: &Path, what: &dyn std::fmt::Display) -> Failure {
    format!("{}: {what}", path.display())
}

/// The documents below a directory; diagnostics name their files from the working directory.
pub(crate) fn load(dir: &Path) -> Result<Loaded, Failure> {
    let loaded = Catalog::load_as(dir, dir).map_err(|error| fault(dir, &error))?;
    // A mistyped directory must not pass for one in which all is well.
    if loaded.diagnostics.is_empty() && loaded.catalog.documents().next().is_none() {
        return Err(fault(dir, &"there are no lexicons in it"));
    }
    Ok(loaded)
}

/// The `codegen.toml` of a directory, if there is one.
pub(crate) fn config(dir: &Path) -> Result<Config, Failure> {
    let path = dir.join(config::FILE_NAME);
    match fs::read_to_string(&path) {
        Ok(text) => Config::parse(&text).map_err(|error| fault(&path, &error)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Config::default()),
        Err(error) => Err(fault(&path, &error)),
    }
}

/// A line each.
pub(crate) fn lines(diagnostics: &[Diagnostic]) -> String {
    let lines: Vec<_> = diagnostics.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

/// A diagnostic as `--json` prints it.
pub(crate) fn to_json(diagnostic: &Diagnostic) -> Value {
    let Diagnostic {
        file,
        pointer,
        rule,
        message,
        ..
    } = diagnostic;
    json!({
        "file": file.display().to_string(), "pointer": pointer.as_str(), "rule": rule,
        "message": message,
    })
}
