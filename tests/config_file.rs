//! The configuration file: the names of the flags, and what goes before it.

use std::fs;
use std::process::Output;

use tempfile::TempDir;

use crate::support::{ALICE, Place, Server, program, run};

/// A file with these settings.
fn file(text: &str) -> (TempDir, String) {
    let dir = TempDir::new().unwrap();
    let file = dir.path().join("config.toml");
    fs::write(&file, text).unwrap();
    let path = file.display().to_string();
    (dir, path)
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn settings_of_the_file_hold_and_flags_and_variables_go_before_it() {
    let place = Place::sqlite();
    let text = "token-life = 60\nallow = [\"did:web:bob.example\", \"other.example\"]\n\
                log-format = \"json\"\ntrusted-proxies = 1\nallow-localhost = true\n\
                public-url = \"http://localhost:99\"\nadmin-listen = \"127.0.0.1:0\"\n\
                shutdown-timeout = 20\n";
    let (_dir, path) = file(text);
    let server = Server::on_with(&place.url, &["--config", &path]);
    // The key of an account that is not in the list.
    let key = server.first_key(ALICE);
    assert_eq!(server.get("/auth/verify").key(&key).send().status, 401);
    let document = server.get("/.well-known/did.json").send().expect(200);
    assert_eq!(document["id"], "did:web:localhost%3A99");
    let answer = server
        .get("/livez")
        .header("x-request-id", "of-the-proxy")
        .send();
    assert_eq!(answer.header("x-request-id"), Some("of-the-proxy"));
    let printed = server.stop();
    assert!(
        printed.contains("metrics and probes are at http://127.0.0.1:"),
        "{printed}"
    );
    assert!(printed.contains("\"message\":\"stopped\""), "{printed}");

    // A variable goes before the file, and a flag before both.
    let mut program = program();
    program
        .env("COCORE_CONFIG", &path)
        .env("COCORE_PUBLIC_URL", "http://localhost:88");
    let flags = ["--allow", ALICE, "--log-format", "text"];
    let server = Server::spawn(program, &place.url, &flags);
    assert!(server.accepts(&key));
    let document = server.get("/.well-known/did.json").send().expect(200);
    assert_eq!(document["id"], "did:web:localhost%3A88");
    assert!(!server.stop().contains("\"message\""));
}

/// Commands find the database of the server in the same file.
#[test]
fn commands_read_the_file_of_the_server() {
    let place = Place::sqlite();
    let (_dir, path) = file(&format!(
        "listen = \"127.0.0.1:0\"\ndatabase-url = \"{}\"\n",
        place.url
    ));
    let create = [
        "key", "create", "--did", ALICE, "--name", "n", "--config", &path,
    ];
    let output = run(&create, &[]);
    assert!(output.status.success(), "{}", stderr(&output));
    for arguments in [
        &["--config", &path, "key", "list", "--did", ALICE][..],
        &["key", "list", "--did", ALICE, "--config", &path],
        &["migrate", "--config", &path],
    ] {
        let output = run(arguments, &[]);
        assert!(
            output.status.success(),
            "{arguments:?}: {}",
            stderr(&output)
        );
    }
    let listed = run(
        &["key", "list", "--did", ALICE],
        &[("COCORE_CONFIG", &path)],
    );
    assert!(
        String::from_utf8_lossy(&listed.stdout).contains('n'),
        "{listed:?}"
    );
}

#[test]
fn a_file_that_is_wrong_is_an_error_with_its_place() {
    for (text, expected) in [
        ("\n  listn = \"x\"", ":2:3: there is no setting \"listn\""),
        ("listen = 1\nlisten = 2", ":2:1: duplicate key"),
        ("listen = ", ":1:10: "),
        (
            "[serve]\nlisten = \"x\"",
            ":1:2: there is no setting \"serve\"",
        ),
        (
            "listen = [\"a\"]",
            ":1:10: listen: expected a text or a number",
        ),
        ("allow = [1]", ":1:9: allow: expected a list of texts"),
        (
            "allow-localhost = \"yes\"",
            ":1:19: allow-localhost: expected true or false",
        ),
        (
            "token-life = 0",
            ":1:14: invalid value '0' for '--token-life",
        ),
        (
            "token-life = 0xE11",
            ":1:14: invalid value '3601' for '--token-life",
        ),
        (
            "token-life = 9_999_999_999_999_999_999",
            ":1:14: token-life: expected a text or a number",
        ),
        (
            "token-life = 1.5",
            ":1:14: token-life: expected a text or a number",
        ),
        ("\u{e9} = 1", ":1:1: "),
        ("config = \"other\"", ":1:1: there is no setting \"config\""),
        (
            "encryption-key = \"x\"",
            ":1:1: there is no setting \"encryption-key\" (a secret: ",
        ),
        ("did = \"x\"", ":1:1: there is no setting \"did\""),
        (
            "database-url = \"postgres://u:hidden@h/d\"",
            ":1:16: database-url: a password belongs into COCORE_DATABASE_URL",
        ),
        (
            "database-url = \"postgres://h/d?password=hidden\"",
            ":1:16: database-url: a password belongs into COCORE_DATABASE_URL",
        ),
        (
            "listen = \"nowhere\"",
            "--listen (COCORE_LISTEN): expected an address",
        ),
    ] {
        let (_dir, path) = file(text);
        let output = run(&["serve", "--config", &path], &[]);
        let printed = stderr(&output);
        assert!(
            !output.status.success() && printed.contains(expected),
            "{text}: {printed}"
        );
        if expected.starts_with(':') {
            assert!(
                printed.contains(&format!("{path}{expected}")),
                "{text}: {printed}"
            );
        }
        assert!(!printed.contains("hidden"), "{printed}");
    }
    let missing = run(&["serve", "--config", "/nowhere/config.toml"], &[]);
    assert!(!missing.status.success());
    assert!(
        stderr(&missing).contains("/nowhere/config.toml: "),
        "{missing:?}"
    );
}

/// Each name in the example is a setting.
#[test]
fn the_example_is_valid() {
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy/config.toml");
    let text = fs::read_to_string(example).unwrap();
    let dir = TempDir::new().unwrap();
    let here = dir.path().display().to_string();
    let text = text
        .replace("/run/cocore-server", &here)
        .replace("/var/lib/cocore-server", &here);
    // What it leaves out is valid too.
    let text = text
        .replace("# allow =", "allow =")
        .replace("# security-contact =", "security-contact =")
        .replace("127.0.0.1:9464", "127.0.0.1:0");
    let (_dir, path) = file(&text);
    let listed = run(&["key", "list", "--all", "--config", &path], &[]);
    assert!(listed.status.success(), "{}", stderr(&listed));
    let child = program().args(["serve", "--config", &path]).spawn();
    let mut child = child.unwrap();
    let socket = dir.path().join("http.sock");
    crate::support::wait_until("it does not listen", || {
        assert!(child.try_wait().unwrap().is_none());
        std::os::unix::net::UnixStream::connect(&socket).is_ok()
    });
    child.kill().unwrap();
    child.wait().unwrap();
}
