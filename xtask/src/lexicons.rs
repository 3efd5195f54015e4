//! The commands of `lexicon` as steps: what they find is a failure.

use std::path::{Path, PathBuf};

use lexicon_cli::{Error, Level, Outcome, Selector, codegen, conformance, lint, openapi};

use crate::failure::Failure;

/// Writes the generated code of the `lexicon.toml` in a directory.
pub(crate) fn write_code(dir: &Path) -> Result<(), Failure> {
    finish(codegen::run(&generate(dir)))
}

/// Fails if the generated code of the `lexicon.toml` in a directory is not up to date.
pub(crate) fn check_code(dir: &Path) -> Result<(), Failure> {
    let mut arguments = generate(dir);
    arguments.check = true;
    finish(codegen::run(&arguments))
}

/// Fails if the OpenAPI document of the `lexicon.toml` in a directory is not up to date.
pub(crate) fn check_openapi(dir: &Path) -> Result<(), Failure> {
    let mut arguments = openapi::Arguments::default();
    arguments.check = true;
    arguments.lexicons = Some(dir.join("lexicons"));
    finish(openapi::run(&arguments))
}

fn generate(dir: &Path) -> codegen::Arguments {
    let mut arguments = codegen::Arguments::default();
    arguments.lexicons = Some(dir.join("lexicons"));
    arguments
}

/// Fails if lints find anything in a directory of lexicons, advice included.
pub(crate) fn lint(dir: PathBuf) -> Result<(), Failure> {
    let mut arguments = lint::Arguments::default();
    arguments.dir = Some(dir);
    arguments.severity.deny = vec![Selector::Level(Level::Advice)];
    finish(lint::run(&arguments))
}

/// Fails if a lexicon of the directories cannot be generated, compiled or used.
pub(crate) fn conformance(
    root: &Path,
    dirs: Vec<PathBuf>,
    scratch: PathBuf,
) -> Result<(), Failure> {
    let mut arguments = conformance::Arguments::default();
    arguments.dirs = dirs;
    arguments.scratch = scratch;
    arguments.samples = 40;
    let runtime = root.join("crates/lexicon-runtime");
    arguments.runtime = Some(runtime.display().to_string());
    finish(conformance::run(&arguments))
}

fn finish(result: Result<Outcome, Error>) -> Result<(), Failure> {
    match result.map_err(|error| error.to_string())? {
        Outcome::Clean => Ok(()),
        Outcome::Findings => Err("see above".to_owned()),
    }
}
