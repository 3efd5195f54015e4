//! `lexicon codegen [--check]`

mod output;

use std::path::{Path, PathBuf};

use lexicon_codegen::{External, Files, generate};
use lexicon_schema::Diagnostic;
use serde_json::json;

use crate::error::Error;
use crate::load::load;
use crate::outcome::Outcome;
use crate::print::{print_line, print_note};
use crate::project::Project;
use crate::report::{self, count};
use output::{Changes, Difference};

/// The arguments of `lexicon codegen`.
#[derive(Clone, Debug, Default, clap::Args)]
#[non_exhaustive]
pub struct Arguments {
    /// Change nothing; fail if the code on disk is not what the lexicons give.
    #[arg(long)]
    pub check: bool,
    /// The directory of the lexicons; by default that of `lexicon.toml`.
    #[arg(long, value_name = "DIR")]
    pub lexicons: Option<PathBuf>,
    /// The directory of the generated code; by default that of `lexicon.toml`. Nothing else may be
    /// in it.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Refer to the types of lexicons below an NSID prefix in another crate that was generated from
    /// the same lexicons, instead of generating them again.
    #[arg(long, value_name = "NSID-PREFIX=CRATE-PATH")]
    pub external: Vec<External>,
    /// Print one JSON object: `documents`, `written`, and `differences` with `file` and `difference`
    /// each; or `diagnostics`, if a lexicon is invalid.
    #[arg(long)]
    pub json: bool,
}

/// Writes, or checks, the code that the lexicons give.
///
/// # Errors
/// The lexicons or their settings cannot be read, or the code cannot be written.
pub fn run(arguments: &Arguments) -> Result<Outcome, Error> {
    let project = Project::find(arguments.lexicons.as_deref())?;
    let out = out(arguments, &project)?;
    let loaded = load(&project.lexicons)?;
    let mut config = project.settings.codegen;
    config.external.extend_from_slice(&arguments.external);
    let generated = if loaded.diagnostics.is_empty() {
        generate(&loaded.catalog, &config)
    } else {
        Err(loaded.diagnostics)
    };
    let files = match generated {
        Ok(files) => files,
        Err(diagnostics) => {
            report_invalid(&diagnostics, &project.lexicons, arguments.json);
            return Ok(Outcome::Findings);
        }
    };
    let changes = Changes::find(&files, &out)?;
    if !arguments.check {
        changes.write()?;
    }
    report(&files, changes.differences(), &out, arguments);
    Ok(Outcome::clean_if(
        !arguments.check || changes.differences().is_empty(),
    ))
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

fn report_invalid(diagnostics: &[Diagnostic], lexicons: &Path, as_json: bool) {
    if as_json {
        let diagnostics: Vec<_> = diagnostics.iter().map(report::to_json).collect();
        print_line!("{}", json!({ "diagnostics": diagnostics }));
    } else {
        let lexicons = lexicons.display();
        print_note!("the lexicons in {lexicons} are invalid, and no code was written:");
        print_note!("{}", report::lines(diagnostics));
    }
}

fn report(files: &Files, differences: &[(String, Difference)], out: &Path, arguments: &Arguments) {
    let Arguments { check, json, .. } = arguments;
    let documents = files.keys().filter(|name| name.ends_with(".json")).count();
    if *json {
        let differences: Vec<_> = differences
            .iter()
            .map(|(name, what)| json!({ "file": name, "difference": what.name() }))
            .collect();
        print_line!(
            "{}",
            json!({ "documents": documents, "written": !check, "differences": differences })
        );
        return;
    }
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
            print_note!("run: {}", command(arguments));
        }
    }
}

/// The command that writes what `--check` found missing.
fn command(arguments: &Arguments) -> String {
    let mut command = "lexicon codegen".to_owned();
    let paths = [("lexicons", &arguments.lexicons), ("out", &arguments.out)];
    for (name, path) in paths {
        if let Some(path) = path {
            command.push_str(&format!(" --{name} {}", path.display()));
        }
    }
    for External { prefix, path, .. } in &arguments.external {
        command.push_str(&format!(" --external {prefix}={path}"));
    }
    command
}
