//! Backups and restorations that are killed, or for which there is no room.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::backup::{backup, files, ids, printed, restore};
use crate::durability::rounds;
use crate::support::disk::{Disk, ENOSPC, Word};
use crate::support::mount::Mount;
use crate::support::skip::skip;
use crate::support::{ALICE, Place, Server, program};

/// A server with some thousand keys, so that a backup takes a while.
fn server_with_keys(place: &Place) -> Option<Server> {
    Server::on(&place.url).stop();
    let statement = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
         INSERT INTO keys (id, did, name, prefix, hash, created_at)
         SELECT printf('01900000-0000-7000-8000-%012x', i), 'did:web:bob.example', 'key ' || i, 'cocore-AAAAAAAA',
             CAST(printf('%032d', i) AS BLOB), 1700000000000 + i FROM n";
    let inserted = Command::new("sqlite3")
        .args([place.file().unwrap(), statement])
        .output();
    let Ok(inserted) = inserted else {
        return skip("there is no sqlite3 here");
    };
    assert!(inserted.status.success(), "{inserted:?}");
    Some(Server::on(&place.url))
}

/// Runs a command, and kills it at a random moment of this time. Returns whether it was killed.
fn kill_within(time: Duration, arguments: &[&str]) -> bool {
    let mut command = program();
    let mut child = command
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    thread::sleep(time.mul_f64(fastrand::f64()));
    child.kill().unwrap();
    child.wait().unwrap().code().is_none()
}

fn url(file: &Path) -> String {
    format!("sqlite:{}", file.display())
}

/// Kill -9 of the backup, or of the server below it, amid creates.
#[test]
fn a_killed_backup_is_no_backup_and_harms_no_database() {
    let place = Place::sqlite();
    let Some(mut server) = server_with_keys(&place) else {
        return;
    };
    let key = server.first_key(ALICE);
    let target = Place::sqlite();
    let file = target.dir.path().join("backup");
    let begun = Instant::now();
    printed(&backup(&place.url, &file, &[]));
    let time = begun.elapsed();
    let arguments = ["backup", "--force", file.to_str().unwrap()];
    let arguments = [&arguments[..], &["--database-url", &place.url]].concat();
    let (mut killed, mut created) = (0, 0);
    for round in 0..rounds() {
        let is_first = round % 2 == 0;
        if is_first {
            // There is a file to replace in every other round.
            fs::remove_file(&file).unwrap();
        }
        let is_killed = thread::scope(|scope| {
            let creates = scope.spawn(|| {
                let begun = Instant::now();
                let mut count = 0;
                while begun.elapsed() < time {
                    server.create_key(&key, &json!({ "name": "n" }));
                    count += 1;
                }
                count
            });
            let is_killed = kill_within(time.mul_f64(1.2), &arguments);
            created += creates.join().unwrap();
            is_killed
        });
        killed += u32::from(is_killed);
        if file.exists() {
            let restored = Place::sqlite();
            let summary = printed(&restore(&restored.url, &file, &[]));
            assert!(summary.contains("verified"), "{summary}");
            assert!(ids(&restored.url).len() > 20_000);
        } else {
            assert!(is_first && is_killed, "the file to replace is gone");
        }
        // Nothing that the killed one left is in the way.
        printed(&backup(&place.url, &file, &["--force"]));
        assert_eq!(files(target.dir.path()), ["backup"]);
        if round % 4 == 3 {
            assert!(server.signal("KILL"));
            printed(&backup(&place.url, &file, &["--force"]));
            server = Server::on(&place.url);
        }
        assert!(server.accepts(&key));
    }
    assert!(killed > 0, "no backup was killed");
    server.stop();
    assert_eq!(ids(&place.url).len(), 20_001 + created);
}

/// Kill -9 of a restoration: the database is the old or the new one, and nothing of the old one is lost.
#[test]
fn a_killed_restoration_leaves_the_old_or_the_new_database() {
    let place = Place::sqlite();
    let Some(server) = server_with_keys(&place) else {
        return;
    };
    server.first_key(ALICE);
    let target = Place::sqlite();
    let (file, newer) = (
        target.dir.path().join("backup"),
        target.dir.path().join("newer"),
    );
    printed(&backup(&place.url, &file, &[]));
    server.first_key(ALICE);
    printed(&backup(&place.url, &newer, &[]));
    server.stop();
    let begun = Instant::now();
    printed(&restore(&place.url, &file, &[]));
    let time = begun.elapsed();
    let (mut killed, mut old) = (0, 0);
    for round in 0..rounds() {
        for name in files(place.dir.path()) {
            if name != "keys.sqlite" {
                let _ = fs::remove_file(place.dir.path().join(name));
            }
        }
        printed(&restore(&place.url, &newer, &[]));
        // A log, as a killed server leaves it.
        let server = Server::on(&place.url);
        server.first_key(ALICE);
        if round % 2 == 0 {
            assert!(server.signal("KILL"));
            drop(server);
        } else {
            server.stop();
        }
        let arguments = ["restore", file.to_str().unwrap()];
        let arguments = [&arguments[..], &["--database-url", &place.url]].concat();
        killed += u32::from(kill_within(time.mul_f64(1.1), &arguments));
        let found = ids(&place.url).len();
        assert!([20_001, 20_003].contains(&found), "{found} keys");
        let kept = files(place.dir.path());
        let kept = kept.iter().filter(|name| {
            let name = name.trim_start_matches("keys.sqlite.");
            name.starts_with("replaced-") && !name.ends_with("-shm") && !name.ends_with("-wal")
        });
        let kept: Vec<_> = kept.collect();
        if found == 20_001 {
            // The one of this round has the last key.
            let last = url(&place.dir.path().join(kept.last().unwrap()));
            assert_eq!(ids(&last).len(), 20_003);
        } else {
            old += 1;
        }
        // Another attempt succeeds, whatever the killed one left.
        let summary = printed(&restore(&place.url, &file, &[]));
        assert!(summary.contains("20001 keys"), "{summary}");
        assert_eq!(ids(&place.url).len(), 20_001);
        let names = files(place.dir.path());
        assert!(
            !names.iter().any(|name| name.contains(".partial")),
            "{names:?}"
        );
    }
    assert!(killed > 0 && old > 0, "{killed} killed, {old} old");
}

#[test]
fn without_room_nothing_is_written_and_the_database_stays() {
    let place = Place::sqlite();
    let Some(server) = server_with_keys(&place) else {
        return;
    };
    let key = server.first_key(ALICE);
    let target = Place::sqlite();
    let file = target.dir.path().join("backup");
    printed(&backup(&place.url, &file, &[]));
    let before = fs::read(&file).unwrap();
    let (disk, path) = (Disk::new(), file.to_str().unwrap());
    disk.set(Word::WriteError, ENOSPC);
    let run_on_disk = |command: &str, more: &[&str]| {
        let mut program = program();
        program.envs(disk.variables()).args([command, path]);
        let output = program.args(["--database-url", &place.url]).args(more);
        let output = output.output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    let printed_error = run_on_disk("backup", &["--force"]);
    assert!(printed_error.contains("disk is full"), "{printed_error}");
    assert_eq!(files(target.dir.path()), ["backup"]);
    assert_eq!(fs::read(&file).unwrap(), before);
    // A sync that fails, where all writes succeeded.
    disk.set(Word::WriteError, 0);
    disk.set(Word::SyncError, ENOSPC);
    run_on_disk("backup", &["--force"]);
    assert_eq!(files(target.dir.path()), ["backup"]);
    assert_eq!(fs::read(&file).unwrap(), before);
    assert!(server.accepts(&key));
    server.try_create(&key, "n").expect(200);
    server.stop();
    for word in [Word::SyncError, Word::WriteError] {
        disk.set(Word::SyncError, 0);
        disk.set(word, ENOSPC);
        run_on_disk("restore", &[]);
        assert_eq!(ids(&place.url).len(), 20_002);
    }

    // A disk that becomes full.
    let Some(mount) = Mount::new("1m") else {
        return;
    };
    let small = mount.path().join("backup");
    let failed = backup(&place.url, &small, &[]);
    let error = String::from_utf8(failed.stderr).unwrap();
    assert!(
        !failed.status.success() && error.contains("full"),
        "{error}"
    );
    assert_eq!(files(mount.path()), [""; 0]);
    let other = mount.database_url();
    Server::on(&other).first_key(ALICE);
    let failed = restore(&other, &file, &[]);
    let error = String::from_utf8(failed.stderr).unwrap();
    assert!(
        !failed.status.success() && error.contains("No space left"),
        "{error}"
    );
    assert_eq!(ids(&other).len(), 1);
}
