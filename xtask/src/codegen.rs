//! `cargo xtask codegen [--check] [--lexicons DIR] [--out DIR]`

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::{fs, io};

use lexicon_codegen::{External, Files, PREAMBLE, generate};
use lexicon_schema::Diagnostic;
use serde_json::json;

use crate::report::{self, Failure, Outcome, fault};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Change nothing; fail if the code on disk is not what the lexicons give.
    #[arg(long)]
    check: bool,
    /// The directory of the lexicons, with `codegen.toml` if there is one.
    #[arg(long, value_name = "DIR", default_value = "lexicons")]
    lexicons: PathBuf,
    /// The directory of the generated code. Nothing else may be in it.
    #[arg(
        long,
        value_name = "DIR",
        default_value = "crates/cocore-lexicon/src/generated"
    )]
    out: PathBuf,
    /// Refer to the types of documents below an NSID prefix in another crate that was generated
    /// from the same documents, instead of generating them again.
    #[arg(long, value_name = "NSID-PREFIX=CRATE-PATH")]
    external: Vec<External>,
    /// Print one JSON object: `documents`, `written`, and `differences` with `file` and `difference`
    /// each; or `diagnostics`, if a lexicon is refused.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Outcome, Failure> {
    let Arguments { check, out, .. } = arguments;
    let files = match files(arguments)? {
        Ok(files) => files,
        Err(diagnostics) => return Ok(refuse(&diagnostics, arguments)),
    };
    let differences = differences(&files, out).map_err(|error| fault(out, &error))?;
    if !check {
        write(&files, &differences, out)?;
    }
    report(&files, &differences, arguments);
    Ok(Outcome::good_if(!check || differences.is_empty()))
}

/// Writes, or checks, the generated code of this project as it stands below `root`.
pub(crate) fn run_in(root: &Path, check: bool) -> Result<(), Failure> {
    let lexicons = root.join("lexicons");
    run_for(
        lexicons,
        root.join("crates/cocore-lexicon/src/generated"),
        check,
    )
}

/// Checks the generated code of the example.
pub(crate) fn check_example(root: &Path) -> Result<(), Failure> {
    let example = root.join("examples/forecast");
    run_for(
        example.join("lexicons"),
        example.join("src/generated"),
        true,
    )
}

fn run_for(lexicons: PathBuf, out: PathBuf, check: bool) -> Result<(), Failure> {
    let arguments = Arguments {
        check,
        lexicons,
        out,
        external: Vec::new(),
        json: false,
    };
    match run(&arguments)? {
        Outcome::Good => Ok(()),
        Outcome::Bad => Err("see above".to_owned()),
    }
}

/// Generates in memory.
fn files(arguments: &Arguments) -> Result<Result<Files, Vec<Diagnostic>>, Failure> {
    let Arguments {
        lexicons, external, ..
    } = arguments;
    let loaded = report::load(lexicons)?;
    let mut config = report::config(lexicons)?;
    config.external.extend_from_slice(external);
    Ok(match loaded.diagnostics.is_empty() {
        true => generate(&loaded.catalog, &config),
        false => Err(loaded.diagnostics),
    })
}

fn refuse(diagnostics: &[Diagnostic], arguments: &Arguments) -> Outcome {
    if arguments.json {
        let diagnostics: Vec<_> = diagnostics.iter().map(report::to_json).collect();
        println!("{}", json!({ "diagnostics": diagnostics }));
    } else {
        let dir = arguments.lexicons.display();
        eprintln!("the lexicons in {dir} cannot be generated:");
        eprintln!("{}", report::lines(diagnostics));
    }
    Outcome::Bad
}

#[derive(PartialEq, Eq)]
enum Difference {
    Missing,
    Changed,
    LeftOver,
}

impl Difference {
    fn name(&self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Changed => "differs",
            Self::LeftOver => "left over",
        }
    }
}

/// How the directory differs from what it should be, by file.
fn differences(files: &Files, out: &Path) -> io::Result<Vec<(String, Difference)>> {
    let mut found = Vec::new();
    for (name, content) in files {
        match fs::read(out.join(name)) {
            Ok(bytes) if bytes == content.as_bytes() => {}
            Ok(_) => found.push((name.clone(), Difference::Changed)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                found.push((name.clone(), Difference::Missing));
            }
            Err(error) => return Err(error),
        }
    }
    let mut present = BTreeSet::new();
    list(out, "", &mut present)?;
    for name in present.into_iter().filter(|name| !files.contains_key(name)) {
        found.push((name, Difference::LeftOver));
    }
    Ok(found)
}

/// The files below a directory that may not exist yet, `/` between the steps.
fn list(dir: &Path, prefix: &str, files: &mut BTreeSet<String>) -> io::Result<()> {
    let entries = match fs::read_dir(dir) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            list(&entry.path(), &format!("{name}/"), files)?;
        } else {
            files.insert(name);
        }
    }
    Ok(())
}

fn report(files: &Files, differences: &[(String, Difference)], arguments: &Arguments) {
    let Arguments {
        check,
        lexicons,
        out,
        json,
        ..
    } = arguments;
    let documents = files.keys().filter(|name| name.ends_with(".json")).count();
    if *json {
        let differences: Vec<_> = differences
            .iter()
            .map(|(name, what)| json!({ "file": name, "difference": what.name() }))
            .collect();
        println!(
            "{}",
            json!({ "documents": documents, "written": !check, "differences": differences })
        );
        return;
    }
    let (lexicons, out_dir) = (lexicons.display(), out.display());
    match (check, differences) {
        (false, _) => {
            let changed = differences.len();
            println!("{documents} documents, {changed} files changed below {out_dir}");
        }
        (true, []) => println!("the generated code is what the lexicons give"),
        (true, _) => {
            eprintln!("the generated code is not what the lexicons give:");
            for (name, difference) in differences {
                eprintln!("  {}: {}", out.join(name).display(), difference.name());
            }
            eprintln!("run: cargo xtask codegen --lexicons {lexicons} --out {out_dir}");
        }
    }
}

fn write(files: &Files, differences: &[(String, Difference)], out: &Path) -> Result<(), Failure> {
    let left_over = differences
        .iter()
        .filter(|(_, difference)| *difference == Difference::LeftOver);
    if let Some((name, _)) = left_over
        .clone()
        .find(|(name, _)| !is_ours(&out.join(name)))
    {
        let name = out.join(name).display().to_string();
        return Err(format!(
            "{name} is not generated: `--out` takes a directory of its own"
        ));
    }
    for (name, difference) in differences {
        let path = out.join(name);
        let result = match (difference, files.get(name), path.parent()) {
            (Difference::LeftOver, ..) => fs::remove_file(&path),
            (_, Some(content), Some(dir)) => {
                fs::create_dir_all(dir).and_then(|()| fs::write(&path, content))
            }
            _ => Ok(()),
        };
        result.map_err(|error| fault(&path, &error))?;
    }
    Ok(())
}

/// Whether a file was generated once: a Rust file says so, a JSON file stands beside such a one.
fn is_ours(path: &Path) -> bool {
    fs::read_to_string(path.with_extension("rs")).is_ok_and(|text| text.starts_with(PREAMBLE))
}
