//! `lexicon history [--check]`

use std::path::{Path, PathBuf};
use std::time::SystemTime;
use std::{fs, io};

use chrono::{DateTime, Utc};
use lexicon_schema::Catalog;
use lexicon_schema::history::{FILE_NAME, History};
use serde_json::json;

use crate::error::Error;
use crate::load::{self, Lexicons};
use crate::outcome::Outcome;
use crate::print::{print_line, print_note};
use crate::project::Project;
use crate::replace::replace_file;
use crate::report::count;

/// The first lines of the file.
const PREAMBLE: &str = "# The versions of each lexicon, by CID. `lexicon history` and `lexicon codegen` add \
                        those that are new.\n\n";

/// The arguments of `lexicon history`.
#[derive(Clone, Debug, Default, clap::Args)]
#[non_exhaustive]
pub struct Arguments {
    /// The directory of the lexicons; by default that of `lexicon.toml`.
    #[arg(value_name = "DIR")]
    pub dir: Option<PathBuf>,
    /// Change nothing; fail if a version is not recorded.
    #[arg(long)]
    pub check: bool,
    /// Print one JSON object: `recorded`, the NSIDs of the new versions.
    #[arg(long)]
    pub json: bool,
}

/// Records the versions of the lexicons that are not in their history.
///
/// # Errors
/// The lexicons or their history cannot be read, or the history cannot be written.
pub fn run(arguments: &Arguments) -> Result<Outcome, Error> {
    let project = Project::find(arguments.dir.as_deref())?;
    let lexicons = Lexicons::load(&project.lexicons, &[], project.out.as_deref())?;
    let recorded = update(&project.lexicons, &lexicons.catalog, arguments.check)?;
    let file = project.lexicons.join(FILE_NAME);
    if arguments.json {
        print_line!("{}", json!({ "recorded": recorded }));
    } else if recorded.is_empty() {
        print_line!("{} is up to date", file.display());
    } else if arguments.check {
        print_missing(&file, &recorded);
    } else {
        let versions = count(recorded.len(), "version");
        print_line!("{versions} recorded in {}", file.display());
    }
    Ok(Outcome::clean_if(!arguments.check || recorded.is_empty()))
}

/// Records the versions of a directory that has a history, unless they are only to be checked: the same, with what
/// is missing printed. Returns the NSIDs of those that were not recorded.
pub(crate) fn keep(dir: &Path, out: &Path, check: bool) -> Result<Vec<String>, Error> {
    let file = dir.join(FILE_NAME);
    if !file.exists() {
        return Ok(Vec::new());
    }
    let loaded = load::read(dir, Some(out))?;
    let recorded = update(dir, &loaded.catalog, check)?;
    if check && !recorded.is_empty() {
        print_missing(&file, &recorded);
    }
    Ok(recorded)
}

fn print_missing(file: &Path, nsids: &[String]) {
    print_note!(
        "{} has not the current version of {}: run `lexicon history`",
        file.display(),
        nsids.join(", ")
    );
}

/// Reads the history of a directory of lexicons; an empty one if there is no file.
pub(crate) fn read(dir: &Path) -> Result<History, Error> {
    let file = dir.join(FILE_NAME);
    let text = match fs::read_to_string(&file) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(History::default()),
        Err(error) => return Err(Error::io(&file)(error)),
    };
    toml::from_str(&text).map_err(|error| Error::History {
        file,
        reason: error.to_string(),
    })
}

/// Records the current versions, unless they are only to be checked. Returns the NSIDs of those that were not
/// recorded.
fn update(dir: &Path, catalog: &Catalog, check: bool) -> Result<Vec<String>, Error> {
    let mut history = read(dir)?;
    let today = DateTime::<Utc>::from(SystemTime::now());
    let recorded = history.record(catalog, &today.format("%Y-%m-%d").to_string());
    if !check && !recorded.is_empty() {
        let file = dir.join(FILE_NAME);
        let text = toml::to_string_pretty(&history).map_err(|error| Error::History {
            file: file.clone(),
            reason: error.to_string(),
        })?;
        replace_file(&file, &format!("{PREAMBLE}{text}"))?;
    }
    Ok(recorded)
}
