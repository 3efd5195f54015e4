//! `cargo xtask conformance DIR... [--with DIR...]`

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use lexicon::{Catalog, Diagnostic, Loaded};
use lexicon_codegen::{Config, Files, generate};

use crate::Failure;

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

    let compiling = compile(&files, &arguments.scratch)?;

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
        "{} generated, {} refused; loaded in {}, generated in {}, compiled in {}; {} lines of Rust",
        generated.len(),
        refused.len(),
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

/// Writes a crate around the generated code, and compiles it.
fn compile(files: &Files, scratch: &Path) -> Result<Duration, Failure> {
    let fault = |path: &Path, error: std::io::Error| format!("{}: {error}", path.display());
    let source = scratch.join("src");
    match fs::remove_dir_all(&source) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(fault(&source, error));
        }
        _ => {}
    }
    for (name, text) in files {
        let path = source.join("generated").join(name);
        let dir = path.parent().unwrap_or(&source);
        fs::create_dir_all(dir).map_err(|error| fault(dir, error))?;
        fs::write(&path, text).map_err(|error| fault(&path, error))?;
    }
    let runtime = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/lexicon-runtime");
    let manifest = format!(
        "[package]\nname = \"conformance\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
         [dependencies]\nlexicon-runtime = {{ path = {runtime:?} }}\n\
         serde = {{ version = \"1\", features = [\"derive\"] }}\nserde_json = \"1\"\n\n[workspace]\n"
    );
    let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.lock");
    let written = fs::create_dir_all(&source)
        .and_then(|()| fs::write(scratch.join("Cargo.toml"), manifest))
        .and_then(|()| fs::write(source.join("lib.rs"), "pub mod generated;\n"))
        .and_then(|()| fs::copy(lock, scratch.join("Cargo.lock")));
    written.map_err(|error| fault(scratch, error))?;
    println!("compiling {} files in {}", files.len(), scratch.display());
    // The dependencies first, so that the time is that of the generated code alone.
    cargo(
        scratch,
        &[
            "check",
            "--quiet",
            "--package",
            "lexicon-runtime",
            "--package",
            "serde_json",
        ],
    )?;
    let start = Instant::now();
    cargo(scratch, &["check", "--quiet"])?;
    Ok(start.elapsed())
}

fn cargo(dir: &Path, arguments: &[&str]) -> Result<(), Failure> {
    let mut command = Command::new("cargo");
    command
        .args(arguments)
        .current_dir(dir)
        .env("CARGO_TARGET_DIR", dir.join("target"));
    let output = command
        .output()
        .map_err(|error| format!("cargo: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!(
        "the generated code does not compile:\n{}",
        String::from_utf8_lossy(&output.stderr)
    ))
}

fn millis(duration: Duration) -> String {
    format!("{} ms", duration.as_millis())
}
