//! `lexicon conformance DIR... [--with DIR]...`

mod faults;
mod runtime;
mod samples;
mod scratch;
mod summary;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Instant;

use lexicon_codegen::{Config, Files, generate_valid, generated_types};
use lexicon_schema::{Catalog, Diagnostic, Document, Loaded};
use serde_json::{Value, json};

use crate::error::Error;
use crate::load::load;
use crate::outcome::Outcome;
use crate::print::print_line;
use crate::report;
use faults::{Fault, Faults, documents_by_file};
use runtime::Runtime;
use scratch::{CompileError, Scratch};
use summary::Summary;

/// The arguments of `lexicon conformance`.
#[derive(Clone, Debug, clap::Args)]
#[non_exhaustive]
pub struct Arguments {
    /// Directories of lexicons, with all directories below them.
    #[arg(required = true, value_name = "DIR")]
    pub dirs: Vec<PathBuf>,
    /// A directory of lexicons that references may lead to; nothing is reported of it. Can be given several
    /// times.
    #[arg(long, value_name = "DIR")]
    pub with: Vec<PathBuf>,
    /// The `lexicon-runtime` that the generated code is compiled with: its directory, or a version.
    /// By default the one that the package in the working directory depends on.
    #[arg(long, value_name = "DIR-OR-VERSION")]
    pub runtime: Option<String>,
    /// The directory in which the generated code is compiled.
    #[arg(long, value_name = "DIR", default_value = "target/conformance")]
    pub scratch: PathBuf,
    /// How many sample values of each type are tried, and how many invalid ones of each of these.
    #[arg(long, value_name = "NUMBER", default_value_t = 8)]
    pub samples: u64,
    /// Print one JSON object instead of the report: `documents`, each with its `file` and its `nsid`
    /// or its `diagnostics`, and with `faults` if its code is wrong; and `summary`. Progress goes to
    /// standard error.
    #[arg(long)]
    pub json: bool,
}

impl Default for Arguments {
    fn default() -> Self {
        Self {
            dirs: Vec::new(),
            with: Vec::new(),
            runtime: None,
            scratch: "target/conformance".into(),
            samples: 8,
            json: false,
        }
    }
}

/// Generates code for every lexicon of some directories, compiles it, and gives the generated types
/// sample values. The generated check and the interpreted one must report the same violations.
///
/// A document whose code does not compile, or fails on a sample, does not stop the others.
///
/// # Errors
/// The lexicons cannot be read, or `lexicon-runtime` is not found or does not compile.
pub fn run(arguments: &Arguments) -> Result<Outcome, Error> {
    let runtime = Runtime::find(arguments.runtime.as_deref())?;
    let start = Instant::now();
    let reported = load_all(&arguments.dirs)?;
    let helping = load_all(&arguments.with)?;
    let names: BTreeSet<_> = reported.catalog.documents().map(nsid).collect();
    let mut diagnostics = reported.diagnostics;
    let mut catalog = reported.catalog;
    let mut sources: BTreeSet<_> = catalog.documents().map(file).collect();
    sources.extend(diagnostics.iter().map(|diagnostic| diagnostic.file.clone()));
    catalog.extend(helping.catalog);
    let loading = start.elapsed();

    let config = types_only();
    let scratch = Scratch::new(&arguments.scratch);
    let mut faults = Faults::new();
    let (files, types, samples, generating, compiling) = loop {
        let start = Instant::now();
        let files = generate_valid(&mut catalog, &config, &mut diagnostics, &[]);
        let files = files.map_err(Error::InvalidLexicons)?;
        let generating = start.elapsed();
        let types: Vec<_> = generated_types(&catalog, &config)
            .into_iter()
            .filter(|generated| names.contains(&generated.nsid))
            .collect();
        let samples = samples::samples(&catalog, &types, arguments.samples);
        scratch.write(&files, &types, &samples, &runtime)?;
        match scratch.compile()? {
            Ok(compiling) => break (files, types, samples, generating, compiling),
            Err(errors) => leave_out(&mut catalog, &files, errors, &mut faults)?,
        }
    };
    for (number, message) in scratch.try_samples(samples.len())? {
        let sample = &samples[number];
        let generated = &types[sample["type"].as_u64().unwrap_or_default() as usize];
        let fault = Fault::of_sample(generated, &message, &sample["value"]);
        faults
            .entry(generated.nsid.clone())
            .or_default()
            .push(fault);
    }
    faults.retain(|nsid, _| names.contains(nsid));

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
        faulty: faults.len(),
        values: samples.len(),
        types: types.len(),
        loading,
        generating,
        compiling,
        lines: rust_lines(&files),
    };
    if arguments.json {
        print_line!("{}", to_json(&generated, &refused, &faults, &summary));
    } else {
        for nsid in generated.keys().filter(|nsid| !faults.contains_key(**nsid)) {
            print_line!("{nsid}: generated");
        }
        for (nsid, faults) in &faults {
            faults
                .iter()
                .for_each(|fault| print_line!("{}", fault.line(nsid)));
        }
        diagnostics.iter().for_each(|found| print_line!("{found}"));
        print_line!("{summary}");
    }
    Ok(Outcome::clean_if(refused.is_empty() && faults.is_empty()))
}

/// Removes the documents whose code does not compile, and those that depend on them.
fn leave_out(
    catalog: &mut Catalog,
    files: &Files,
    errors: Vec<CompileError>,
    faults: &mut Faults,
) -> Result<(), Error> {
    let documents = documents_by_file(files);
    let mut found = Faults::new();
    for CompileError { file, message } in errors {
        let nsid = file.as_deref().and_then(|file| documents.get(file));
        // A fault of the code around the documents leaves nothing to go on with.
        let nsid = nsid.ok_or_else(|| Error::Program {
            command: "cargo check".to_owned(),
            message: message.clone(),
        })?;
        found
            .entry((*nsid).to_owned())
            .or_default()
            .push(Fault::of_code(message));
    }
    let names: BTreeMap<_, _> = catalog.documents().map(|d| (file(d), nsid(d))).collect();
    catalog.retain(|document| !found.contains_key(document.nsid.as_str()));
    for diagnostic in catalog.prune() {
        if let Some(nsid) = names.get(&diagnostic.file) {
            let message =
                format!("left out, since it depends on code that does not compile: {diagnostic}");
            found
                .entry(nsid.clone())
                .or_default()
                .push(Fault::of_code(message));
        }
    }
    faults.extend(found);
    Ok(())
}

/// No service trait: it would need a server's crate.
fn types_only() -> Config {
    let mut config = Config::default();
    config.serve = Some(Vec::new());
    config
}

fn load_all(dirs: &[PathBuf]) -> Result<Loaded, Error> {
    let mut all = Loaded::default();
    for dir in dirs {
        all.extend(load(dir)?);
    }
    Ok(all)
}

fn nsid(document: &Document) -> String {
    document.nsid.to_string()
}

fn file(document: &Document) -> PathBuf {
    document.file.clone()
}

fn rust_lines(files: &Files) -> usize {
    let rust = files.iter().filter(|(name, _)| name.ends_with(".rs"));
    rust.map(|(_, text)| text.lines().count()).sum()
}

fn to_json(
    generated: &BTreeMap<&str, &Path>,
    refused: &BTreeMap<&Path, Vec<&Diagnostic>>,
    faults: &Faults,
    summary: &Summary,
) -> Value {
    let faults_of = |nsid: &str| -> Value {
        let faults = faults.get(nsid).into_iter().flatten();
        faults.map(Fault::to_json).collect()
    };
    let left_out = faults
        .keys()
        .filter(|nsid| !generated.contains_key(nsid.as_str()));
    let left_out = left_out.map(|nsid| json!({ "nsid": nsid, "faults": faults_of(nsid) }));
    let generated = generated.iter().map(|(nsid, file)| {
        let mut document = json!({ "nsid": nsid, "file": file.display().to_string() });
        if faults.contains_key(*nsid) {
            document["faults"] = faults_of(nsid);
        }
        document
    });
    let refused = refused.iter().map(|(file, diagnostics)| {
        let diagnostics: Vec<_> = diagnostics.iter().map(|d| report::to_json(d)).collect();
        json!({ "file": file.display().to_string(), "diagnostics": diagnostics })
    });
    json!({
        "documents": generated.chain(left_out).chain(refused).collect::<Vec<_>>(),
        "summary": summary.to_json(),
    })
}
