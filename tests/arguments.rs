//! The command line and its environment: empty variables, help, and secrets in neither.

use std::collections::BTreeSet;
use std::fs;
use std::process::Output;

use crate::support::{ALICE, BOB, Place, Server, program, run};

/// Every command with options.
const COMMANDS: [&[&str]; 15] = [
    &[],
    &["serve"],
    &["key", "create"],
    &["key", "list"],
    &["key", "show"],
    &["key", "update"],
    &["key", "rotate"],
    &["key", "revoke"],
    &["key", "delete"],
    &["events"],
    &["import"],
    &["link"],
    &["migrate"],
    &["copy"],
    &["completions"],
];

fn help(command: &[&str], variables: &[(&str, &str)]) -> String {
    let output = run(&[command, &["--help"]].concat(), variables);
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// The variables of all options.
fn variables() -> BTreeSet<String> {
    let pages = COMMANDS.map(|command| help(command, &[]));
    let variables = pages.iter().flat_map(|page| page.split("[env: ").skip(1));
    let names = variables.map(|rest| rest.split([']', '=']).next().unwrap().to_owned());
    names.collect()
}

#[test]
fn an_empty_variable_counts_as_unset() {
    let names = variables();
    assert!(names.len() >= 15, "{names:?}");
    let mut program = program();
    for name in &names {
        program.env(name, "");
    }
    program.env("COCORE_ENCRYPTION_KEY", "");
    let place = Place::sqlite();
    let server = Server::spawn(program, &place.url, &[]);
    server.get("/livez").send().expect(200);
    let empty: Vec<_> = names.iter().map(|name| (&name[..], "")).collect();
    let list = ["key", "list", "--did", ALICE, "--database-url", &place.url];
    let output = run(&list, &empty);
    assert!(output.status.success(), "{output:?}");
}

/// Row 52 of the list of attacks.
#[test]
fn row_52_help_shows_no_value_of_a_variable() {
    let names = variables();
    let secret = "postgres://u:hidden@h/d";
    let secrets: Vec<_> = names.iter().map(|name| (&name[..], secret)).collect();
    for command in COMMANDS {
        let help = help(command, &secrets);
        assert!(!help.contains("hidden"), "{command:?}: {help}");
    }
}

/// Row 52 of the list of attacks.
/// A server and `copy` that are set up as the documentation recommends have no URL in their arguments.
#[cfg(target_os = "linux")]
#[test]
fn row_52_no_secret_is_in_the_arguments_of_a_process() {
    use std::process::Stdio;

    use crate::support::wait;

    let place = Place::sqlite();
    let from = place.dir.path().join("from");
    // The command waits until the test has written to it.
    let made = std::process::Command::new("mkfifo").arg(&from).status();
    assert!(made.unwrap().success());
    let target = place.url.replace("keys.sqlite", "copy.sqlite");
    let mut copy = program()
        .args(["copy", "--from-file", from.to_str().unwrap()])
        .env("COCORE_COPY_TO", &target)
        .env("COCORE_DATABASE_URL", &place.url)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let arguments = || fs::read_to_string(format!("/proc/{}/cmdline", copy.id())).unwrap();
    // A process has none while it begins.
    let arguments = std::iter::repeat_with(arguments)
        .find(|read| !read.is_empty())
        .unwrap();
    assert!(
        arguments.contains("copy") && !arguments.contains("sqlite:"),
        "{arguments:?}"
    );
    fs::write(&from, &place.url).unwrap();
    let _ = wait(&mut copy, std::time::Duration::from_secs(10)).unwrap();

    for page in ["README.md", "docs/operating.md", "docs/several-nodes.md"] {
        let page = fs::read_to_string(format!("../../{page}")).unwrap();
        for line in page.lines().filter(|line| !line.starts_with('|')) {
            let is_argument = ["--from ", "--to ", "--database-url "]
                .iter()
                .any(|option| line.contains(option));
            assert!(!is_argument || !line.contains("postgres"), "{line}");
        }
    }
}

/// Row 52 of the list of attacks.
#[test]
fn copy_reads_its_urls_from_variables_and_files() {
    let (from, to, third) = (Place::sqlite(), Place::sqlite(), Place::sqlite());
    let create = ["key", "create", "--did", ALICE, "--name", "n"];
    assert!(
        run(&create, &[("COCORE_DATABASE_URL", &from.url)])
            .status
            .success()
    );
    let variables = [
        ("COCORE_COPY_FROM", &from.url[..]),
        ("COCORE_COPY_TO", &to.url),
    ];
    assert_copied(&run(&["copy"], &variables));

    let file = |place: &Place| {
        let file = place.dir.path().join("url");
        fs::write(&file, format!("{}\n", place.url)).unwrap();
        file.to_str().unwrap().to_owned()
    };
    let (from_file, to_file) = (file(&to), file(&third));
    assert_copied(&run(
        &["copy", "--from-file", &from_file],
        &[("COCORE_COPY_TO_FILE", &to_file)],
    ));

    for (arguments, expected) in [
        (
            &["copy"][..],
            "expected a database: set --from, COCORE_COPY_FROM or --from-file",
        ),
        (
            &["copy", "--from-file", "/nowhere"],
            "--from-file (COCORE_COPY_FROM_FILE): /nowhere: ",
        ),
        (
            &["copy", "--from", "mysql://u:hidden@h/d"],
            "--from (COCORE_COPY_FROM): expected sqlite:FILE",
        ),
    ] {
        let output = run(arguments, &[]);
        let printed = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success());
        assert!(
            printed.starts_with(&format!("error: {expected}")),
            "{printed}"
        );
        assert!(!printed.contains("hidden"));
    }
}

#[track_caller]
fn assert_copied(output: &Output) {
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(printed.starts_with("copied 1 keys"), "{output:?}");
}

#[test]
fn each_command_has_only_its_own_options() {
    for command in COMMANDS {
        let help = help(command, &[]);
        for (option, owners) in [
            ("--listen <", &["serve", "link"][..]),
            ("--trusted-proxies", &["serve"]),
            ("--did", &["key", "events", "link"]),
            (
                "--database-url",
                &["serve", "key", "events", "import", "link", "migrate"],
            ),
            ("--from-file", &["copy"]),
            ("--cascade", &["key revoke"]),
            ("--grace", &["key rotate"]),
            ("--scope", &["key create", "key update"]),
            ("--dry-run", &["import"]),
            (
                "Examples:",
                &[
                    "serve",
                    "key create",
                    "key list",
                    "key update",
                    "key rotate",
                    "key revoke",
                    "events",
                    "import",
                    "link",
                    "copy",
                ],
            ),
        ] {
            // The overview has examples of other commands.
            let Some(first) = command.first() else {
                continue;
            };
            let is_owner = owners.contains(first) || owners.contains(&&command.join(" ")[..]);
            assert_eq!(
                help.contains(option),
                is_owner,
                "{command:?} {option}: {help}"
            );
        }
    }
    let serve = help(&["serve"], &[]);
    for heading in ["Network:", "Database:", "Accounts and credentials:", "Log:"] {
        assert!(serve.contains(heading), "{serve}");
    }
    assert!(help(&[], &[]).contains("Run the server"));
    assert!(serve.starts_with("Run the server"), "{serve}");
}

#[test]
fn an_unknown_command_is_corrected() {
    for (word, meant) in [("srve", "serve"), ("keys", "key"), ("migrat", "migrate")] {
        let output = run(&[word], &[]);
        assert_eq!(output.status.code(), Some(2));
        let printed = String::from_utf8(output.stderr).unwrap();
        let expected = format!("a similar subcommand exists: '{meant}'");
        assert!(printed.contains(&expected), "{printed}");
    }
}

#[test]
fn completions_are_scripts() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let output = run(&["completions", shell], &[]);
        assert!(output.status.success(), "{output:?}");
        let script = String::from_utf8(output.stdout).unwrap();
        for option in ["ignore-missing", "dry-run", "cascade", "grace"] {
            assert!(script.contains(option), "{shell}: {script}");
        }
    }
}

/// The keys of all accounts, over several pages, with and without a running server.
#[test]
fn a_list_may_have_the_keys_of_all_accounts() {
    let place = Place::sqlite();
    let server = Server::on(&place.url);
    let key = server.first_key(ALICE);
    server.first_key(BOB);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..130 {
                    server.create_key(&key, &serde_json::json!({ "name": "n" }));
                }
            });
        }
    });
    let list = |options: &[&str]| {
        let arguments = [&["key", "list", "--all"], options].concat();
        let output = run(&arguments, &[("COCORE_DATABASE_URL", &place.url)]);
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let running = list(&["--json"]);
    let lines = || running.lines();
    let keys: Vec<serde_json::Value> = lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(keys.len(), 1042);
    assert!(keys.is_sorted_by_key(|key| key["id"].as_str().unwrap().to_owned()));
    let of_bob = keys.iter().filter(|key| key["did"] == BOB).count();
    assert_eq!(of_bob, 1);
    // The use of Alice's first key is not written yet.
    assert!(keys[0]["lastUsedAt"].is_string(), "{}", keys[0]);
    server.stop();
    assert_eq!(list(&["--json"]), running);
    let people = list(&[]);
    assert_eq!(
        people.lines().filter(|line| line.starts_with(BOB)).count(),
        1
    );

    let both = run(&["key", "list", "--all", "--did", ALICE], &[]);
    assert_eq!(both.status.code(), Some(2));
}

#[test]
fn the_first_hint_fits_a_public_server() {
    let server = Server::with(&["--public-url", "https://keys.example.com"]);
    let printed = server.stop();
    assert!(
        printed.contains("key create --did DID --name first"),
        "{printed}"
    );
    assert!(!printed.contains("did:web:localhost"), "{printed}");
}
