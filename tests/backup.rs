//! Backups of an SQLite database.

use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use serde_json::{Value, json};

use crate::support::skip::skip;
use crate::support::{ALICE, BOB, Place, Server, program_after, run};

/// Backs up a database.
pub fn backup(url: &str, file: &Path, more: &[&str]) -> Output {
    let file = file.to_str().unwrap();
    let arguments = [&["backup", file, "--database-url", url], more].concat();
    run(&arguments, &[])
}

/// Restores a database.
pub fn restore(url: &str, file: &Path, more: &[&str]) -> Output {
    let file = file.to_str().unwrap();
    let arguments = [&["restore", file, "--database-url", url], more].concat();
    run(&arguments, &[])
}

/// What a successful command printed to standard output.
#[track_caller]
pub fn printed(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// The error of a command that failed: one line, after its progress.
#[track_caller]
pub fn error(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let printed = String::from_utf8(output.stderr.clone()).unwrap();
    let errors = printed.lines().filter(|line| !line.ends_with(" %"));
    let errors: Vec<_> = errors.collect();
    assert_eq!(errors.len(), 1, "{printed}");
    errors[0].to_owned()
}

/// The ids of all keys in a database without a server.
pub fn ids(url: &str) -> Vec<String> {
    let list = run(
        &["key", "list", "--all", "--json"],
        &[("COCORE_DATABASE_URL", url)],
    );
    let lines = printed(&list);
    let keys = lines
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    keys.map(|key| key["id"].as_str().unwrap().to_owned())
        .collect()
}

pub fn id(key: &Value) -> &str {
    key["key"]["id"].as_str().unwrap()
}

/// The names of the files in a directory.
pub fn files(dir: &Path) -> Vec<String> {
    let entries = fs::read_dir(dir).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.collect();
    names.sort();
    names
}

#[test]
fn a_backup_of_a_running_server_is_one_private_file_that_can_be_restored() {
    let (first, second) = (Place::sqlite(), Place::sqlite());
    let server = Server::on(&first.url);
    let (key, other) = (server.first_key(ALICE), server.first_key(BOB));
    let revoked = server.create_key(&key, &json!({ "name": "revoked" }));
    server.end("revokeApiKey", &key, id(&revoked)).expect(200);
    let file = second.dir.path().join("backup");
    let made = backup(&first.url, &file, &[]);
    let summary = printed(&made);
    assert!(
        summary.starts_with(&format!("{}: 3 keys, ", file.display()))
            && summary.trim_end().ends_with(", verified"),
        "{summary}"
    );
    let progress = String::from_utf8(made.stderr).unwrap();
    assert!(progress.contains("written: ") && progress.contains("100 %"));
    assert_eq!(files(second.dir.path()), ["backup"]);
    assert_eq!(fs::metadata(&file).unwrap().mode() & 0o777, 0o600);
    // The server goes on.
    let late = server.create_key(&key, &json!({ "name": "late" }));

    let refused = error(&backup(&first.url, &file, &[]));
    assert!(
        refused.contains("exists: name another file, or replace it with --force"),
        "{refused}"
    );
    assert!(printed(&backup(&first.url, &file, &["--force"])).contains(": 4 keys, "));
    server.stop();
    // Without a server too, and of a file in another place.
    let again = second.dir.path().join("again");
    assert!(printed(&backup(&first.url, &again, &[])).contains(": 4 keys, "));

    let summary = printed(&restore(&second.url, &file, &[]));
    assert!(summary.starts_with(&second.url), "{summary}");
    assert_eq!(
        fs::metadata(second.file().unwrap()).unwrap().mode() & 0o777,
        0o600
    );
    assert_eq!(files(second.dir.path()), ["again", "backup", "keys.sqlite"]);
    let server = Server::on(&second.url);
    assert!(server.accepts(&key) && server.accepts(&other));
    assert!(server.accepts(late["secret"].as_str().unwrap()));
    assert!(!server.accepts(revoked["secret"].as_str().unwrap()));
}

/// Every key that was acknowledged before the backup began is in it.
#[test]
fn a_backup_under_load_has_every_acknowledged_key() {
    let place = Place::sqlite();
    let server = Server::on(&place.url);
    let key = server.first_key(ALICE);
    let (created, is_done) = (Mutex::new(Vec::new()), AtomicBool::new(false));
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while !is_done.load(Ordering::Relaxed) {
                    let key = server.create_key(&key, &json!({ "name": "n" }));
                    created.lock().unwrap().push(id(&key).to_owned());
                }
            });
        }
        for round in 0..5 {
            let before = created.lock().unwrap().clone();
            let copy = Place::sqlite();
            let file = copy.dir.path().join(format!("backup {round}#%?"));
            printed(&backup(&place.url, &file, &[]));
            printed(&restore(&copy.url, &file, &[]));
            let found = ids(&copy.url);
            let lost: Vec<_> = before.iter().filter(|id| !found.contains(id)).collect();
            assert!(lost.is_empty(), "{lost:?}");
        }
        is_done.store(true, Ordering::Relaxed);
    });
}

#[test]
fn a_failed_backup_is_one_line_and_leaves_no_file() {
    let place = Place::sqlite();
    let server = Server::on(&place.url);
    server.first_key(ALICE);
    let dir = Place::sqlite();
    let at = |name: &str| dir.dir.path().join(name);
    let database = PathBuf::from(place.file().unwrap());
    let link = at("link");
    symlink(&database, &link).unwrap();
    fs::write(
        at("foreign"),
        "no database of any kind, and longer than a header is. ".repeat(90),
    )
    .unwrap();
    fs::write(at("empty"), "").unwrap();
    let url = |name: &str| format!("sqlite:{}", at(name).display());
    let before = files(dir.dir.path());
    let log = PathBuf::from(format!("{}-wal", database.display()));
    for (url, file, expected) in [
        (&url("missing"), &at("new"), "there is no such file"),
        (&url("foreign"), &at("new"), "file is not a database"),
        (&url("empty"), &at("new"), "is no database of this program"),
        (&place.url, &database, "belongs to the database itself"),
        (&place.url, &link, "belongs to the database itself"),
        (&place.url, &log, "belongs to the database itself"),
        (
            &place.url,
            &dir.dir.path().to_owned(),
            "is not a regular file",
        ),
        (
            &place.url,
            &PathBuf::from("/dev/null"),
            "is not a regular file",
        ),
        (&place.url, &at("none/new"), "No such file or directory"),
        (&"postgres://host/db".to_owned(), &at("new"), "pg_dump"),
    ] {
        let failed = error(&backup(url, file, &["--force"]));
        assert!(failed.contains(expected), "{expected}: {failed}");
        assert_eq!(files(dir.dir.path()), before);
    }
    server.try_create(&server.first_key(ALICE), "n").expect(200);
}

/// Root's commands leave a database that its owner's server can use.
#[test]
fn root_backs_up_and_restores_the_database_of_another_user() {
    let place = Place::sqlite();
    let user = [
        "setpriv",
        "--reuid=65534",
        "--regid=65534",
        "--clear-groups",
    ];
    let is_root = std::os::unix::fs::chown(place.dir.path(), Some(65534), Some(65534)).is_ok();
    let can_switch = Command::new(user[0]).args(&user[1..]).arg("true").status();
    if !is_root || !can_switch.is_ok_and(|status| status.success()) {
        return skip("only root can act as another user, with setpriv").unwrap_or_default();
    }
    let start = || {
        let program = program_after(&format!("exec {} \"$0\" \"$@\"", user.join(" ")));
        Server::spawn(program, &place.url, &[])
    };
    let server = start();
    let key = server.first_key(ALICE);
    let target = Place::sqlite();
    let file = target.dir.path().join("backup");
    printed(&backup(&place.url, &file, &[]));
    assert_eq!(fs::metadata(&file).unwrap().uid(), 0);
    server.try_create(&key, "after").expect(200);
    server.stop();
    printed(&backup(&place.url, &file, &["--force"]));
    printed(&restore(&place.url, &file, &[]));
    for name in files(place.dir.path()) {
        let owner = fs::metadata(place.dir.path().join(&name)).unwrap().uid();
        assert_eq!(owner, 65534, "{name}");
    }
    let server = start();
    server.try_create(&key, "restored").expect(200);
}
