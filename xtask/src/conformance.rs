//! `cargo xtask conformance DIR... [--with DIR...]`

mod samples;
mod scratch;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use lexicon_codegen::{Config, Files, generate, generated_types};
use lexicon_schema::{Catalog, Diagnostic, Loaded};
use serde_json::{Value, json};

use crate::report::{self, Failure, Outcome};
use scratch::Scratch;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Directories of lexicons, searched to the bottom.
    #[arg(required = true, value_name = "DIR")]
    dirs: Vec<PathBuf>,
    /// Documents that references may point to; nothing is reported of them.
    #[arg(long, value_name = "DIR", num_args = 1..)]
    with: Vec<PathBuf>,
    /// Where the scratch crate is written.
    #[arg(long, value_name = "DIR", default_value = "target/conformance")]
    scratch: PathBuf,
    /// How many values of each type are made up, and how many broken ones of each of these.
    #[arg(long, default_value_t = 8)]
    samples: u64,
    /// Print one JSON object instead of the report: `documents`, each with its `file` and its `nsid`
    /// or its `diagnostics`, and `summary`. What is going on is told on standard error.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Outcome, Failure> {
    let start = Instant::now();
    let reported = load(&arguments.dirs)?;
    let helping = load(&arguments.with)?;
    let names: BTreeSet<_> = reported.catalog.documents().map(nsid).collect();
    let mut diagnostics = reported.diagnostics;
    let mut catalog = reported.catalog;
    let mut sources: BTreeSet<_> = catalog.documents().map(file).collect();
    sources.extend(diagnostics.iter().map(|diagnostic| diagnostic.file.clone()));
    catalog.extend(helping.catalog);
    diagnostics.extend(catalog.prune());
    let loading = start.elapsed();

    let start = Instant::now();
    let files = generate_what_can_be(&mut catalog, &mut diagnostics)?;
    let generating = start.elapsed();

    let types: Vec<_> = generated_types(&catalog, &Config::default())
        .into_iter()
        .filter(|generated| names.contains(&generated.nsid))
        .collect();
    let samples = samples::samples(&catalog, &types, arguments.samples);
    let scratch = Scratch::new(&arguments.scratch);
    scratch.write(&files, &types, &samples)?;
    let compiling = scratch.compile()?;
    scratch.try_out()?;

    diagnostics.retain(|diagnostic| sources.contains(&diagnostic.file));
    diagnostics.sort();
    let mut refused: BTreeMap<&Path, Vec<&Diagnostic>> = BTreeMap::new();
    for diagnostic in &diagnostics {
        refused
            .entry(&diagnostic.file)
            .or_default()
            .push(diagnostic);
    }
    let generated: BTreeMap<_, _> = catalog
        .documents()
        .filter(|document| sources.contains(&document.file))
        .map(|document| (document.nsid.as_str(), &*document.file))
        .collect();
    let summary = Summary {
        generated: generated.len(),
        refused: refused.len(),
        values: samples.len(),
        types: types.len(),
        loading,
        generating,
        compiling,
        lines: rust_lines(&files),
    };
    match arguments.json {
        true => println!("{}", to_json(&generated, &refused, &summary)),
        false => {
            generated
                .keys()
                .for_each(|nsid| println!("{nsid}: generated"));
            diagnostics.iter().for_each(|found| println!("{found}"));
            println!("{}", summary.line());
        }
    }
    Ok(Outcome::good_if(refused.is_empty()))
}

/// Takes out what the generator refuses, until the rest is generated.
fn generate_what_can_be(
    catalog: &mut Catalog,
    diagnostics: &mut Vec<Diagnostic>,
) -> Result<Files, Failure> {
    loop {
        let found = match generate(catalog, &Config::default()) {
            Ok(files) => return Ok(files),
            Err(found) => found,
        };
        let refused: BTreeSet<_> = found.iter().map(|found| &found.file).collect();
        let before = catalog.documents().count();
        catalog.retain(|document| !refused.contains(&document.file));
        if catalog.documents().count() == before {
            return Err(report::lines(&found));
        }
        diagnostics.extend(found);
        diagnostics.extend(catalog.prune());
    }
}

/// Runs over directories that have to be clean.
pub(crate) fn run_clean(dirs: Vec<PathBuf>, scratch: PathBuf) -> Result<(), Failure> {
    let arguments = Arguments {
        dirs,
        with: Vec::new(),
        scratch,
        samples: 40,
        json: false,
    };
    match run(&arguments)? {
        Outcome::Good => Ok(()),
        Outcome::Bad => Err("some documents were refused".to_owned()),
    }
}

fn load(dirs: &[PathBuf]) -> Result<Loaded, Failure> {
    let mut all = Loaded::default();
    for dir in dirs {
        all.extend(report::load(dir)?);
    }
    Ok(all)
}

fn nsid(document: &lexicon_schema::Document) -> String {
    document.nsid.to_string()
}

fn file(document: &lexicon_schema::Document) -> PathBuf {
    document.file.clone()
}

fn rust_lines(files: &Files) -> usize {
    let rust = files.iter().filter(|(name, _)| name.ends_with(".rs"));
    rust.map(|(_, text)| text.lines().count()).sum()
}

struct Summary {
    generated: usize,
    refused: usize,
    values: usize,
    types: usize,
    loading: Duration,
    generating: Duration,
    compiling: Duration,
    lines: usize,
}

impl Summary {
    fn line(&self) -> String {
        format!(
            "{} generated, {} refused; {} values of {} types tried; loaded in {} ms, generated in \
             {} ms, compiled in {} ms; {} lines of Rust",
            self.generated,
            self.refused,
            self.values,
            self.types,
            self.loading.as_millis(),
            self.generating.as_millis(),
            self.compiling.as_millis(),
            self.lines,
        )
    }
}

fn to_json(
    generated: &BTreeMap<&str, &Path>,
    refused: &BTreeMap<&Path, Vec<&Diagnostic>>,
    summary: &Summary,
) -> Value {
    let generated = generated
        .iter()
        .map(|(nsid, file)| json!({ "nsid": nsid, "file": file.display().to_string() }));
    let refused = refused.iter().map(|(file, diagnostics)| {
        let diagnostics: Vec<_> = diagnostics.iter().map(|d| report::to_json(d)).collect();
        json!({ "file": file.display().to_string(), "diagnostics": diagnostics })
    });
    json!({
        "documents": generated.chain(refused).collect::<Vec<_>>(),
        "summary": {
            "generated": summary.generated,
            "refused": summary.refused,
            "values": summary.values,
            "types": summary.types,
            "loadingMs": summary.loading.as_millis() as u64,
            "generatingMs": summary.generating.as_millis() as u64,
            "compilingMs": summary.compiling.as_millis() as u64,
            "lines": summary.lines,
        },
    })
}
