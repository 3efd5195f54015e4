//! `lexicon cid FILE...`

use std::fs;
use std::path::{Path, PathBuf};

use lexicon_schema::cid;
use serde_json::{Value, json};

use crate::error::Error;
use crate::outcome::Outcome;
use crate::print::{print_line, print_note};

/// The arguments of `lexicon cid`.
#[derive(Clone, Debug, Default, clap::Args)]
#[non_exhaustive]
pub struct Arguments {
    /// Files of lexicons.
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
    /// Print one JSON array: `file`, `cid` and `nsid` of each file, or `file` and `error`.
    #[arg(long)]
    pub json: bool,
}

/// Prints the CID of each file. A file that is no lexicon does not stop the others.
///
/// # Errors
/// None today.
pub fn run(arguments: &Arguments) -> Result<Outcome, Error> {
    let mut list = Vec::new();
    let mut outcome = Outcome::Clean;
    for file in &arguments.files {
        let name = file.display().to_string();
        match cid(file) {
            Ok((cid, nsid)) if arguments.json => {
                list.push(json!({ "file": name, "cid": cid, "nsid": nsid }));
            }
            Ok((cid, nsid)) => print_line!("{cid} {nsid}"),
            Err(error) => {
                outcome = Outcome::Findings;
                let error = format!("{name}: {error}");
                if arguments.json {
                    list.push(json!({ "file": name, "error": error }));
                } else {
                    print_note!("error: {error}");
                }
            }
        }
    }
    if arguments.json {
        print_line!("{}", Value::from(list));
    }
    Ok(outcome)
}

/// The CID and the NSID of a document, or why there is none.
fn cid(file: &Path) -> Result<(String, String), String> {
    let bytes = fs::read(file).map_err(|error| error.to_string())?;
    let value = lexicon_schema::json::parse(&bytes).map_err(|error| error.to_string())?;
    let document = value.as_object().ok_or("expected a JSON object")?;
    let nsid = document.get("id").and_then(Value::as_str);
    let nsid = nsid.ok_or("expected `id`, the NSID of the document")?;
    let cid = cid::of_lexicon(document).map_err(|error| error.to_string())?;
    Ok((cid, nsid.to_owned()))
}
