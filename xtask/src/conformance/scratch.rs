//! A crate around generated code, and a program that tries its types out.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use lexicon_codegen::{Files, GeneratedType};
use serde_json::Value;

use crate::report::Failure;

/// The program's own text; the table of types is put where it says so.
const PROGRAM: &str = include_str!("program.rs.txt");

pub(super) struct Scratch {
    dir: PathBuf,
}

impl Scratch {
    pub(super) fn new(dir: &Path) -> Self {
        Self {
            dir: dir.to_owned(),
        }
    }

    pub(super) fn write(
        &self,
        files: &Files,
        types: &[GeneratedType],
        samples: &[Value],
    ) -> Result<(), Failure> {
        let source = self.dir.join("src");
        match fs::remove_dir_all(&source) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(format!("{}: {error}", source.display()));
            }
            _ => {}
        }
        for (name, text) in files {
            self.put(&format!("src/generated/{name}"), text)?;
        }
        let table: String = types
            .iter()
            .map(|GeneratedType { path, check, .. }| {
                format!("    (generated::{check}, trip::<generated::{path}>),\n")
            })
            .collect();
        self.put("src/lib.rs", "pub mod generated;\n")?;
        self.put("src/main.rs", &PROGRAM.replace("    // TYPES\n", &table))?;
        let lines: String = samples.iter().map(|sample| format!("{sample}\n")).collect();
        self.put("samples.jsonl", &lines)?;
        let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let runtime = project.join("crates/lexicon-runtime");
        self.put(
            "Cargo.toml",
            &format!(
                "[package]\nname = \"conformance\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
             [dependencies]\nlexicon-runtime = {{ path = {runtime:?} }}\n\
             serde = {{ version = \"1\", features = [\"derive\"] }}\nserde_json = \"1\"\n\n\
             [profile.dev]\ndebug = false\n\n[workspace]\n"
            ),
        )?;
        // The versions that this project is tested with.
        let lock = fs::read_to_string(project.join("Cargo.lock"));
        self.put(
            "Cargo.lock",
            &lock.map_err(|error| format!("Cargo.lock: {error}"))?,
        )
    }

    fn put(&self, name: &str, text: &str) -> Result<(), Failure> {
        let path = self.dir.join(name);
        let made = path.parent().map_or(Ok(()), fs::create_dir_all);
        made.and_then(|()| fs::write(&path, text))
            .map_err(|error| format!("{}: {error}", path.display()))
    }

    /// Compiles the generated code, and says how long that alone took.
    pub(super) fn compile(&self) -> Result<Duration, Failure> {
        eprintln!("compiling in {}", self.dir.display());
        let dependencies = ["--package", "lexicon-runtime", "--package", "serde_json"];
        self.cargo(&[&["check", "--quiet"][..], &dependencies].concat())?;
        let start = Instant::now();
        self.cargo(&["check", "--quiet", "--lib"])?;
        Ok(start.elapsed())
    }

    /// Gives every sample to its type.
    pub(super) fn try_out(&self) -> Result<(), Failure> {
        eprintln!("trying the types out");
        self.cargo(&["run", "--quiet"])
    }

    fn cargo(&self, arguments: &[&str]) -> Result<(), Failure> {
        let mut command = Command::new("cargo");
        command
            .args(arguments)
            .current_dir(&self.dir)
            .env("CARGO_TARGET_DIR", "target")
            // A cold check, as of a dependency: those are never incremental.
            .env("CARGO_INCREMENTAL", "0");
        let output = command
            .output()
            .map_err(|error| format!("cargo: {error}"))?;
        if output.status.success() {
            return Ok(());
        }
        let told = String::from_utf8_lossy(&output.stderr);
        Err(format!(
            "cargo {}: {}\n{told}",
            arguments.join(" "),
            output.status
        ))
    }
}
