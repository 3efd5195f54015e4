//! `lexicon codegen` and `cid`, as commands.
#![allow(clippy::unwrap_used, missing_docs)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

const DOCUMENT: &str = r#"{"lexicon":1,"id":"com.example.thing","defs":{"main":{"type":"token"}}}"#;
const SETTINGS: &str = "[codegen]\nlexicons = \"lexicons\"\nout = \"out\"\n";

struct Project {
    dir: TempDir,
}

impl Project {
    fn new() -> Self {
        let project = Self {
            dir: TempDir::new().unwrap(),
        };
        project.write("lexicons/thing.json", DOCUMENT);
        project.write("lexicon.toml", SETTINGS);
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
        self.codegen_in("", more)
    }

    fn codegen_in(&self, dir: &str, more: &[&str]) -> (bool, String) {
        let output = lexicon(&[&["codegen"], more].concat(), &self.path(dir));
        let text = [&output.stdout[..], &output.stderr[..]].concat();
        (output.status.success(), String::from_utf8(text).unwrap())
    }
}

fn lexicon(arguments: &[&str], dir: &Path) -> Output {
    let program = env!("CARGO_BIN_EXE_lexicon");
    Command::new(program)
        .args(arguments)
        .current_dir(dir)
        .output()
        .unwrap()
}

/// Item 11: a check that fails when the committed code is not what the lexicons give.
#[test]
fn check_changes_nothing_and_prints_file_and_command() {
    let project = Project::new();
    let (passed, text) = project.codegen(&["--check"]);
    assert!(!passed && text.contains("out/mod.rs: missing"), "{text}");
    assert!(text.ends_with("run: lexicon codegen\n"), "{text}");
    assert!(!project.path("out").exists());

    let (passed, text) = project.codegen(&[]);
    assert!(
        passed && text == "1 document, 5 files changed in out\n",
        "{text}"
    );
    assert!(project.codegen(&["--check"]).0);

    let generated = fs::read_to_string(project.path("out/com/example/thing.rs")).unwrap();
    project.write("out/com/example/thing.rs", &(generated.clone() + "\n"));
    let (passed, text) = project.codegen(&["--check"]);
    assert!(
        !passed && text.contains("out/com/example/thing.rs: differs"),
        "{text}"
    );
    let (_, text) = project.codegen(&[]);
    assert_eq!(text, "1 document, 1 file changed in out\n");
    assert_eq!(
        fs::read_to_string(project.path("out/com/example/thing.rs")).unwrap(),
        generated
    );
}

#[test]
fn the_code_of_a_removed_document_is_removed() {
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
fn what_was_not_generated_is_never_removed_or_overwritten() {
    let project = Project::new();
    // The last two are names that generated code has too.
    let names = ["mine.rs", "mine.json", "mine.txt", "mod.rs", "com.rs"];
    for name in names.map(|name| format!("out/{name}")) {
        project.write(&name, "mine");
        let (passed, text) = project.codegen(&[]);
        assert!(
            !passed && text.contains(&format!("{name}: this file was not generated")),
            "{text}"
        );
        assert_eq!(fs::read_to_string(project.path(&name)).unwrap(), "mine");
        fs::remove_file(project.path(&name)).unwrap();
    }
}

/// `lexicon.toml` is found upwards, and its paths are relative to it.
#[test]
fn settings_are_found_upwards() {
    let project = Project::new();
    fs::create_dir_all(project.path("src/deep")).unwrap();
    let (passed, text) = project.codegen_in("src/deep", &[]);
    assert!(passed && text.ends_with("in ../../out\n"), "{text}");
    assert!(project.path("out/mod.rs").exists());
    // The nearest one holds.
    project.write("src/lexicon.toml", &SETTINGS.replace("\"out", "\"../near"));
    project.write("src/lexicons/thing.json", DOCUMENT);
    assert!(project.codegen_in("src/deep", &[]).0);
    assert!(project.path("near/mod.rs").exists());
}

/// The settings are those of the lexicons, wherever the command runs.
#[test]
fn settings_hold_for_the_directory_that_they_name() {
    let project = Project::new();
    project.write("elsewhere/thing.json", DOCUMENT);
    let lexicons = project.path("lexicons");
    let (passed, text) = project.codegen_in(
        "elsewhere",
        &["--lexicons", lexicons.to_str().unwrap(), "--check"],
    );
    assert!(!passed && text.contains("out/mod.rs: missing"), "{text}");
    let (passed, text) = project.codegen(&["--lexicons", "elsewhere"]);
    assert!(!passed && text.contains("give --out"), "{text}");
    assert!(!project.path("out").exists());
    assert!(
        project
            .codegen(&["--lexicons", "elsewhere", "--out", "there"])
            .0
    );
    // The hint has every option.
    project.write(
        "more lexicons/other.json",
        &DOCUMENT.replace("com.example.thing", "com.other.defs"),
    );
    let options = [
        "--lexicons",
        "elsewhere",
        "--out",
        "x",
        "--with",
        "more lexicons",
        "--external",
        "com.other=other::lexicons",
        "--all-or-nothing",
    ];
    let (_, text) = project.codegen(&[&options[..], &["--check", "--json"]].concat());
    assert!(text.starts_with('{'), "{text}");
    let (_, text) = project.codegen(&[&options[..], &["--check"]].concat());
    let command = "run: lexicon codegen --lexicons elsewhere --out x --with 'more lexicons' \
                   --external com.other=other::lexicons --all-or-nothing\n";
    assert!(text.ends_with(command), "{text}");
}

#[test]
fn without_settings_the_command_prints_what_to_write() {
    let project = Project::new();
    fs::remove_file(project.path("lexicon.toml")).unwrap();
    let (passed, text) = project.codegen(&[]);
    assert!(
        !passed && text.starts_with("error: there is no lexicon.toml"),
        "{text}"
    );
    // The lines that it prints are enough.
    let (_, settings) = text.split_once("\n\n").unwrap();
    project.write("lexicon.toml", settings);
    assert!(project.codegen(&[]).0);
    assert!(project.path("src/generated/mod.rs").exists());
    // A build script needs no directory for its output; the command does.
    project.write("lexicon.toml", "[codegen]\n");
    let (passed, text) = project.codegen(&[]);
    assert!(!passed && text.contains("add `out"), "{text}");
}

#[test]
fn faults_of_the_settings_name_the_file_and_the_place() {
    let project = Project::new();
    fs::create_dir_all(project.path("src")).unwrap();
    for (settings, expected) in [
        (
            "[codegenn]\n".to_owned(),
            "error: ../lexicon.toml: TOML parse error at line 1",
        ),
        (format!("{SETTINGS}runtime = \"a b\"\n"), "found `a b`"),
        (
            format!(
                "{SETTINGS}[[codegen.secret]]\nwhat = \"com.example.thing#/x\"\nreason = \"y\"\n"
            ),
            "../lexicon.toml#/codegen/secret/0: no-such-field: `com.example.thing#/x` is not a string field",
        ),
    ] {
        project.write("lexicon.toml", &settings);
        let (passed, text) = project.codegen_in("src", &[]);
        assert!(!passed && text.contains(expected), "{text}");
    }
    assert!(!project.path("out").exists());
}

#[test]
fn cid_is_one_line_per_file() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let account = "lexicons/dev/cocore/account";
    let (create, delete) = (
        format!("{account}/createApiKey.json"),
        format!("{account}/deleteApiKey.json"),
    );
    let output = lexicon(&["cid", &create, &delete], &root);
    assert!(output.status.success());
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        "bafyreih5sw74bhtf6qnbtpntboezr4rdu4efqwxpsrvs6d4cqkqo5c3tnm dev.cocore.account.createApiKey\n\
         bafyreiczcjki46rzapxyx443tvig2os6jx433golgm55kr7ran2xp7tlnm dev.cocore.account.deleteApiKey\n"
    );
    let output = lexicon(&["cid", &create, "no-such-file.json"], &root);
    let text = [&output.stdout[..], &output.stderr[..]].concat();
    let text = String::from_utf8(text).unwrap();
    assert!(
        !output.status.success()
            && text.contains("no-such-file.json")
            && text.contains("createApiKey"),
        "{text}"
    );
}
