//! `cargo xtask cid FILE...`

use std::fs;
use std::path::{Path, PathBuf};

use lexicon::cid;

use crate::Failure;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Lexicon documents.
    #[arg(required = true)]
    files: Vec<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let lines: Vec<_> = arguments.files.iter().map(|file| line(file)).collect();
    let mut failures = Vec::new();
    for line in lines {
        match line {
            Ok(line) => println!("{line}"),
            Err(failure) => failures.push(failure),
        }
    }
    if failures.is_empty() {
        return Ok(());
    }
    Err(failures.join("\nerror: "))
}

fn line(file: &Path) -> Result<String, Failure> {
    let fault = |what: &dyn std::fmt::Display| format!("{}: {what}", file.display());
    let bytes = fs::read(file).map_err(|error| fault(&error))?;
    let value = lexicon::json::parse(&bytes).map_err(|error| fault(&error))?;
    let document = value
        .as_object()
        .ok_or_else(|| fault(&"expected a JSON object"))?;
    let nsid = document.get("id").and_then(|id| id.as_str());
    let nsid = nsid.ok_or_else(|| fault(&"expected `id`, the NSID of the document"))?;
    let cid = cid::of_lexicon(document).map_err(|error| fault(&error))?;
    Ok(format!("{cid} {nsid}"))
}
