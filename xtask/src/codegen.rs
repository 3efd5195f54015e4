//! `cargo xtask codegen [--check] [--lexicons DIR] [--out DIR]`

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::{fs, io};

use lexicon::Catalog;
use lexicon_codegen::{Config, External, Files, PREAMBLE, config, generate};

use crate::Failure;

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
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let Arguments {
        check,
        lexicons,
        out,
        external,
    } = arguments;
    let files = files(lexicons, external)?;
    let differences = differences(&files, out).map_err(|error| fault(out, &error))?;
    if *check {
        return report(&differences, arguments);
    }
    write(&files, &differences, out)?;
    let (documents, changed) = (
        files.keys().filter(|f| f.ends_with(".json")).count(),
        differences.len(),
    );
    println!(
        "{documents} documents, {changed} files changed below {}",
        out.display()
    );
    Ok(())
}

/// Writes, or checks, the generated code of this project as it stands below `root`.
pub(crate) fn run_in(root: &Path, check: bool) -> Result<(), Failure> {
    run(&Arguments {
        check,
        lexicons: root.join("lexicons"),
        out: root.join("crates/cocore-lexicon/src/generated"),
        external: Vec::new(),
    })
}

/// Checks the generated code of the example.
pub(crate) fn check_example(root: &Path) -> Result<(), Failure> {
    let example = root.join("examples/forecast");
    run(&Arguments {
        check: true,
        lexicons: example.join("lexicons"),
        out: example.join("src/generated"),
        external: Vec::new(),
    })
}

/// Generates in memory.
fn files(lexicons: &Path, external: &[External]) -> Result<Files, Failure> {
    let loaded = Catalog::load(lexicons).map_err(|error| fault(lexicons, &error))?;
    let mut config = match fs::read_to_string(lexicons.join(config::FILE_NAME)) {
        Ok(text) => Config::parse(&text)
            .map_err(|error| fault(&lexicons.join(config::FILE_NAME), &error))?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => Config::default(),
        Err(error) => return Err(fault(&lexicons.join(config::FILE_NAME), &error)),
    };
    config.external.extend_from_slice(external);
    let result = match loaded.diagnostics.is_empty() {
        true => generate(&loaded.catalog, &config),
        false => Err(loaded.diagnostics),
    };
    result.map_err(|diagnostics| {
        let lines: Vec<_> = diagnostics.iter().map(ToString::to_string).collect();
        let dir = lexicons.display();
        format!(
            "the lexicons in {dir} cannot be generated:\n{}",
            lines.join("\n")
        )
    })
}

#[derive(PartialEq, Eq)]
enum Difference {
    Missing,
    Changed,
    LeftOver,
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

fn report(differences: &[(String, Difference)], arguments: &Arguments) -> Result<(), Failure> {
    if differences.is_empty() {
        println!("the generated code is what the lexicons give");
        return Ok(());
    }
    let out = &arguments.out;
    let mut lines = vec!["the generated code is not what the lexicons give:".to_owned()];
    for (name, difference) in differences {
        let what = match difference {
            Difference::Missing => "missing",
            Difference::Changed => "differs",
            Difference::LeftOver => "left over",
        };
        lines.push(format!("  {}: {what}", out.join(name).display()));
    }
    let (lexicons, out) = (arguments.lexicons.display(), out.display());
    lines.push(format!(
        "run: cargo xtask codegen --lexicons {lexicons} --out {out}"
    ));
    Err(lines.join("\n"))
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

fn fault(path: &Path, what: &dyn std::fmt::Display) -> Failure {
    format!("{}: {what}", path.display())
}
