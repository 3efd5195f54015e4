//! A folder in which the commands run.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

/// An empty folder, and the variables of the commands.
pub struct Folder {
    dir: TempDir,
    variables: Vec<(&'static str, String)>,
}

/// What a command came to.
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub notes: String,
}

impl Folder {
    pub fn new(variables: &[(&'static str, &str)]) -> Self {
        let variables = variables.iter();
        Self {
            dir: TempDir::new().unwrap(),
            variables: variables
                .map(|(name, value)| (*name, (*value).to_owned()))
                .collect(),
        }
    }

    pub fn set(&mut self, name: &'static str, value: &str) {
        self.variables.retain(|(other, _)| *other != name);
        self.variables.push((name, value.to_owned()));
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    pub fn remove(&self, name: &str) {
        fs::remove_file(self.path(name)).unwrap();
    }

    /// Writes a lexicon into the file of its NSID.
    pub fn put(&self, lexicon: &Value) {
        let nsid = lexicon["id"].as_str().unwrap();
        self.write(&file(nsid), &serde_json::to_string_pretty(lexicon).unwrap());
    }

    /// The variables of the commands.
    pub fn variables(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let variables = self.variables.iter();
        variables.map(|(name, value)| (*name, &value[..]))
    }

    pub fn run(&self, arguments: &[&str]) -> Ran {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lexicon"));
        for (name, _) in std::env::vars() {
            if name.starts_with("LEXICON_") {
                command.env_remove(name);
            }
        }
        let variables = self.variables.iter().map(|(name, value)| (name, value));
        let output = command
            .args(arguments)
            .envs(variables)
            .current_dir(self.dir.path())
            .output()
            .unwrap();
        Ran {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            notes: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Runs a command with `--json`: its exit code, and what each NSID has under a name.
    #[track_caller]
    pub fn results(&self, arguments: &[&str], name: &str) -> (i32, Value) {
        let ran = self.run(&[arguments, &["--json"]].concat());
        let (code, list) = (ran.code, ran.json());
        let list = list.as_array().unwrap().iter();
        let results = list.map(|one| {
            let nsid = one["nsid"].as_str().unwrap().rsplit('.').next();
            (nsid.unwrap().to_owned(), one[name].clone())
        });
        (code, Value::Object(results.collect()))
    }
}

impl Ran {
    #[track_caller]
    pub fn json(&self) -> Value {
        let parsed = serde_json::from_str(&self.out);
        parsed.unwrap_or_else(|_| panic!("{} {}", self.out, self.notes))
    }

    /// Checks the exit code, and that this was printed.
    #[track_caller]
    pub fn expect(&self, code: i32, texts: &[&str]) {
        let (out, notes) = (&self.out, &self.notes);
        assert_eq!(self.code, code, "{out}{notes}");
        for text in texts {
            let printed = out.contains(text) || notes.contains(text);
            assert!(printed, "{text:?} is not in {out}{notes}");
        }
    }
}

/// The file of an NSID.
pub fn file(nsid: &str) -> String {
    format!("lexicons/{}.json", nsid.replace('.', "/"))
}

/// A lexicon with one object, whose `note` has a limit.
pub fn lexicon(nsid: &str, max: u64) -> Value {
    let note = json!({ "type": "string", "maxLength": max });
    let main = json!({ "type": "object", "properties": { "note": note } });
    json!({ "lexicon": 1, "id": nsid, "defs": { "main": main } })
}

/// The same, with a property for each lexicon that it refers to.
pub fn referring(nsid: &str, references: &[&str]) -> Value {
    let mut lexicon = lexicon(nsid, 10);
    for (number, reference) in references.iter().enumerate() {
        let property = json!({ "type": "ref", "ref": reference });
        lexicon["defs"]["main"]["properties"][format!("r{number}")] = property;
    }
    lexicon
}

pub fn cid(lexicon: &Value) -> String {
    lexicon_schema::cid::of_lexicon(lexicon.as_object().unwrap()).unwrap()
}
