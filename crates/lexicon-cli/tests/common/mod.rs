//! A directory in which the commands run.
#![allow(dead_code, missing_docs)]

pub(crate) mod pages;

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::{Value, json};
use tempfile::TempDir;

/// A directory of lexicons, and where the code generated from it goes.
pub(crate) struct Place {
    dir: TempDir,
}

impl Place {
    pub(crate) fn new(documents: &[(&str, Value)]) -> Self {
        let place = Self {
            dir: TempDir::new().unwrap(),
        };
        fs::create_dir(place.path("lexicons")).unwrap();
        for (nsid, defs) in documents {
            place.put(nsid, defs);
        }
        place
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn put(&self, nsid: &str, defs: &Value) {
        let document = json!({ "lexicon": 1, "id": nsid, "defs": defs });
        self.write(&format!("lexicons/{nsid}.json"), &document.to_string());
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    /// Runs a command here: its exit code and its standard output, JSON if that was asked for.
    pub(crate) fn run(&self, arguments: &[&str]) -> (i32, Value) {
        let output = self.output(arguments);
        let printed = String::from_utf8(output.stdout).unwrap();
        let printed = match arguments.contains(&"--json") {
            true if !printed.is_empty() => serde_json::from_str(&printed).unwrap(),
            _ => Value::from(printed),
        };
        (output.status.code().unwrap(), printed)
    }

    pub(crate) fn output(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lexicon"));
        command.args(arguments).current_dir(self.dir.path());
        command.output().unwrap()
    }
}

pub(crate) fn text(max: u64) -> Value {
    json!({ "note": { "type": "string", "maxLength": max } })
}

pub(crate) const NOTE: &str = "com.example.defs";

/// Runs git in a directory.
pub(crate) fn git(place: &Place, arguments: &[&str]) {
    let identity = ["-c", "user.name=t", "-c", "user.email=t@example.com"];
    let mut command = Command::new("git");
    command
        .args(identity)
        .args(arguments)
        .current_dir(place.path(""));
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
}
