//! A crate around generated code, and a program that gives its types the samples.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use lexicon_codegen::{Files, GeneratedType};
use serde_json::Value;

use super::runtime::Runtime;
use crate::error::Error;
use crate::print::print_note;

/// The text of the program, with a placeholder for the table of types.
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
        runtime: &Runtime,
    ) -> Result<(), Error> {
        let source = self.dir.join("src");
        match fs::remove_dir_all(&source) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(Error::io(&source)(error));
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
        self.put(
            "Cargo.toml",
            &format!(
                "[package]\nname = \"conformance\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
                 [dependencies]\n{}\n\
                 serde = {{ version = \"1\", features = [\"derive\"] }}\nserde_json = \"1\"\n\n\
                 [profile.dev]\ndebug = false\n\n[workspace]\n",
                runtime.dependency()
            ),
        )?;
        match runtime.lock() {
            Some(lock) => {
                let text = fs::read_to_string(lock).map_err(Error::io(lock))?;
                self.put("Cargo.lock", &text)
            }
            None => Ok(()),
        }
    }

    fn put(&self, name: &str, text: &str) -> Result<(), Error> {
        let path = self.dir.join(name);
        let parent = path.parent().map_or(Ok(()), fs::create_dir_all);
        let written = parent.and_then(|()| fs::write(&path, text));
        written.map_err(Error::io(&path))
    }

    /// Compiles the generated code, and returns how long that alone took.
    pub(super) fn compile(&self) -> Result<Duration, Error> {
        print_note!("compiling in {}", self.dir.display());
        let dependencies = ["--package", "lexicon-runtime", "--package", "serde_json"];
        self.cargo(&[&["check", "--quiet"][..], &dependencies].concat())?;
        let start = Instant::now();
        self.cargo(&["check", "--quiet", "--lib"])?;
        Ok(start.elapsed())
    }

    /// Gives every sample to its type.
    pub(super) fn try_samples(&self) -> Result<(), Error> {
        print_note!("trying the samples");
        self.cargo(&["run", "--quiet"])
    }

    fn cargo(&self, arguments: &[&str]) -> Result<(), Error> {
        let mut command = Command::new("cargo");
        command
            .args(arguments)
            .current_dir(&self.dir)
            .env("CARGO_TARGET_DIR", "target")
            // A cold check, as of a dependency: those are never incremental.
            .env("CARGO_INCREMENTAL", "0");
        let output = command.output().map_err(|source| Error::Start {
            program: "cargo",
            source,
        })?;
        if output.status.success() {
            return Ok(());
        }
        let printed = String::from_utf8_lossy(&output.stderr);
        Err(Error::Program {
            command: format!("cargo {}", arguments.join(" ")),
            message: format!("{}\n{printed}", output.status),
        })
    }
}
