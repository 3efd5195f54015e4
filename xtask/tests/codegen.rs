//! `cargo xtask codegen` and `cid`, as commands.
#![allow(clippy::unwrap_used, missing_docs)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

const DOCUMENT: &str = r#"{"lexicon":1,"id":"com.example.thing","defs":{"main":{"type":"token"}}}"#;

struct Project {
    dir: TempDir,
}

impl Project {
    fn new() -> Self {
        let project = Self {
            dir: TempDir::new().unwrap(),
        };
        project.write("lexicons/thing.json", DOCUMENT);
        project
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn codegen(&self, more: &[&str]) -> (bool, String) {
        let mut arguments = vec!["codegen", "--lexicons", "lexicons", "--out", "out"];
        arguments.extend(more);
        told(&xtask(&arguments, self.dir.path()))
    }
}

fn xtask(arguments: &[&str], dir: &Path) -> Output {
    let program = env!("CARGO_BIN_EXE_xtask");
    Command::new(program)
        .args(arguments)
        .current_dir(dir)
        .output()
        .unwrap()
}

fn told(output: &Output) -> (bool, String) {
    let text = [&output.stdout[..], &output.stderr[..]].concat();
    (output.status.success(), String::from_utf8(text).unwrap())
}

/// Item 11: a check that fails when the committed code is not what the lexicons give.
#[test]
fn check_changes_nothing_and_tells_file_and_command() {
    let project = Project::new();
    let (passed, text) = project.codegen(&["--check"]);
    assert!(!passed && text.contains("out/mod.rs: missing"), "{text}");
    assert!(
        text.contains("run: cargo xtask codegen --lexicons lexicons --out out"),
        "{text}"
    );
    assert!(!project.path("out").exists());

    assert!(project.codegen(&[]).0);
    assert!(project.codegen(&["--check"]).0);

    let generated = fs::read_to_string(project.path("out/com/example/thing.rs")).unwrap();
    project.write("out/com/example/thing.rs", &(generated.clone() + "\n"));
    let (passed, text) = project.codegen(&["--check"]);
    assert!(
        !passed && text.contains("out/com/example/thing.rs: differs"),
        "{text}"
    );
    assert!(project.codegen(&[]).0);
    assert_eq!(
        fs::read_to_string(project.path("out/com/example/thing.rs")).unwrap(),
        generated
    );
}

#[test]
fn a_document_that_went_takes_its_code_along() {
    let project = Project::new();
    project.write("lexicons/other.json", &DOCUMENT.replace("thing", "other"));
    assert!(project.codegen(&[]).0);
    fs::remove_file(project.path("lexicons/other.json")).unwrap();
    let (passed, text) = project.codegen(&["--check"]);
    assert!(
        !passed && text.contains("out/com/example/other.rs: left over"),
        "{text}"
    );
    assert!(
        text.contains("out/com/example/other.json: left over"),
        "{text}"
    );
    assert!(project.codegen(&[]).0);
    assert!(project.codegen(&["--check"]).0);
    assert!(!project.path("out/com/example/other.rs").exists());
}

#[test]
fn what_was_not_generated_is_never_removed() {
    let project = Project::new();
    for name in ["out/mine.rs", "out/mine.json", "out/mine.txt"] {
        project.write(name, "mine");
        let (passed, text) = project.codegen(&[]);
        assert!(!passed && text.contains("is not generated"), "{text}");
        assert_eq!(fs::read_to_string(project.path(name)).unwrap(), "mine");
        fs::remove_file(project.path(name)).unwrap();
    }
}

#[test]
fn a_bad_document_writes_nothing_and_is_told_with_its_place() {
    let project = Project::new();
    project.write(
        "lexicons/bad.json",
        &DOCUMENT.replace("thing", "bad").replace("token", "number"),
    );
    let (passed, text) = project.codegen(&[]);
    assert!(
        !passed && text.contains("bad.json#/defs/main/type: number-type"),
        "{text}"
    );
    assert!(!project.path("out").exists());
    project.write("lexicons/codegen.toml", "[[serves]]");
    fs::remove_file(project.path("lexicons/bad.json")).unwrap();
    let (passed, text) = project.codegen(&[]);
    assert!(!passed && text.contains("codegen.toml"), "{text}");
}

#[test]
fn cid_is_a_line_a_file() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let account = "lexicons/dev/cocore/account";
    let (create, delete) = (
        format!("{account}/createApiKey.json"),
        format!("{account}/deleteApiKey.json"),
    );
    let output = xtask(&["cid", &create, &delete], &root);
    assert!(output.status.success());
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        "bafyreih5sw74bhtf6qnbtpntboezr4rdu4efqwxpsrvs6d4cqkqo5c3tnm dev.cocore.account.createApiKey\n\
         bafyreiczcjki46rzapxyx443tvig2os6jx433golgm55kr7ran2xp7tlnm dev.cocore.account.deleteApiKey\n"
    );
    let (passed, text) = told(&xtask(&["cid", &create, "no-such-file.json"], &root));
    assert!(
        !passed && text.contains("no-such-file.json") && text.contains("createApiKey"),
        "{text}"
    );
}
