//! `lexicon codegen [--check]`

mod arguments;
mod command_line;
mod findings;
mod output;

use std::path::{Path, PathBuf};

use lexicon_codegen::{Files, generate_valid};
use lexicon_schema::lint;
use serde_json::json;

use crate::error::Error;
use crate::history;
use crate::load::Lexicons;
use crate::outcome::Outcome;
use crate::print::{print_line, print_note};
use crate::project::Project;
use crate::report::count;
pub use arguments::Arguments;
use command_line::command_line;
use findings::Findings;
use output::{Difference, Output};

/// Writes, or checks, the code that the lexicons give.
///
/// # Errors
/// The lexicons or their settings cannot be read, or the code cannot be written.
pub fn run(arguments: &Arguments) -> Result<Outcome, Error> {
    let project = Project::find(arguments.lexicons.as_deref())?;
    let out = out(arguments, &project)?;
    let mut lexicons = Lexicons::load(&project.lexicons, &arguments.with, Some(&out))?;
    let mut config = project.settings.codegen;
    config.external.extend_from_slice(&arguments.external);
    let referenced = lexicons
        .catalog
        .documents()
        .filter(|document| !lexicons.is_own(&document.file));
    config.referenced = referenced
        .map(|document| document.nsid.to_string())
        .collect();

    let found = lint::check(&lexicons.catalog);
    let found = project
        .settings
        .lint
        .apply(&lexicons.catalog, found)
        .into_iter();
    let found = found.filter(|found| lexicons.is_own(&found.file)).collect();
    let output = Output::read(&out)?;
    let mut refused = lexicons.diagnostics;
    let generated = generate_valid(
        &mut lexicons.catalog,
        &config,
        &mut refused,
        &output.modules(),
    );
    let is_complete = refused.is_empty();
    let mut findings = Findings::new(refused, found);
    let files = match generated {
        Ok(files) if !(arguments.all_or_nothing && findings.has_errors()) => files,
        generated => {
            findings.errors.extend(generated.err().unwrap_or_default());
            findings.report(&project.lexicons, arguments);
            return Ok(Outcome::Findings);
        }
    };
    let changes = output.compare(&files, is_complete)?;
    if !arguments.check {
        changes.write()?;
    }
    let unrecorded = history::keep(&project.lexicons, &out, arguments.check)?;
    report(&files, changes.differences(), &findings, &out, arguments);
    let is_clean = !arguments.check || changes.differences().is_empty() && unrecorded.is_empty();
    Ok(Outcome::clean_if(is_clean && !findings.has_errors()))
}

/// The directory of the generated code. It has no default: another project's code is not to be lost.
fn out(arguments: &Arguments, project: &Project) -> Result<PathBuf, Error> {
    let out = arguments.out.as_ref().or(project.out.as_ref());
    out.cloned().ok_or_else(|| {
        if project.has_file || arguments.lexicons.is_some() {
            Error::NoOut {
                lexicons: project.lexicons.clone(),
            }
        } else {
            Error::NoSettings
        }
    })
}

fn report(
    files: &Files,
    differences: &[(String, Difference)],
    findings: &Findings,
    out: &Path,
    arguments: &Arguments,
) {
    let Arguments { check, json, .. } = arguments;
    let documents = files.keys().filter(|name| name.ends_with(".json")).count();
    if *json {
        let differences: Vec<_> = differences
            .iter()
            .map(|(name, what)| json!({ "file": name, "difference": what.name() }))
            .collect();
        print_line!(
            "{}",
            json!({
                "documents": documents, "written": !check, "differences": differences,
                "diagnostics": findings.to_json(),
            })
        );
        return;
    }
    findings.print();
    match (check, differences) {
        (false, _) => {
            let documents = count(documents, "document");
            let changed = count(differences.len(), "file");
            print_line!("{documents}, {changed} changed in {}", out.display());
        }
        (true, []) => print_line!("the generated code is up to date"),
        (true, _) => {
            print_note!("the generated code is not what the lexicons give:");
            for (name, difference) in differences {
                print_note!("  {}: {}", out.join(name).display(), difference.name());
            }
            print_note!("run: {}", command_line(arguments));
        }
    }
}
