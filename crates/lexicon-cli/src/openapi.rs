//! `lexicon openapi [--check]`

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use lexicon_codegen::FILE_NAME;
use lexicon_openapi::{Settings, openapi};
use lexicon_schema::model::DefKind;
use lexicon_schema::{Diagnostic, Document};
use serde_json::Value;

use crate::error::Error;
use crate::load::Lexicons;
use crate::outcome::Outcome;
use crate::print::{print_line, print_note};
use crate::project::Project;
use crate::report;

/// The arguments of `lexicon openapi`.
#[derive(Clone, Debug, Default, clap::Args)]
#[non_exhaustive]
pub struct Arguments {
    /// Change nothing; fail if the file is not what the lexicons give.
    #[arg(long)]
    pub check: bool,
    /// The directory of the lexicons; by default that of `lexicon.toml`.
    #[arg(long, value_name = "DIR")]
    pub lexicons: Option<PathBuf>,
    /// A directory of lexicons that references may lead to; their methods are not described. It may be given
    /// several times.
    #[arg(long, value_name = "DIR")]
    pub with: Vec<PathBuf>,
    /// The file of the document; by default that of `lexicon.toml`, or standard output.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// Writes, or checks, the OpenAPI document of the lexicons.
///
/// # Errors
/// The lexicons or their settings cannot be read, or the file cannot be written.
pub fn run(arguments: &Arguments) -> Result<Outcome, Error> {
    let project = Project::find(arguments.lexicons.as_deref())?;
    let mut settings = settings(&project)?;
    let mut lexicons = Lexicons::load(&project.lexicons, &arguments.with, project.out.as_deref())?;
    lexicons.prune();
    let own = lexicons.catalog.documents();
    let own = own.filter(|document| is_method(document) && lexicons.is_own(&document.file));
    let nsids = own.map(|document| document.nsid.to_string());
    settings.methods = settings.methods.or_else(|| Some(nsids.collect()));
    let document = match openapi(&lexicons.catalog, &settings) {
        Ok(document) => document,
        Err(diagnostics) => {
            lexicons.diagnostics.extend(diagnostics);
            return Ok(report(&lexicons.diagnostics));
        }
    };
    let text = format!("{document:#}\n");
    let out = arguments.out.clone();
    let of_settings = settings.out.as_ref();
    let out = out.or_else(|| of_settings.map(|out| project.root.join(out)));
    let outcome = match out {
        Some(out) if arguments.check => check(&text, &out)?,
        Some(out) => write(&text, &out)?,
        None if arguments.check => return Err(Error::NoOpenApiFile),
        None => {
            print_line!("{}", text.trim_end());
            Outcome::Clean
        }
    };
    Ok(if lexicons.diagnostics.is_empty() {
        outcome
    } else {
        report(&lexicons.diagnostics)
    })
}

fn is_method(document: &Document) -> bool {
    let main = document.defs.get("main");
    main.is_some_and(|main| matches!(main.kind, DefKind::Method(_)))
}

/// The table `[openapi]`. What the generated code accepts as null is null here too.
pub(crate) fn settings(project: &Project) -> Result<Settings, Error> {
    let settings = project.settings.openapi::<Settings>();
    let mut settings = settings.map_err(|source| Error::Settings {
        file: project.root.join(FILE_NAME),
        source,
    })?;
    let tolerated = project.settings.codegen.tolerate_null.iter();
    settings
        .nullable
        .extend(tolerated.map(|entry| entry.what.clone()));
    Ok(settings)
}

fn check(text: &str, out: &Path) -> Result<Outcome, Error> {
    let found = match fs::read_to_string(out) {
        Ok(found) => found,
        Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
        Err(error) => return Err(Error::io(out)(error)),
    };
    // Whatever formats the file, its content counts.
    let is_same = serde_json::from_str::<Value>(&found).ok() == serde_json::from_str(text).ok();
    if is_same {
        print_line!("{} is up to date", out.display());
    } else {
        print_note!(
            "{} is not what the lexicons give: run `lexicon openapi`",
            out.display()
        );
    }
    Ok(Outcome::clean_if(is_same))
}

fn write(text: &str, out: &Path) -> Result<Outcome, Error> {
    fs::write(out, text).map_err(Error::io(out))?;
    print_line!("{} is written", out.display());
    Ok(Outcome::Clean)
}

fn report(found: &[Diagnostic]) -> Outcome {
    print_note!("these documents or settings are left out:");
    print_note!("{}", report::lines(found));
    Outcome::Findings
}
