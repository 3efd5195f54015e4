//! The command line: keys without a running server, and settings.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Output;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{ALICE, BOB, Place, Server, run};

/// A database that no server uses.
struct Database(Place);

impl Database {
    fn new() -> Self {
        Self(Place::new())
    }

    fn run(&self, arguments: &[&str]) -> Output {
        run(arguments, &[("COCORE_DATABASE_URL", &self.0.url)])
    }

    fn json(&self, arguments: &[&str]) -> Value {
        let output = self.run(&[arguments, &["--json", "--did", ALICE]].concat());
        assert!(output.status.success(), "{output:?}");
        serde_json::from_slice(&output.stdout).unwrap()
    }
}

#[test]
fn a_keys_life_without_a_server() {
    let database = Database::new();
    let created = database.json(&[
        "key",
        "create",
        "--name",
        "ci",
        "--expires-at",
        "2100-01-01T00:00:00Z",
    ]);
    let secret = created["secret"].as_str().unwrap();
    assert_eq!(created["key"]["prefix"], secret[..15]);
    assert_eq!(created["key"]["expiresAt"], "2100-01-01T00:00:00.000Z");
    let id = created["key"]["id"].as_str().unwrap();

    assert_eq!(
        database.json(&["key", "list"]),
        json!({ "keys": [created["key"]] })
    );
    assert_eq!(
        database.json(&["key", "revoke", id]),
        json!({ "revoked": true })
    );
    assert_eq!(
        database.json(&["key", "revoke", id]),
        json!({ "revoked": false })
    );
    assert_eq!(
        database.json(&["key", "delete", id]),
        json!({ "deleted": true })
    );
    assert_eq!(database.json(&["key", "list"]), json!({ "keys": [] }));
}

/// A script that names a wrong key must not believe that it is revoked.
#[test]
fn a_missing_key_is_a_failure() {
    let database = Database::new();
    let key = database.json(&["key", "create", "--name", "ci"]);
    let id = key["key"]["id"].as_str().unwrap();
    for (command, output) in [
        ("revoke", "{\"revoked\":false}\n"),
        ("delete", "{\"deleted\":false}\n"),
    ] {
        for (did, id) in [(ALICE, "no-such-id"), (BOB, id)] {
            let arguments = ["key", command, "--did", did, id];
            let missing = database.run(&arguments);
            assert_eq!(missing.status.code(), Some(1));
            assert_fails_with(
                &missing,
                &format!("error: {did} has no key with the id \"{id}\""),
            );

            let json = database.run(&[&arguments[..], &["--json"]].concat());
            assert_eq!(json.status.code(), Some(1));
            assert_eq!(String::from_utf8(json.stdout).unwrap(), output);

            let ignored = database.run(&[&arguments[..], &["--ignore-missing"]].concat());
            assert!(ignored.status.success(), "{ignored:?}");
            let printed = String::from_utf8(ignored.stderr).unwrap();
            assert!(printed.starts_with("nothing changed: "), "{printed}");
        }
    }
}

#[test]
fn an_expiry_is_a_time_a_date_or_a_number_of_days() {
    let database = Database::new();
    let created = |expiry: &str| {
        let arguments = ["key", "create", "--name", "ci", "--expires-at", expiry];
        database.json(&arguments)["key"]["expiresAt"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(
        created("2100-01-01T00:00:00+01:00"),
        "2099-12-31T23:00:00.000Z"
    );
    assert_eq!(created("2100-01-31"), "2100-01-31T23:59:59.999Z");
    let now = || chrono::DateTime::<chrono::Utc>::from(std::time::SystemTime::now());
    let before = now();
    let at: chrono::DateTime<chrono::Utc> = created("90d").parse().unwrap();
    let days = chrono::TimeDelta::days(90);
    let slack = chrono::TimeDelta::seconds(1);
    assert!(
        before + days - slack < at && at < now() + days + slack,
        "{at}"
    );
}

/// Both spellings of a DID name the same account, in this process and in a running server.
#[test]
fn accounts_are_compared_by_value() {
    let database = Database::new();
    let (one, other) = ("did:web:LocalHost%3a2583", "did:web:localhost%3A2583");
    let args = ["key", "create", "--name", "ci", "--json", "--did", one];
    let created: Value = serde_json::from_slice(&database.run(&args).stdout).unwrap();
    assert_eq!(created["key"]["did"], other);
    let assert_listed = || {
        for did in [one, other] {
            let output = database.run(&["key", "list", "--json", "--did", did]);
            let listed: Value = serde_json::from_slice(&output.stdout).unwrap();
            assert_eq!(listed["keys"], json!([created["key"]]), "{did}");
        }
    };
    assert_listed();
    let _server = Server::on(&database.0.url);
    assert_listed();
}

#[test]
fn standard_output_holds_the_secret_alone() {
    let server = Server::start();
    let output = server.command(&["key", "create", "--did", ALICE, "--name", "laptop"]);
    let secret = String::from_utf8(output.stdout).unwrap();
    assert!(server.accepts(secret.trim_end()));
    let explained = String::from_utf8(output.stderr).unwrap();
    assert!(explained.contains("\"laptop\""), "{explained}");
    assert!(!explained.contains(secret.trim_end()));
}

/// Row 10 of the list of attacks.
#[test]
fn lists_are_safe_to_print() {
    let database = Database::new();
    let command = |arguments: &[&str]| {
        let output = database.run(arguments);
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    command(&[
        "key",
        "create",
        "--did",
        ALICE,
        "--name",
        "a \u{1b}[2J".trim_end_matches("\u{1b}[2J"),
    ]);
    command(&[
        "key",
        "create",
        "--did",
        ALICE,
        "--name",
        "right \u{202e} left \u{1f469}\u{200d}\u{1f4bb}\u{2764}\u{fe0f}",
    ]);
    let list = command(&["key", "list", "--did", ALICE]);
    assert_eq!(list.lines().count(), 2, "{list}");
    assert!(!list.contains('\u{202e}'), "{list}");
    assert!(
        list.contains("left \u{1f469}\u{200d}\u{1f4bb}\u{2764}\u{fe0f}\""),
        "{list}"
    );
    let id = list.split(' ').next().unwrap();
    assert_eq!(command(&["key", "revoke", "--did", ALICE, id]), "revoked\n");
    assert!(command(&["key", "list", "--did", ALICE]).contains("revoked 2"));
    assert_eq!(command(&["key", "delete", "--did", ALICE, id]), "deleted\n");
}

#[test]
fn bad_input_is_one_line() {
    let database = Database::new();
    assert!(database.run(&["migrate"]).status.success());
    for (arguments, expected) in [
        (
            &["key", "create", "--did", "alice", "--name", "n"][..],
            "error: --did: expected a DID such as did:plc:ewvi7nxzyoun6zhxrhs64oiz or \
             did:web:example.com, found \"alice\"",
        ),
        (
            &["key", "list", "--did", "did:plc:ewvi7nxzyoun6zhxrhs64oi"],
            "error: --did: expected a DID such as did:plc:ewvi7nxzyoun6zhxrhs64oiz or \
             did:web:example.com, found \"did:plc:ewvi7nxzyoun6zhxrhs64oi\"",
        ),
        (
            &["key", "create", "--did", ALICE, "--name", ""],
            "error: input/name",
        ),
        (
            &["key", "create", "--did", ALICE, "--name", "  "],
            "error: input/name",
        ),
        (
            &[
                "key",
                "create",
                "--did",
                ALICE,
                "--name",
                "n",
                "--expires-at",
                "tomorrow",
            ],
            "error: --expires-at: expected a datetime",
        ),
        (
            &[
                "key",
                "create",
                "--did",
                ALICE,
                "--name",
                "n",
                "--expires-at",
                "2001-01-01T00:00:00Z",
            ],
            "error: input/expiresAt",
        ),
        (&["key", "revoke", "--did", ALICE, ""], "error: input/id"),
    ] {
        assert_fails_with(&database.run(arguments), expected);
    }
}

#[test]
fn a_bad_setting_is_one_line() {
    for (arguments, expected) in [
        (
            &["--listen", "nowhere"][..],
            "error: --listen (COCORE_LISTEN): ",
        ),
        (
            &["--listen", "127.0.0.1:99999"],
            "error: --listen (COCORE_LISTEN): ",
        ),
        (
            &["--public-url", "keys.example.com"],
            "error: --public-url (COCORE_PUBLIC_URL): ",
        ),
        (
            &["--database-url", "mysql://u:hidden@h/d"],
            "error: --database-url (COCORE_DATABASE_URL): ",
        ),
        (
            &["--database-url", "sqlite:"],
            "error: --database-url (COCORE_DATABASE_URL): ",
        ),
        (&["--log", "=x=="], "error: --log (COCORE_LOG): "),
        (&["--log", "nonsense"], "error: --log (COCORE_LOG): "),
        (
            &["--log-format", "xml"],
            "error: --log-format (COCORE_LOG_FORMAT): ",
        ),
    ] {
        let home = TempDir::new().unwrap();
        let output = run(
            arguments,
            &[("XDG_DATA_HOME", home.path().to_str().unwrap())],
        );
        assert_fails_with(&output, expected);
        assert!(!String::from_utf8_lossy(&output.stderr).contains("hidden"));
    }
    let output = run(&[], &[("COCORE_LISTEN", "nowhere")]);
    assert_fails_with(&output, "error: --listen (COCORE_LISTEN): ");
}

#[test]
fn a_database_that_cannot_be_used_is_one_line() {
    let dir = TempDir::new().unwrap();
    let text = dir.path().join("a.txt");
    fs::write(&text, "Dear diary, ".repeat(100)).unwrap();
    let text = format!("sqlite:{}", text.display());
    let nowhere = format!("sqlite:{}/none/k", dir.path().display());
    let cases = [
        (&text[..], format!("error: {text}: ")),
        (&nowhere, format!("error: {}/none/k", dir.path().display())),
        // No server listens there.
        (
            "postgres://u:hidden@127.0.0.1:1/db",
            "error: postgres://127.0.0.1:1/db: ".to_owned(),
        ),
    ];
    for (url, expected) in cases {
        for command in [&["key", "list"][..], &["key", "create", "--name", "n"]] {
            let arguments = [command, &["--did", ALICE, "--database-url", url]];
            let output = run(&arguments.concat(), &[]);
            assert_fails_with(&output, &expected);
            assert!(!String::from_utf8_lossy(&output.stderr).contains("hidden"));
        }
    }
}

#[test]
fn a_port_in_use_is_one_line() {
    let server = Server::start();
    let output = server.command(&["--listen", &server.address]);
    assert_fails_with(
        &output,
        &format!("error: cannot listen on {}: ", server.address),
    );
    let printed = String::from_utf8(output.stderr).unwrap();
    assert!(
        printed.contains("choose another port with --listen"),
        "{printed}"
    );
}

#[test]
fn only_the_owner_can_read_the_default_data_directory() {
    let home = TempDir::new().unwrap();
    let variables = [("XDG_DATA_HOME", home.path().to_str().unwrap())];
    let output = run(
        &["key", "create", "--did", ALICE, "--name", "n"],
        &variables,
    );
    assert!(output.status.success(), "{output:?}");
    let dir = home.path().join("cocore-server");
    assert_eq!(
        fs::metadata(&dir).unwrap().permissions().mode() & 0o777,
        0o700
    );
    assert!(dir.join("keys.sqlite").is_file());
}

#[test]
fn migrate_reports_what_it_did() {
    let database = Database::new();
    let first = database.run(&["migrate"]);
    let second = database.run(&["migrate"]);
    assert!(
        first.status.success() && second.status.success(),
        "{first:?} {second:?}"
    );
    assert_ne!(first.stdout, second.stdout);
    let again = String::from_utf8(second.stdout).unwrap();
    assert!(again.contains("up to date"), "{again}");
}

#[track_caller]
fn assert_fails_with(output: &Output, expected: &str) {
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "it did not fail: {stderr}");
    assert!(stderr.starts_with(expected), "{stderr}");
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
    assert!(output.stdout.is_empty(), "{output:?}");
}
