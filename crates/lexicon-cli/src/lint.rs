//! `lexicon lint [DIR]`

use std::path::PathBuf;

use lexicon_schema::Diagnostic;
use lexicon_schema::lint::{self, LINTS, Level, Lint};
use serde_json::{Value, json};

use crate::error::Error;
use crate::load::Lexicons;
use crate::outcome::Outcome;
use crate::print::print_line;
use crate::project::Project;
use crate::report::{self, count};
use crate::severity::Severity;

/// The arguments of `lexicon lint`.
#[derive(Clone, Debug, Default, clap::Args)]
#[non_exhaustive]
pub struct Arguments {
    /// The directory of the lexicons; by default that of `lexicon.toml`. What this file allows is
    /// not reported.
    #[arg(value_name = "DIR")]
    pub dir: Option<PathBuf>,
    /// A directory of lexicons that references may lead to; these lexicons are not checked. Can be given
    /// several times.
    #[arg(long, value_name = "DIR")]
    pub with: Vec<PathBuf>,
    /// Which findings are reported, and which of them fail the command.
    #[command(flatten)]
    pub severity: Severity,
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
        severity,
        list,
        json,
    } = arguments;
    let refuses = |name: &str| lint::rule(name).is_some_and(|rule| rule.refuses);
    severity.check(|name| lint::rule(name).is_some(), |name| !refuses(name))?;
    if *list {
        print_list(*json);
        return Ok(Outcome::Clean);
    }
    let project = Project::find(dir.as_deref())?;
    let lexicons = Lexicons::load(&project.lexicons, with, project.out.as_deref())?;
    let mut found = lexicons.diagnostics.clone();
    let checked = lint::check(&lexicons.catalog).into_iter();
    found.extend(checked.filter(|diagnostic| lexicons.is_own(&diagnostic.file)));
    found.sort();
    let found = project.settings.lint.apply(&lexicons.catalog, found);
    let found: Vec<_> = found
        .into_iter()
        .filter_map(|diagnostic| {
            let level = severity.of(diagnostic.rule, Some(level(&diagnostic)))??;
            Some((level, diagnostic))
        })
        .collect();
    if *json {
        let findings = found
            .iter()
            .map(|(level, diagnostic)| finding(*level, diagnostic));
        print_line!("{}", Value::from(findings.collect::<Vec<_>>()));
    } else {
        for (level, diagnostic) in &found {
            print_line!("{level}: {diagnostic}");
        }
        let documents = count(lexicons.count(), "document");
        print_line!("{documents}, {}", summary(&found));
    }
    let fails = found.iter().any(|(level, _)| *level == Level::Error);
    Ok(Outcome::clean_if(!fails))
}

/// Faults of `lexicon.toml` are no lints, and errors.
fn level(diagnostic: &Diagnostic) -> Level {
    lint::rule(diagnostic.rule).map_or(Level::Error, |rule| rule.level)
}

/// How many findings of each level there are.
fn summary(found: &[(Level, Diagnostic)]) -> String {
    let of_level = |level| found.iter().filter(|(other, _)| *other == level).count();
    format!(
        "{}: {}, {}, {} of advice",
        count(found.len(), "finding"),
        count(of_level(Level::Error), "error"),
        count(of_level(Level::Warning), "warning"),
        of_level(Level::Advice),
    )
}

fn finding(level: Level, diagnostic: &Diagnostic) -> Value {
    let mut value = report::to_json(diagnostic);
    value["level"] = level.to_string().into();
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
        refuses,
        explanation,
        ..
    } = lint;
    json!({
        "name": name, "level": level.to_string(), "refuses": refuses, "explanation": explanation,
    })
}
