//! `cocore-server doctor`: a fault for each check.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};

use crate::support::issuer::Directory;
use crate::support::mount::Mount;
use crate::support::sqlite::Sqlite;
use crate::support::{ALICE, ENCRYPTION_KEY, Place, Server, program, program_after};

pub const DID: &str = "did:plc:ewvi7nxzyoun6zhxrhs64oiz";
pub const RESOLVE: &str = "xrpc/com.atproto.identity.resolveHandle?handle=atproto.com";

/// The directory and the handle resolver that a server needs, with the time of now.
pub fn network() -> Directory {
    let directory = Directory::start();
    let now = chrono::DateTime::<chrono::Utc>::from(std::time::SystemTime::now());
    directory.put(DID, response(&json!({ "id": DID }), now));
    directory.put(RESOLVE, json!({ "did": DID }));
    directory
}

/// A response with a `Date`.
pub fn response(body: &Value, date: chrono::DateTime<chrono::Utc>) -> String {
    let (body, date) = (body.to_string(), date.format("%a, %d %b %Y %H:%M:%S GMT"));
    let length = body.len();
    format!(
        "HTTP/1.1 200 OK\r\ndate: {date}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
    )
}

/// What the command reported: a name, a status and a text of each check.
pub struct Report {
    output: Output,
    checks: Vec<Value>,
}

impl Report {
    /// Runs the command, on a database and a network. A setting goes before a variable.
    pub fn of(mut command: Command, url: &str, network: &str, settings: &[&str]) -> Self {
        let variables = [
            ("COCORE_LISTEN", "127.0.0.1:1"),
            ("COCORE_PLC_URL", network),
            ("COCORE_HANDLE_RESOLVER", network),
            ("COCORE_DATABASE_URL", url),
        ];
        command.args(["doctor", "--json"]).args(settings);
        let output = command.envs(variables).output().unwrap();
        let report: Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{error}: {output:?}"));
        let checks = report["checks"].as_array().unwrap().clone();
        let failed = checks.iter().any(|check| check["status"] == "failed");
        assert_eq!(report["ok"], !failed);
        assert_eq!(output.status.code(), Some(i32::from(failed)), "{output:?}");
        Self { output, checks }
    }

    /// The status of a check, and what was found.
    #[track_caller]
    pub fn check(&self, name: &str) -> (&str, &str) {
        let found = self.checks.iter().find(|check| check["name"] == name);
        let found = found.unwrap_or_else(|| panic!("no {name}: {:?}", self.output));
        let status = found["status"].as_str().unwrap();
        // Whoever reads of a fault reads what to do.
        let is_fault = matches!(status, "failed" | "warning");
        assert_eq!(found["action"].is_string(), is_fault, "{found}");
        (status, found["found"].as_str().unwrap())
    }

    #[track_caller]
    pub fn expect(&self, name: &str, status: &str, text: &str) {
        let (found, why) = self.check(name);
        assert!(
            found == status && why.contains(text),
            "{name}: {found}, {why}"
        );
    }

    /// Checks that nothing else is wrong.
    #[track_caller]
    pub fn expect_only(&self, name: &str, status: &str, text: &str) {
        self.expect(name, status, text);
        let others = self.checks.iter().filter(|check| check["name"] != name);
        let failed: Vec<_> = others.filter(|check| check["status"] == "failed").collect();
        assert!(failed.is_empty(), "{failed:?}");
    }
}

/// The content of a directory.
fn content(dir: &Path) -> Vec<(PathBuf, Vec<u8>, u32)> {
    let entries = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut content: Vec<_> = entries
        .map(|path| {
            let mode = fs::symlink_metadata(&path).unwrap().permissions().mode();
            let bytes = fs::read(&path).unwrap_or_default();
            (path, bytes, mode)
        })
        .collect();
    content.sort();
    content
}

/// The settings of a server that keeps a client key for sign-in, encrypted.
pub const PUBLIC: [&str; 2] = ["--public-url", "https://keys.example.com"];

/// A database that a server has used.
pub fn used_place() -> Place {
    let place = Place::sqlite();
    let server = Server::on_with(&place.url, &PUBLIC);
    server.first_key(ALICE);
    server.stop();
    place
}

#[test]
fn a_running_server_is_well() {
    let (place, network) = (Place::sqlite(), network());
    let server = Server::on(&place.url);
    server.first_key(ALICE);
    let before = content(place.dir.path());
    let settings = ["--listen", &server.address[..]];
    let report = Report::of(program(), &place.url, &network.url, &settings);
    for (name, found) in [
        ("settings", "the server is did:web:localhost%3A"),
        ("file", "mode 0600"),
        ("disk", "MiB are free"),
        ("server", "a server runs on the database"),
        ("database", "can be read"),
        ("schema", "that of this program"),
        ("encryption key", "encryption.key"),
        ("file descriptors", "connections"),
        ("PLC directory", "answers"),
        ("handle resolver", "answers"),
        ("DID document", "is that of did:web:localhost%3A"),
        ("clock", "localhost is"),
        ("proxies", "no proxy can be seen"),
    ] {
        report.expect(name, "ok", found);
    }
    let names = |content: &[(PathBuf, Vec<u8>, u32)]| -> Vec<_> {
        content
            .iter()
            .map(|(path, _, mode)| (path.clone(), *mode))
            .collect()
    };
    assert_eq!(names(&before), names(&content(place.dir.path())));
    // For people, each check is one line.
    let mut lines = program();
    lines.args([
        "doctor",
        "--database-url",
        &place.url,
        "--plc-url",
        "nonsense",
    ]);
    let output = lines.output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(
        printed.starts_with("failed       settings: --plc-url"),
        "{printed}"
    );
    assert!(printed.contains("\nnot checked  all others: the settings are invalid\n"));
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        "error: 1 check failed\n"
    );
}

#[test]
fn faults_of_files() {
    let network = network();
    let key = |place: &Place| place.dir.path().join("encryption.key");
    let chmod =
        |path: PathBuf, mode| fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    type Fault<'f> = &'f dyn Fn(&Place);
    let cases: [(&str, &str, &str, Fault<'_>); 16] = [
        ("file", "ok", "mode 0600", &|_| {}),
        ("file", "warning", "mode 0644: other users", &|place| {
            chmod(place.file().unwrap().into(), 0o644);
        }),
        (
            "file",
            "warning",
            "every user can replace files",
            &|place| {
                chmod(place.dir.path().into(), 0o777);
            },
        ),
        ("file", "warning", "2 names", &|place| {
            fs::hard_link(place.file().unwrap(), place.dir.path().join("link")).unwrap();
        }),
        ("file", "ok", "the server creates it", &|place| {
            fs::remove_file(place.file().unwrap()).unwrap();
        }),
        ("file", "warning", "there is no such directory", &|place| {
            fs::remove_dir_all(place.dir.path()).unwrap();
        }),
        ("file", "failed", "is not a regular file", &|place| {
            fs::remove_file(place.file().unwrap()).unwrap();
            fs::create_dir(place.file().unwrap()).unwrap();
        }),
        ("database", "failed", "file is not a database", &|place| {
            fs::write(place.file().unwrap(), "a text of some length. ".repeat(400)).unwrap();
        }),
        (
            "schema",
            "warning",
            "has no tables of this program",
            &|place| {
                fs::write(place.file().unwrap(), "").unwrap();
            },
        ),
        (
            "encryption key",
            "failed",
            "mode 0644: other users",
            &|place| {
                chmod(key(place), 0o644);
            },
        ),
        ("encryption key", "failed", "expected 32 bytes", &|place| {
            fs::write(key(place), "AAAA").unwrap();
        }),
        (
            "encryption key",
            "ok",
            "decrypts what the database",
            &|_| {},
        ),
        (
            "encryption key",
            "failed",
            "is not the key that encrypted",
            &|place| {
                fs::write(key(place), ENCRYPTION_KEY).unwrap();
            },
        ),
        (
            "encryption key",
            "warning",
            "has values that it encrypted",
            &|place| {
                fs::remove_file(key(place)).unwrap();
            },
        ),
        ("server", "ok", "no server runs", &|_| {}),
        (
            "DID document",
            "not checked",
            "start the server first",
            &|_| {},
        ),
    ];
    for (name, status, text, make) in cases {
        let place = used_place();
        make(&place);
        let exists = place.dir.path().exists();
        let before = exists.then(|| content(place.dir.path()));
        let status = status.replace(' ', "-");
        let report = Report::of(program(), &place.url, &network.url, &[]);
        report.expect(name, &status, text);
        // A directory as a database is no database either.
        if text != "is not a regular file" {
            report.expect_only(name, &status, text);
        }
        assert_eq!(before, exists.then(|| content(place.dir.path())), "{text}");
        assert_eq!(exists, place.dir.path().exists());
    }
}

#[test]
fn faults_of_schemas() {
    let network = network();
    for (statement, status, text) in [
        (
            "INSERT INTO __diesel_schema_migrations (version) VALUES ('99990101000000');",
            "failed",
            "99990101000000 is newer",
        ),
        (
            "DELETE FROM __diesel_schema_migrations WHERE version = (SELECT max(version) FROM __diesel_schema_migrations);",
            "warning",
            "migrations are pending",
        ),
    ] {
        let place = used_place();
        let Some(mut sqlite) = Sqlite::open(place.file().unwrap()) else {
            return;
        };
        sqlite.execute(statement);
        drop(sqlite);
        let report = Report::of(program(), &place.url, &network.url, &[]);
        report.expect_only("schema", status, text);
    }
}

/// A database of another place, a stuck server, few descriptors, and small or read-only disks.
#[test]
fn faults_of_the_machine() {
    let (place, network) = (Place::sqlite(), network());
    let server = Server::on(&place.url);
    server.first_key(ALICE);
    let on = |url: &str, settings: &[&str]| Report::of(program(), url, &network.url, settings);
    // The file of a running server is replaced.
    let file = place.file().unwrap();
    fs::copy(file, format!("{file}.copy")).unwrap();
    fs::rename(file, format!("{file}.old")).unwrap();
    fs::rename(format!("{file}.copy"), file).unwrap();
    on(&place.url, &[]).expect("server", "failed", "the file was replaced");
    fs::rename(format!("{file}.old"), file).unwrap();
    // A server that does not answer.
    server.signal("STOP");
    fs::remove_file(format!("{file}.sock")).unwrap();
    on(&place.url, &[]).expect_only("server", "warning", "does not answer");
    server.signal("CONT");
    drop(server);

    let few = program_after("ulimit -n 256");
    let report = Report::of(few, &place.url, &network.url, &[]);
    report.expect_only("file descriptors", "warning", "hard limit 256");

    let Some(mount) = Mount::new("1m") else {
        return;
    };
    let url = mount.database_url();
    let full = on(&url, &[]);
    full.expect_only("disk", "warning", "1 MiB are free");
    full.expect("file system", "warning", "tmpfs: all keys are lost");
    fs::write(mount.path().join("filler"), vec![0; 2 << 20]).unwrap_err();
    on(&url, &[]).expect("disk", "failed", "0 MiB are free");
    assert!(mount.remount("ro"));
    on(&url, &[]).expect("disk", "failed", "read-only");
}
