//! `lexicon lint [DIR]`

use std::collections::BTreeSet;
use std::path::PathBuf;

use lexicon_schema::lint::{self, LINTS, Level, Lint};
use lexicon_schema::{Diagnostic, Document};
use serde_json::{Value, json};

use crate::error::Error;
use crate::load::load;
use crate::outcome::Outcome;
use crate::print::print_line;
use crate::project::Project;
use crate::report::{self, count};

/// The arguments of `lexicon lint`.
#[derive(Clone, Debug, Default, clap::Args)]
#[non_exhaustive]
pub struct Arguments {
    /// The directory of the lexicons; by default that of `lexicon.toml`. What this file allows is
    /// not reported.
    #[arg(value_name = "DIR")]
    pub dir: Option<PathBuf>,
    /// Directories of lexicons that references may point to; these lexicons are not checked.
    #[arg(long, value_name = "DIR", num_args = 1..)]
    pub with: Vec<PathBuf>,
    /// Print every lint with its level and what it asks for, and check nothing.
    #[arg(long)]
    pub list: bool,
    /// Print one JSON array: `file`, `pointer`, `rule`, `level` and `message` of each finding.
    #[arg(long)]
    pub json: bool,
}

/// Prints what is wrong with the lexicons of a directory, or legal and likely a mistake.
///
/// # Errors
/// The directory or its settings cannot be read.
pub fn run(arguments: &Arguments) -> Result<Outcome, Error> {
    let Arguments {
        dir,
        with,
        list,
        json,
    } = arguments;
    if *list {
        print_list(*json);
        return Ok(Outcome::Clean);
    }
    let project = Project::find(dir.as_deref())?;
    let loaded = load(&project.lexicons)?;
    let mut catalog = loaded.catalog;
    let files: BTreeSet<_> = catalog
        .documents()
        .map(|Document { file, .. }| file.clone())
        .collect();
    for dir in with {
        catalog.extend(load(dir)?.catalog);
    }
    let mut found = loaded.diagnostics;
    let checked = lint::check(&catalog).into_iter();
    found.extend(checked.filter(|diagnostic| files.contains(&diagnostic.file)));
    let found = project.settings.lint.apply(&catalog, found);
    if *json {
        let findings: Vec<_> = found.iter().map(finding).collect();
        print_line!("{}", Value::from(findings));
    } else {
        for diagnostic in &found {
            print_line!("{}: {diagnostic}", level(diagnostic));
        }
        let documents = count(files.len(), "document");
        print_line!("{documents}, {}", count(found.len(), "finding"));
    }
    Ok(Outcome::clean_if(found.is_empty()))
}

/// Faults of `lexicon.toml` are no lints, and errors.
fn level(diagnostic: &Diagnostic) -> Level {
    lint::rule(diagnostic.rule).map_or(Level::Error, |rule| rule.level)
}

fn finding(diagnostic: &Diagnostic) -> Value {
    let mut value = report::to_json(diagnostic);
    value["level"] = level(diagnostic).to_string().into();
    value
}

fn print_list(as_json: bool) {
    if as_json {
        let lints: Vec<_> = LINTS.iter().map(to_json).collect();
        print_line!("{}", Value::from(lints));
        return;
    }
    for Lint {
        name,
        level,
        explanation,
        ..
    } in LINTS
    {
        print_line!("{level:8} {name:24} {explanation}");
    }
}

fn to_json(lint: &Lint) -> Value {
    let Lint {
        name,
        level,
        explanation,
        ..
    } = lint;
    json!({ "name": name, "level": level.to_string(), "explanation": explanation })
}
