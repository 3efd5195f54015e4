//! A disk that fails, is full, is slow or loses power, and a database that another process has locked.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use serde_json::json;

use crate::support::disk::{Disk, EIO, ENOSPC, Word, lose_power};
use crate::support::skip::skip;
use crate::support::{ALICE, Answer, Place, Server, method};

fn create(server: &Server, key: &str, name: &str) -> Answer {
    let create = server.post(&method("createApiKey"), &json!({ "name": name }));
    create.key(key).send()
}

fn names(server: &Server, key: &str) -> Vec<String> {
    let keys = server.list(key);
    let names = keys.iter().map(|key| key["name"].as_str().unwrap());
    names.map(str::to_owned).collect()
}

/// Attack 28: after a failed sync, it is unknown what is on the disk, so no write is acknowledged.
#[test]
fn a_failed_sync_stops_all_writes_until_a_restart() {
    let (place, disk) = (Place::sqlite(), Disk::new());
    let server = Server::on_disk(&place.url, &disk);
    let key = server.first_key(ALICE);
    let secret = server.create_key(&key, &json!({ "name": "doomed" }));
    disk.set(Word::SyncError, EIO);
    create(&server, &key, "lost").expect_unavailable();
    disk.set(Word::SyncError, 0);
    create(&server, &key, "late").expect_unavailable();
    let id = secret["key"]["id"].as_str().unwrap();
    server.end("revokeApiKey", &key, id).expect_unavailable();
    // Reads are still answered.
    assert!(server.accepts(&key));
    assert!(server.accepts(secret["secret"].as_str().unwrap()));
    let ready = server.get("/xrpc/_health").send();
    assert_eq!(ready.status, 503, "{ready:?}");
    let printed = server.stop();
    assert!(printed.contains("nothing is written until the server is restarted"));

    let server = Server::on(&place.url);
    assert_eq!(
        create(&server, &key, "again").expect(200)["key"]["name"],
        "again"
    );
    let names = names(&server, &key);
    assert!(
        ["again", "doomed", "first"]
            .iter()
            .all(|name| names.iter().any(|own| own == name)),
        "{names:?}"
    );
    assert!(!names.iter().any(|name| name == "late"), "{names:?}");
}

/// Attack 28: a full disk.
#[test]
fn a_full_disk_is_reported_and_recovered_from() {
    let (place, disk) = (Place::sqlite(), Disk::new());
    let server = Server::on_disk(&place.url, &disk);
    let key = server.first_key(ALICE);
    disk.set(Word::WriteError, ENOSPC);
    for _ in 0..3 {
        create(&server, &key, "no room").expect_unavailable();
        assert!(server.accepts(&key));
    }
    disk.set(Word::WriteError, 0);
    create(&server, &key, "room").expect(200);
    assert_eq!(names(&server, &key), ["room", "first"]);
}

/// Attack 27: a loss of power loses every write that was not synced.
#[test]
fn a_loss_of_power_loses_nothing_acknowledged() {
    let (place, disk) = (Place::sqlite(), Disk::new());
    disk.set(Word::Keeps, 1);
    let mut server = Server::on_disk(&place.url, &disk);
    let key = server.first_key(ALICE);
    let mut live = Vec::new();
    let mut revoked = Vec::new();
    for round in 0..3 {
        for number in 0..10 {
            let made = server.create_key(&key, &json!({ "name": "n" }));
            let secret = made["secret"].as_str().unwrap().to_owned();
            if number % 2 == 0 {
                let how = ["revokeApiKey", "deleteApiKey"][(round + number / 2) % 2];
                let id = made["key"]["id"].as_str().unwrap();
                assert_eq!(server.end(how, &key, id).status, 200);
                revoked.push(secret);
            } else {
                live.push(secret);
            }
        }
        assert!(server.signal("KILL"));
        drop(server);
        lose_power(place.file().unwrap());
        server = Server::on_disk(&place.url, &disk);
        assert!(live.iter().all(|secret| server.accepts(secret)));
        assert!(!revoked.iter().any(|secret| server.accepts(secret)));
    }
}

#[test]
fn concurrent_writes_share_a_sync() {
    let (place, disk) = (Place::sqlite(), Disk::new());
    let server = Server::on_disk(&place.url, &disk);
    let key = server.first_key(ALICE);
    disk.set(Word::SyncMicros, 20_000);
    let before = disk.get(Word::Syncs);
    thread::scope(|scope| {
        for _ in 0..32 {
            scope.spawn(|| {
                for _ in 0..5 {
                    create(&server, &key, "n").expect(200);
                }
            });
        }
    });
    let syncs = disk.get(Word::Syncs) - before;
    assert!(syncs > 0 && syncs * 5 <= 160, "{syncs} syncs");
}

#[test]
fn authentication_does_not_wait_for_a_sync() {
    let (place, disk) = (Place::sqlite(), Disk::new());
    let server = Server::on_disk(&place.url, &disk);
    let key = server.first_key(ALICE);
    // The first use of the key is written before.
    create(&server, &key, "n").expect(200);
    disk.set(Word::SyncMicros, 2_000_000);
    let done = AtomicBool::new(false);
    let before = disk.get(Word::Syncs);
    thread::scope(|scope| {
        scope.spawn(|| {
            create(&server, &key, "n").expect(200);
            done.store(true, Ordering::SeqCst);
        });
        while disk.get(Word::Syncs) == before {
            thread::yield_now();
        }
        for _ in 0..10 {
            let verified = server.get("/auth/verify").key(&key).send();
            assert_eq!(verified.status, 200);
            // Reads from the database do not wait either.
            assert_eq!(names(&server, &key).len(), 2);
        }
        assert!(!done.load(Ordering::SeqCst));
    });
}

/// Attack 29: SQLite locked by another process.
#[test]
fn writes_wait_for_a_locked_database_for_a_while() {
    let place = Place::sqlite();
    let server = Server::on(&place.url);
    let key = server.first_key(ALICE);
    let sqlite = Command::new("sqlite3")
        .args(["-batch", place.file().unwrap()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let Ok(mut sqlite) = sqlite else {
        return skip("there is no sqlite3 here").unwrap_or_default();
    };
    let mut input = sqlite.stdin.take().unwrap();
    let mut output = BufReader::new(sqlite.stdout.take().unwrap());
    let mut say = |line: &str| {
        writeln!(input, "{line}\nSELECT 'done';").unwrap();
        let mut answer = String::new();
        output.read_line(&mut answer).unwrap();
        assert_eq!(answer.trim(), "done");
    };
    say("BEGIN IMMEDIATE;");
    thread::scope(|scope| {
        let waiting = scope.spawn(|| create(&server, &key, "late"));
        for _ in 0..10 {
            assert!(server.accepts(&key));
        }
        waiting.join().unwrap().expect_unavailable();
        // A write that still waits when the lock is released succeeds.
        let waiting = scope.spawn(|| create(&server, &key, "in time"));
        thread::sleep(Duration::from_millis(100));
        say("ROLLBACK;");
        waiting.join().unwrap().expect(200);
    });
    assert_eq!(names(&server, &key), ["in time", "first"]);
    drop(input);
    sqlite.wait().unwrap();
}
