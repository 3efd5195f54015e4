//! The steps of a document as one shell script.
//!
//! A line `#=> TEXT` means that the output of the commands above it contains TEXT.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::failure::Failure;

/// A script that bash runs. What each step prints goes to a file of its own.
pub(super) struct Script {
    /// The name of the document.
    name: &'static str,
    /// The directory of what the steps print and write.
    dir: PathBuf,
    text: String,
    /// How many steps and files there are.
    count: usize,
    /// What the steps print, in order.
    outputs: Vec<PathBuf>,
    /// What a step has to print.
    expected: Vec<(PathBuf, String)>,
}

impl Script {
    /// An empty script. `dir` is the directory of what it prints and writes.
    pub(super) fn new(name: &'static str, dir: PathBuf) -> Self {
        Self {
            name,
            dir,
            text: String::new(),
            count: 0,
            outputs: Vec::new(),
            expected: Vec::new(),
        }
    }

    /// Adds the commands of a block.
    pub(super) fn commands(&mut self, block: &str) {
        let mut step = String::new();
        for line in block.lines() {
            match line.strip_prefix("#=> ") {
                None => step.push_str(&format!("{line}\n")),
                Some(text) => {
                    self.step(&mut step);
                    self.expected.push((self.path(), text.to_owned()));
                }
            }
        }
        self.step(&mut step);
    }

    /// Adds a file of the document, which is written in the script's working directory.
    pub(super) fn file(&mut self, path: &str, content: &str) -> Result<(), Failure> {
        self.count += 1;
        let source = self.path();
        fs::write(&source, content).map_err(|error| format!("{}: {error}", source.display()))?;
        self.text.push_str(&format!(
            "mkdir -p \"$(dirname '{path}')\"\ncp '{}' '{path}'\n",
            source.display()
        ));
        Ok(())
    }

    /// Runs the script by `bash`, which takes its text, and compares what it prints.
    pub(super) fn run(self, bash: impl FnOnce(&str) -> Command) -> Result<(), Failure> {
        let name = self.name;
        if self.expected.is_empty() {
            return Err(format!(
                "{name}: expected a line `#=> TEXT` with the expected output"
            ));
        }
        let status = bash(&self.text).status();
        let status = status.map_err(|error| format!("bash: {error}"))?;
        for (path, text) in &self.expected {
            let printed = fs::read_to_string(path).unwrap_or_default();
            if !printed.contains(text) {
                return Err(format!(
                    "{name}: expected {text} to be printed, found {printed}"
                ));
            }
        }
        if !status.success() {
            let mut outputs = self.outputs.iter().rev();
            let last = outputs.find_map(|path| fs::read_to_string(path).ok());
            let printed = last.unwrap_or_default();
            return Err(format!(
                "{name}: the last step failed, and printed {printed}"
            ));
        }
        Ok(())
    }

    /// Ends a step, if there is one.
    fn step(&mut self, step: &mut String) {
        if step.is_empty() {
            return;
        }
        self.count += 1;
        let file = self.path();
        self.text.push_str(&format!(
            "echo '{}'\n{{\n{step}}} > '{}' 2>&1\n",
            step.trim().replace('\'', r"'\''"),
            file.display()
        ));
        self.outputs.push(file);
        step.clear();
    }

    /// The file of the last step.
    fn path(&self) -> PathBuf {
        self.dir.join(self.count.to_string())
    }
}
