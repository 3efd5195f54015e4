//! A crate around generated code, and a program that gives its types the samples.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
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

    /// Compiles the generated code, and returns how long that alone took, or the compiler's errors.
    pub(super) fn compile(&self) -> Result<Result<Duration, Vec<CompileError>>, Error> {
        print_note!("compiling in {}", self.dir.display());
        let dependencies = ["--package", "lexicon-runtime", "--package", "serde_json"];
        self.cargo(&[&["check", "--quiet"][..], &dependencies].concat())?;
        let start = Instant::now();
        let arguments = ["check", "--quiet", "--lib", "--message-format", "json"];
        let output = self.output(&arguments)?;
        if output.status.success() {
            return Ok(Ok(start.elapsed()));
        }
        let errors = compile_errors(&output.stdout);
        match errors.is_empty() {
            true => Err(program_error(&arguments, &output)),
            false => Ok(Err(errors)),
        }
    }

    /// Gives every sample to its type, and returns the number of each that fails, with what is wrong.
    pub(super) fn try_samples(&self, count: usize) -> Result<Vec<(usize, String)>, Error> {
        print_note!("trying the samples");
        self.cargo(&["build", "--quiet"])?;
        // It is started from within the directory.
        let program = self.dir.join("target/debug/conformance");
        let path = std::path::absolute(&program).map_err(Error::io(&program))?;
        let mut faults = Vec::new();
        let mut next = 0;
        while next < count {
            let mut program = Command::new(&path);
            program.arg(next.to_string()).current_dir(&self.dir);
            let output = program
                .output()
                .map_err(start("the program with the samples"))?;
            let printed = String::from_utf8_lossy(&output.stdout);
            for line in printed.lines() {
                if let Ok(Value::String(fault)) = serde_json::from_str(line) {
                    faults.push((next, fault));
                }
                next += 1;
            }
            // The sample after the last line ended it.
            if next < count {
                faults.push((next, format!("the program ends: {}", output.status)));
                next += 1;
            }
        }
        Ok(faults)
    }

    fn cargo(&self, arguments: &[&str]) -> Result<(), Error> {
        let output = self.output(arguments)?;
        match output.status.success() {
            true => Ok(()),
            false => Err(program_error(arguments, &output)),
        }
    }

    fn output(&self, arguments: &[&str]) -> Result<Output, Error> {
        let mut command = Command::new("cargo");
        command
            .args(arguments)
            .current_dir(&self.dir)
            .env("CARGO_TARGET_DIR", "target")
            // A cold check, as of a dependency: those are never incremental.
            .env("CARGO_INCREMENTAL", "0");
        command.output().map_err(start("cargo"))
    }
}

fn start(program: &'static str) -> impl FnOnce(io::Error) -> Error {
    move |source| Error::Start { program, source }
}

fn program_error(arguments: &[&str], output: &Output) -> Error {
    let printed = String::from_utf8_lossy(&output.stderr);
    Error::Program {
        command: format!("cargo {}", arguments.join(" ")),
        message: format!("{}\n{printed}", output.status),
    }
}

/// An error of the compiler.
pub(super) struct CompileError {
    /// The file, from the directory of the generated code; `None` if it is none of these.
    pub(super) file: Option<String>,
    /// The message as the compiler prints it.
    pub(super) message: String,
}

/// The errors in what `cargo check --message-format json` prints.
fn compile_errors(printed: &[u8]) -> Vec<CompileError> {
    let lines = printed.split(|byte| *byte == b'\n');
    let messages = lines.filter_map(|line| serde_json::from_slice::<Value>(line).ok());
    let errors = messages.filter(|line| line["message"]["level"] == "error");
    let errors = errors.filter_map(|line| {
        let spans = line["message"]["spans"].as_array()?;
        let span = spans.iter().find(|span| span["is_primary"] == true);
        let file = span.and_then(|span| span["file_name"].as_str()?.split_once("src/generated/"));
        Some(CompileError {
            file: file.map(|(_, file)| file.to_owned()),
            message: line["message"]["rendered"].as_str()?.trim_end().to_owned(),
        })
    });
    errors.collect()
}
