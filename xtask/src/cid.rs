//! `cargo xtask cid FILE...`

use std::fs;
use std::path::{Path, PathBuf};

use lexicon_schema::cid;
use serde_json::{Value, json};

use crate::report::{Failure, Outcome, fault};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Lexicon documents.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Print one JSON array: `file`, `cid` and `nsid` of each, or `file` and `error`.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Outcome, Failure> {
    let mut list = Vec::new();
    let mut outcome = Outcome::Good;
    for file in &arguments.files {
        let name = file.display().to_string();
        match cid(file) {
            Ok((cid, nsid)) if arguments.json => {
                list.push(json!({ "file": name, "cid": cid, "nsid": nsid }));
            }
            Ok((cid, nsid)) => println!("{cid} {nsid}"),
            Err(failure) => {
                outcome = Outcome::Bad;
                match arguments.json {
                    true => list.push(json!({ "file": name, "error": failure })),
                    false => eprintln!("error: {failure}"),
                }
            }
        }
    }
    if arguments.json {
        println!("{}", Value::from(list));
    }
    Ok(outcome)
}

/// The CID and the NSID of a document.
fn cid(file: &Path) -> Result<(String, String), Failure> {
    let fault = |what: &dyn std::fmt::Display| fault(file, what);
    let bytes = fs::read(file).map_err(|error| fault(&error))?;
    let value = lexicon_schema::json::parse(&bytes).map_err(|error| fault(&error))?;
    let document = value
        .as_object()
        .ok_or_else(|| fault(&"expected a JSON object"))?;
    let nsid = document.get("id").and_then(|id| id.as_str());
    let nsid = nsid.ok_or_else(|| fault(&"expected `id`, the NSID of the document"))?;
    let cid = cid::of_lexicon(document).map_err(|error| fault(&error))?;
    Ok((cid.to_string(), nsid.to_owned()))
}
