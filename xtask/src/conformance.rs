//! `cargo xtask conformance DIR... [--with DIR...]`

mod samples;
mod scratch;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use lexicon::{Catalog, Diagnostic, Loaded};
use lexicon_codegen::{Config, generate, listing};

use crate::Failure;
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
}

/// How it went, and so the exit code.
pub(crate) enum Outcome {
    /// Every document was generated and compiled: 0.
    Clean,
    /// Some were refused with diagnostics, the others compiled: 1.
    Refused,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Outcome, Failure> {
    let start = Instant::now();
    let reported = load(&arguments.dirs)?;
    let helping = load(&arguments.with)?;
    let names: BTreeSet<String> = names(&reported.catalog);
    let mut diagnostics = reported.diagnostics;
    let mut catalog = reported.catalog;
    catalog.extend(helping.catalog);
    diagnostics.extend(catalog.prune());
    let loading = start.elapsed();

    let start = Instant::now();
    let files =
        generate(&catalog, &Config::default()).map_err(|diagnostics| lines(&diagnostics))?;
    let generating = start.elapsed();
    let generated: Vec<_> = names
        .iter()
        .filter(|nsid| catalog.get(nsid).is_some())
        .collect();

    let types: Vec<_> = listing(&catalog, &Config::default());
    let types: Vec<_> = types
        .into_iter()
        .filter(|listed| names.contains(&listed.nsid))
        .collect();
    let samples = samples::samples(&catalog, &types, arguments.samples);
    let scratch = Scratch::new(&arguments.scratch);
    scratch.write(&files, &types, &samples)?;
    let compiling = scratch.compile()?;
    scratch.try_out()?;

    for nsid in &generated {
        println!("{nsid}: generated");
    }
    let helping: BTreeSet<_> = arguments.with.iter().collect();
    let of_reported =
        |diagnostic: &&Diagnostic| helping.iter().all(|dir| !diagnostic.file.starts_with(dir));
    let diagnostics: Vec<_> = diagnostics.iter().filter(of_reported).cloned().collect();
    if !diagnostics.is_empty() {
        println!("{}", lines(&diagnostics));
    }
    let refused: BTreeSet<_> = diagnostics
        .iter()
        .map(|diagnostic| &diagnostic.file)
        .collect();
    println!(
        "{} generated, {} refused; {} values of {} types tried; loaded in {}, generated in {}, compiled in {}; {} lines of Rust",
        generated.len(),
        refused.len(),
        samples.len(),
        types.len(),
        millis(loading),
        millis(generating),
        millis(compiling),
        files
            .iter()
            .filter(|(name, _)| name.ends_with(".rs"))
            .map(|(_, text)| text.lines().count())
            .sum::<usize>(),
    );
    Ok(if refused.is_empty() {
        Outcome::Clean
    } else {
        Outcome::Refused
    })
}

/// Runs over directories that have to be clean.
pub(crate) fn run_clean(dirs: Vec<PathBuf>, scratch: PathBuf) -> Result<(), Failure> {
    let arguments = Arguments {
        dirs,
        with: Vec::new(),
        scratch,
        samples: 40,
    };
    match run(&arguments)? {
        Outcome::Clean => Ok(()),
        Outcome::Refused => Err("some documents were refused".to_owned()),
    }
}

fn load(dirs: &[PathBuf]) -> Result<Loaded, Failure> {
    let mut all = Loaded::default();
    for dir in dirs {
        let loaded =
            Catalog::load_as(dir, dir).map_err(|error| format!("{}: {error}", dir.display()))?;
        all.catalog.extend(loaded.catalog);
        all.diagnostics.extend(loaded.diagnostics);
    }
    Ok(all)
}

fn names(catalog: &Catalog) -> BTreeSet<String> {
    catalog
        .documents()
        .map(|document| document.nsid.to_string())
        .collect()
}

fn lines(diagnostics: &[Diagnostic]) -> String {
    let lines: Vec<_> = diagnostics.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

fn millis(duration: Duration) -> String {
    format!("{} ms", duration.as_millis())
}
