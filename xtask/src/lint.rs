//! `cargo xtask lint [DIR]`

use std::collections::BTreeSet;
use std::path::PathBuf;

use lexicon_schema::lint::{self, LINTS, Level, Lint};
use lexicon_schema::{Diagnostic, Document};
use serde_json::{Value, json};

use crate::report::{self, Failure, Outcome};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The directory of the lexicons. What its `codegen.toml` allows is not told.
    #[arg(value_name = "DIR", default_value = "lexicons")]
    dir: PathBuf,
    /// Documents that references may point to; nothing is told of them.
    #[arg(long, value_name = "DIR", num_args = 1..)]
    with: Vec<PathBuf>,
    /// Print every lint with its level and what it asks for, and check nothing.
    #[arg(long)]
    list: bool,
    /// Print one JSON array: `file`, `pointer`, `rule`, `level` and `message` of each finding.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Outcome, Failure> {
    let Arguments {
        dir,
        with,
        list,
        json,
    } = arguments;
    if *list {
        print_list(*json);
        return Ok(Outcome::Good);
    }
    let config = report::config(dir)?;
    let loaded = report::load(dir)?;
    let mut catalog = loaded.catalog;
    let files: BTreeSet<_> = catalog
        .documents()
        .map(|Document { file, .. }| file.clone())
        .collect();
    for dir in with {
        catalog.extend(report::load(dir)?.catalog);
    }
    let mut found = loaded.diagnostics;
    let checked = lint::check(&catalog).into_iter();
    found.extend(checked.filter(|diagnostic| files.contains(&diagnostic.file)));
    let found = config.apply_allow(&catalog, found);
    if *json {
        let findings: Vec<_> = found.iter().map(finding).collect();
        println!("{}", Value::from(findings));
    } else {
        for diagnostic in &found {
            println!("{}: {diagnostic}", level(diagnostic));
        }
        println!("{} documents, {} findings", files.len(), found.len());
    }
    Ok(Outcome::good_if(found.is_empty()))
}

/// Runs over a directory that has to be clean.
pub(crate) fn run_clean(dir: PathBuf) -> Result<(), Failure> {
    let arguments = Arguments {
        dir,
        with: Vec::new(),
        list: false,
        json: false,
    };
    match run(&arguments)? {
        Outcome::Good => Ok(()),
        Outcome::Bad => Err("see above".to_owned()),
    }
}

/// Faults of `codegen.toml` are no lints, and errors.
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
        let lints = LINTS.iter().map(
            |Lint {
                 name,
                 level,
                 explanation,
             }| {
                json!({ "name": name, "level": level.to_string(), "explanation": explanation })
            },
        );
        println!("{}", Value::from(lints.collect::<Vec<_>>()));
        return;
    }
    for Lint {
        name,
        level,
        explanation,
    } in LINTS
    {
        println!("{level:8} {name:24} {explanation}");
    }
}
