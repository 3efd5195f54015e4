//! Liveness and readiness in each state of the database. Row 57 of the list of attacks.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::mount::Mount;
use crate::support::skip::skip;
use crate::support::sqlite::Sqlite;
use crate::support::{ALICE, Answer, Place, Server};

/// Waits until a part is ready, or not for this reason, and checks everything that the state implies.
/// Returns the whole answer.
#[track_caller]
fn await_part(server: &Server, part: &str, reason: Option<&str>) -> Value {
    let answer = server.await_readiness(part, reason);
    check(server, &answer);
    answer.value()
}

/// Checks what holds in every state.
#[track_caller]
fn check(server: &Server, answer: &Answer) {
    let body = answer.value();
    let ready = ["checks", "changes", "schema"]
        .iter()
        .all(|part| body[part]["ok"] == true);
    assert_eq!(body["ready"], ready, "{body}");
    assert_eq!(answer.status, if ready { 200 } else { 503 }, "{body}");
    assert_eq!(answer.header("retry-after").is_some(), !ready, "{body}");
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let checks = server.get("/readyz/checks").send();
    let checked = checks.value()["checks"]["ok"] == true;
    assert_eq!(checks.status, if checked { 200 } else { 503 }, "{checks:?}");
    server.get("/livez").send().expect(200);
    // Fixed words only.
    let dir = server.database_url.strip_prefix("sqlite:");
    let dir = dir.and_then(|file| Path::new(file).parent()).unwrap();
    let text = body.to_string();
    assert!(!text.contains(&*dir.to_string_lossy()), "{text}");
}

#[test]
fn a_server_that_works_is_ready() {
    let server = Server::on_sqlite();
    let body = server.get("/readyz").send().expect(200);
    let ok = json!({ "ok": true });
    assert_eq!(body["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(body["ready"], true);
    for part in ["checks", "changes", "schema"] {
        assert_eq!(body[part], ok, "{body}");
    }
    // Only servers that share a database have leases.
    assert_eq!(body.get("lease"), None, "{body}");
    server.get("/xrpc/_health").send().expect(200);
    let head = server.call("HEAD", "/readyz").send();
    assert_eq!((head.status, head.body.len()), (200, 0));
}

#[test]
fn a_file_that_is_missing_or_not_owned_is_the_reason() {
    let dir = TempDir::new().unwrap();
    let later = dir.path().join("later");
    let file = later.join("keys.sqlite");
    let server = Server::on(&format!("sqlite:{}", file.display()));
    let unreachable = "the database cannot be reached";
    let body = await_part(&server, "checks", Some(unreachable));
    assert_eq!(body["changes"]["ok"], false);
    let health = server.get("/xrpc/_health").send();
    let message = health.expect_error(503, "ServiceUnavailable");
    assert_eq!(message, unreachable);

    // A file that another process has locked before.
    let elsewhere = dir.path().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    let flock = Command::new("flock")
        .arg(elsewhere.join("keys.sqlite"))
        .args(["-c", "echo locked; cat"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    if let Ok(mut flock) = flock {
        let mut line = String::new();
        let output = flock.stdout.take().unwrap();
        BufReader::new(output).read_line(&mut line).unwrap();
        fs::rename(&elsewhere, &later).unwrap();
        let why = "this server does not own the database yet";
        await_part(&server, "checks", Some(why));
        await_part(&server, "changes", Some(why));
        drop(flock.stdin.take());
        flock.wait().unwrap();
    } else {
        skip::<()>("there is no flock here: no file is locked by another process")
            .unwrap_or_default();
        fs::create_dir(&later).unwrap();
    }
    await_part(&server, "checks", None);
    await_part(&server, "changes", None);
    server.first_key(ALICE);
    let printed = server.stop();
    assert!(printed.contains("ready again"), "{printed}");
}

#[test]
fn a_full_disk_is_the_reason_until_it_has_room() {
    let Some(mount) = Mount::new("16m") else {
        return;
    };
    let server = Server::on(&mount.database_url());
    let key = server.first_key(ALICE);
    // Few free bytes are shown, and are no reason to stop.
    let body = server.get("/readyz").send().expect(200);
    let why = "the disk of the database is nearly full";
    assert_eq!(body["disk"], json!({ "ok": false, "reason": why }));

    let filler = mount.path().join("filler");
    let mut file = fs::File::create(&filler).unwrap();
    while file.write_all(&[0; 4096]).is_ok() {}
    drop(file);
    // No client writes anything: the server finds out by itself, once no free page of the log is left.
    let full = "the disk of the database is full";
    await_part(&server, "disk", Some(full));
    while server.try_create(&key, "n").status == 200 {}
    let body = await_part(&server, "changes", Some(full));
    assert_eq!(body["checks"]["ok"], true);
    assert!(server.accepts(&key));

    fs::remove_file(filler).unwrap();
    await_part(&server, "changes", None);
    server.try_create(&key, "n").expect(200);
}

#[test]
fn a_read_only_file_system_is_the_reason_until_it_is_writable() {
    let Some(mount) = Mount::new("128m") else {
        return;
    };
    let server = Server::on(&mount.database_url());
    server.first_key(ALICE);
    // Open files keep a file system writable.
    server.stop();
    assert!(mount.remount("ro"));
    let server = Server::on(&mount.database_url());
    let read_only = "the database is read-only";
    await_part(&server, "disk", Some(read_only));
    let body = server.get("/readyz").send().expect(503);
    assert_eq!(body["changes"]["ok"], false, "{body}");
    assert!(mount.remount("rw"));
    await_part(&server, "disk", None);
    await_part(&server, "changes", None);
    server.first_key(ALICE);
}

#[test]
fn a_locked_database_is_the_reason_until_it_is_released() {
    let place = Place::sqlite();
    let server = Server::on(&place.url);
    let key = server.first_key(ALICE);
    let Some(mut other) = Sqlite::open(place.file().unwrap()) else {
        return;
    };
    other.execute("BEGIN IMMEDIATE;");
    server.try_create(&key, "n").expect_unavailable();
    let why = "another process has locked the database";
    let body = await_part(&server, "changes", Some(why));
    assert_eq!(body["checks"]["ok"], true);
    assert!(server.accepts(&key));
    other.execute("ROLLBACK;");
    // Without a change by a client.
    await_part(&server, "changes", None);
}

#[test]
fn a_newer_schema_is_the_reason() {
    let place = Place::sqlite();
    let server = Server::on(&place.url);
    let key = server.first_key(ALICE);
    let Some(mut other) = Sqlite::open(place.file().unwrap()) else {
        return;
    };
    let newer = "INSERT INTO __diesel_schema_migrations (version) VALUES ('99990101000000');";
    other.execute(newer);
    let why = "the schema of the database is newer than this program";
    let body = await_part(&server, "schema", Some(why));
    assert_eq!(body["checks"]["ok"], true);
    assert!(server.accepts(&key));
    let message = server.get("/xrpc/_health").send();
    assert_eq!(message.expect_error(503, "ServiceUnavailable"), why);
    other.execute("DELETE FROM __diesel_schema_migrations WHERE version = '99990101000000';");
    await_part(&server, "schema", None);
}

/// A disk whose errors the test sets, which works for every user.
#[cfg(target_os = "linux")]
#[test]
fn a_write_that_fails_is_the_reason_until_one_succeeds() {
    use crate::support::disk::{Disk, ENOSPC, Word};
    let (place, disk) = (Place::sqlite(), Disk::new());
    let server = Server::on_disk(&place.url, &disk);
    let key = server.first_key(ALICE);
    disk.set(Word::WriteError, ENOSPC);
    server.try_create(&key, "n").expect_unavailable();
    let body = await_part(&server, "changes", Some("the disk of the database is full"));
    assert_eq!(body["checks"]["ok"], true);
    disk.set(Word::WriteError, 0);
    await_part(&server, "changes", None);
    server.try_create(&key, "n").expect(200);
}
