//! A disk that fails, is full, is slow or loses power, and a database that another process has locked.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::disk::{Disk, EIO, ENOSPC, EROFS, Word, lose_power};
use crate::support::sqlite::Sqlite;
use crate::support::{ALICE, Place, Server};

fn names(server: &Server, key: &str) -> Vec<String> {
    let keys = server.list(key);
    let names = keys.iter().map(|key| key["name"].as_str().unwrap());
    names.map(str::to_owned).collect()
}

/// Row 28 of the list of attacks: after a failed sync, it is unknown what is on the disk, so no write is acknowledged.
#[test]
fn a_failed_sync_stops_all_writes_until_a_restart() {
    let (place, disk) = (Place::sqlite(), Disk::new());
    let server = Server::on_disk(&place.url, &disk);
    let key = server.first_key(ALICE);
    let secret = server.create_key(&key, &json!({ "name": "doomed" }));
    disk.set(Word::SyncError, EIO);
    server.try_create(&key, "lost").expect_unavailable();
    disk.set(Word::SyncError, 0);
    server.try_create(&key, "late").expect_unavailable();
    let id = secret["key"]["id"].as_str().unwrap();
    server.end("revokeApiKey", &key, id).expect_unavailable();
    // Reads are still answered.
    assert!(server.accepts(&key));
    assert!(server.accepts(secret["secret"].as_str().unwrap()));
    server.await_status("/xrpc/_health", 503);
    let body = server.get("/readyz").send().expect(503);
    let why = "a write to the disk failed: restart the server";
    assert_eq!(body["changes"], json!({ "ok": false, "reason": why }));
    assert_eq!(body["checks"], json!({ "ok": true }));
    let printed = server.stop();
    assert!(printed.contains("nothing is written until the server is restarted"));

    let server = Server::on(&place.url);
    assert_eq!(
        server.try_create(&key, "again").expect(200)["key"]["name"],
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

/// Row 28 of the list of attacks: one sync fails, of all that there are.
#[test]
fn a_single_failed_sync_stops_all_writes() {
    let (place, disk) = (Place::sqlite(), Disk::new());
    let server = Server::on_disk(&place.url, &disk);
    let key = server.first_key(ALICE);
    disk.set(Word::BadSyncs, 1);
    server.try_create(&key, "lost").expect_unavailable();
    assert_eq!(disk.get(Word::BadSyncs), 0);
    server.try_create(&key, "late").expect_unavailable();
    assert!(server.accepts(&key));
    server.stop();
    let server = Server::on(&place.url);
    server.try_create(&key, "again").expect(200);
}

/// Row 28 of the list of attacks: the sync of the database fails, when the log is moved into it.
#[test]
fn a_failed_sync_of_the_database_stops_all_writes() {
    let (place, disk) = (Place::sqlite(), Disk::new());
    let server = Server::on_disk(&place.url, &disk);
    let key = server.first_key(ALICE);
    let secret = server.create_key(&key, &json!({ "name": "kept" }));
    let before = disk.get(Word::Syncs);
    disk.set(Word::SyncError, EIO);
    // The server moves the log while nothing is written.
    let started = Instant::now();
    while disk.get(Word::Syncs) == before {
        assert!(started.elapsed() < Duration::from_secs(60));
        thread::sleep(Duration::from_millis(10));
    }
    disk.set(Word::SyncError, 0);
    while server.get("/xrpc/_health").send().status == 200 {
        assert!(started.elapsed() < Duration::from_secs(60));
    }
    server.try_create(&key, "late").expect_unavailable();
    server.stop();
    let server = Server::on(&place.url);
    assert!(server.accepts(secret["secret"].as_str().unwrap()));
    server.try_create(&key, "again").expect(200);
}

/// Row 50 of the list of attacks: writes fail for a moment, and no sync does.
#[test]
fn a_failed_write_is_recovered_from() {
    let (place, disk) = (Place::sqlite(), Disk::new());
    let server = Server::on_disk(&place.url, &disk);
    let key = server.first_key(ALICE);
    for error in [EIO, EROFS] {
        disk.set(Word::WriteError, error);
        for _ in 0..3 {
            server.try_create(&key, "n").expect_unavailable();
            assert!(server.accepts(&key));
        }
        disk.set(Word::WriteError, 0);
        server.try_create(&key, "n").expect(200);
    }
    let printed = server.stop();
    assert!(!printed.contains("until the server is restarted"));
    assert_eq!(names(&Server::on(&place.url), &key).len(), 3);
}

/// Row 28 of the list of attacks: a full disk.
#[test]
fn a_full_disk_is_reported_and_recovered_from() {
    let (place, disk) = (Place::sqlite(), Disk::new());
    let server = Server::on_disk(&place.url, &disk);
    let key = server.first_key(ALICE);
    disk.set(Word::WriteError, ENOSPC);
    for _ in 0..3 {
        server.try_create(&key, "no room").expect_unavailable();
        assert!(server.accepts(&key));
    }
    disk.set(Word::WriteError, 0);
    server.try_create(&key, "room").expect(200);
    assert_eq!(names(&server, &key), ["room", "first"]);
}

/// Row 27 of the list of attacks: a loss of power loses every write that was not synced.
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
                    server.try_create(&key, "n").expect(200);
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
    server.try_create(&key, "n").expect(200);
    disk.set(Word::SyncMicros, 2_000_000);
    let done = AtomicBool::new(false);
    let before = disk.get(Word::Syncs);
    thread::scope(|scope| {
        scope.spawn(|| {
            server.try_create(&key, "n").expect(200);
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

/// Row 29 of the list of attacks: SQLite locked by another process.
#[test]
fn writes_wait_for_a_locked_database_for_a_while() {
    let place = Place::sqlite();
    let server = Server::on(&place.url);
    let key = server.first_key(ALICE);
    let Some(mut other) = Sqlite::open(place.file().unwrap()) else {
        return;
    };
    other.execute("BEGIN IMMEDIATE;");
    thread::scope(|scope| {
        let waiting = scope.spawn(|| server.try_create(&key, "late"));
        for _ in 0..10 {
            assert!(server.accepts(&key));
        }
        waiting.join().unwrap().expect_unavailable();
        // A write that still waits when the lock is released succeeds.
        let waiting = scope.spawn(|| server.try_create(&key, "in time"));
        thread::sleep(Duration::from_millis(100));
        other.execute("ROLLBACK;");
        waiting.join().unwrap().expect(200);
    });
    assert_eq!(names(&server, &key), ["in time", "first"]);
    drop(other);
}

/// Row 29 of the list of attacks: a reader that never ends its transaction stops no request.
#[test]
fn a_stuck_reader_stops_no_request() {
    let place = Place::sqlite();
    let server = Server::on(&place.url);
    let key = server.first_key(ALICE);
    let Some(mut other) = Sqlite::open(place.file().unwrap()) else {
        return;
    };
    let count = "SELECT count(*) FROM keys;";
    other.query(&format!("BEGIN; {count}"), "1");
    for number in 1..=200 {
        let created = server.try_create(&key, "n").expect(200);
        let id = created["key"]["id"].as_str().unwrap();
        if number % 2 == 0 {
            server.end("revokeApiKey", &key, id).expect(200);
        }
        assert_eq!(
            server.accepts(created["secret"].as_str().unwrap()),
            number % 2 == 1
        );
    }
    assert_eq!(names(&server, &key).len(), 201);
    // It still sees what was there at its beginning.
    other.query(count, "1");
    other.query(&format!("COMMIT; {count}"), "201");
    drop(other);
    server.stop();
    assert!(Server::on(&place.url).accepts(&key));
}
