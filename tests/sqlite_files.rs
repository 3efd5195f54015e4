//! The files of an SQLite database, and what other processes do to them. The rows are those of the list of
//! attacks.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::process::{Command, Output};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::mount::Mount;
use crate::support::skip::skip;
use crate::support::{ALICE, Place, Server, method, program_after, run, wait_until};

fn printed(output: &Output) -> String {
    let streams = [&output.stdout[..], &output.stderr[..]].concat();
    String::from_utf8(streams).unwrap()
}

fn second_server(url: &str) -> Output {
    let serve = ["serve", "--listen", "127.0.0.1:0", "--database-url", url];
    run(&serve, &[])
}

/// Revokes the only key that is called so, by the command line.
fn revoke(server: &Server, key: &str) -> Output {
    let keys = server.list(key);
    let id = keys[0]["id"].as_str().unwrap();
    server.command(&["key", "revoke", "--did", ALICE, id])
}

/// Row 47 of the list of attacks: everything removed but the database itself.
#[test]
fn no_file_can_be_removed_to_get_around_the_lock() {
    let place = Place::sqlite();
    let server = Server::on(&place.url);
    let key = server.first_key(ALICE);
    for entry in fs::read_dir(place.dir.path()).unwrap() {
        let path = entry.unwrap().path();
        if !path.to_str().unwrap().contains("keys.sqlite-") && path != *place.file().unwrap() {
            fs::remove_file(path).unwrap();
        }
    }
    let second = second_server(&place.url);
    assert!(!second.status.success());
    let text = printed(&second);
    assert!(text.contains("another server uses sqlite:"), "{text}");
    let revoked = revoke(&server, &key);
    assert_eq!(printed(&revoked), "revoked\n");
    assert!(!server.accepts(&key));
}

/// Row 47 of the list of attacks: a second name of the same file.
#[test]
fn a_hard_link_is_no_reason_to_stop() {
    let place = Place::sqlite();
    let server = Server::on(&place.url);
    let key = server.first_key(ALICE);
    let link = format!("{}.link", place.file().unwrap());
    fs::hard_link(place.file().unwrap(), &link).unwrap();
    server.try_create(&key, "n").expect(200);
    let second = second_server(&format!("sqlite:{link}"));
    assert!(!second.status.success());
    let text = printed(&second);
    assert!(text.contains("another server uses sqlite:"), "{text}");
    server.stop();
    let server = Server::on(&place.url);
    assert_eq!(server.list(&key).len(), 2);
}

/// Row 47 of the list of attacks: neither a server nor a command uses the new file beside the server.
#[test]
fn a_replaced_database_has_no_second_owner() {
    let place = Place::sqlite();
    let server = Server::on(&place.url);
    let key = server.first_key(ALICE);
    let revoked_key = server.first_key(ALICE);
    let moved = format!("{}.moved", place.file().unwrap());
    let list = server.list(&key);
    let id = list[0]["id"].as_str().unwrap();
    fs::rename(place.file().unwrap(), &moved).unwrap();
    fs::copy(&moved, place.file().unwrap()).unwrap();
    server.try_create(&key, "n").expect_unavailable();
    let revoked = server.command(&["key", "revoke", "--did", ALICE, id]);
    assert!(!revoked.status.success(), "{revoked:?}");
    let second = second_server(&place.url);
    assert!(!second.status.success());
    let text = printed(&second);
    assert!(text.contains("another server runs on"), "{text}");
    assert!(server.accepts(&key) && server.accepts(&revoked_key));
    // Once the file is back, the server goes on.
    fs::rename(&moved, place.file().unwrap()).unwrap();
    server.try_create(&key, "n").expect(200);
    server.stop();
    let server = Server::on(&place.url);
    assert_eq!(server.list(&key).len(), 3);
}

/// Row 48 of the list of attacks: root's commands beside a service user, before its server runs for the first
/// time, while it runs and after it has stopped.
#[test]
fn commands_of_root_leave_no_file_that_the_server_cannot_use() {
    const NOBODY: u32 = 65534;
    let place = Place::sqlite();
    let dir = place.dir.path().join("data");
    fs::create_dir(&dir).unwrap();
    if chown(&dir, Some(NOBODY), Some(NOBODY)).is_err() {
        return skip("only root can act as another user").unwrap_or_default();
    }
    fs::set_permissions(place.dir.path(), Permissions::from_mode(0o755)).unwrap();
    let url = format!("sqlite:{}/keys.sqlite", dir.display());
    let command = || {
        let create = ["key", "create", "--did", ALICE, "--name", "n"];
        let output = run(&create, &[("COCORE_DATABASE_URL", &url)]);
        assert!(output.status.success(), "{output:?}");
        for entry in fs::read_dir(&dir).unwrap() {
            let entry = entry.unwrap();
            let owner = entry.metadata().unwrap().uid();
            assert_eq!(owner, NOBODY, "{entry:?}");
        }
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    let as_nobody = "exec setpriv --reuid=65534 --regid=65534 --clear-groups \"$0\" \"$@\"";
    let key = command();
    for _ in 0..2 {
        let server = Server::spawn(program_after(as_nobody), &url, &[]);
        server.try_create(&key, "n").expect(200);
        assert!(server.accepts(&command()));
        server.try_create(&key, "n").expect(200);
        server.stop();
        command();
    }
}

#[test]
fn a_database_that_other_users_can_access_is_reported() {
    let place = Place::sqlite();
    Server::on(&place.url).stop();
    let report = "other users can access the database";
    for (mode, is_reported) in [(0o666, true), (0o640, true), (0o600, false)] {
        fs::set_permissions(place.file().unwrap(), Permissions::from_mode(mode)).unwrap();
        let text = Server::on(&place.url).stop();
        let line = text.lines().find(|line| line.contains(report));
        assert_eq!(line.is_some(), is_reported, "{text}");
        let is_named = |line: &str| {
            line.contains(place.file().unwrap()) && line.contains(&format!("mode={mode:04o}"))
        };
        assert!(line.is_none_or(is_named), "{line:?}");
    }
}

#[test]
fn a_server_starts_before_its_database_can_be_reached() {
    let place = Place::sqlite();
    let dir = place.dir.path().join("later");
    let server = Server::on(&format!("sqlite:{}/keys.sqlite", dir.display()));
    let health = || server.get("/xrpc/_health").send().status;
    assert_eq!(health(), 503);
    fs::create_dir(&dir).unwrap();
    let created = Instant::now();
    while health() != 200 {
        assert!(created.elapsed() < Duration::from_secs(60));
        thread::sleep(Duration::from_millis(10));
    }
    assert!(server.accepts(&server.first_key(ALICE)));
}

/// Row 47 of the list of attacks: a change that is acknowledged after the log was removed is not in the removed
/// log alone, and neither are those before.
#[test]
fn nothing_acknowledged_is_lost_with_a_removed_log() {
    for suffixes in [&["-wal"][..], &["-shm"], &["-wal", "-shm"]] {
        let place = Place::sqlite();
        let server = Server::on(&place.url);
        let key = server.first_key(ALICE);
        let mut secrets = Vec::new();
        let mut acknowledged = |server: &Server| {
            let answer = server.try_create(&key, "n");
            if answer.status == 200 {
                let body: Value = serde_json::from_slice(&answer.body).unwrap();
                secrets.push(body["secret"].as_str().unwrap().to_owned());
            }
            answer.status == 200
        };
        for _ in 0..3 {
            assert!(acknowledged(&server));
            assert_eq!(server.list(&key)[0]["name"], "n");
            for suffix in suffixes {
                fs::remove_file(format!("{}{suffix}", place.file().unwrap())).unwrap();
            }
            wait_until("no write is acknowledged", || acknowledged(&server));
        }
        assert!(server.signal("KILL"));
        drop(server);
        let server = Server::on(&place.url);
        assert_eq!(server.list(&key).len(), secrets.len() + 1, "{suffixes:?}");
        assert!(secrets.iter().all(|secret| server.accepts(secret)));
    }
}

/// Row 47 of the list of attacks: the log is created again without a write.
#[test]
fn a_removed_log_is_noticed_while_nothing_is_written() {
    let place = Place::sqlite();
    let server = Server::on(&place.url);
    let key = server.first_key(ALICE);
    let log = format!("{}-wal", place.file().unwrap());
    fs::remove_file(&log).unwrap();
    let list = || server.get(&method("listApiKeys")).key(&key).send();
    wait_until("the log is not made again", || {
        list().status == 200 && fs::exists(&log).unwrap()
    });
    assert!(server.signal("KILL"));
    drop(server);
    assert!(Server::on(&place.url).accepts(&key));
}

/// Row 51 of the list of attacks: while nothing is written, the database is complete without its log.
#[test]
fn the_log_is_emptied_while_nothing_is_written() {
    let (place, copy) = (Place::sqlite(), Place::sqlite());
    let server = Server::on(&place.url);
    let key = server.first_key(ALICE);
    for _ in 0..10 {
        server.try_create(&key, "n").expect(200);
    }
    let log = format!("{}-wal", place.file().unwrap());
    wait_until("the log is not emptied", || {
        fs::metadata(&log).unwrap().len() == 0
    });
    fs::copy(place.file().unwrap(), copy.file().unwrap()).unwrap();
    assert_eq!(Server::on(&copy.url).list(&key).len(), 11);
    server.try_create(&key, "n").expect(200);
}

/// Rows 28 and 51 of the list of attacks: what frees space helps at once.
#[test]
fn a_full_file_system_is_recovered_from() {
    let Some(mount) = Mount::new("1m") else {
        return;
    };
    let server = Server::on(&mount.database_url());
    let key = server.first_key(ALICE);
    let filler = mount.path().join("filler");
    for _ in 0..3 {
        // As much as there is room for.
        let _ = fs::write(&filler, vec![1; 1 << 20]);
        wait_until("the disk is not full", || {
            server.try_create(&key, "n").status == 503
        });
        server.try_create(&key, "n").expect_unavailable();
        assert!(server.accepts(&key));
        fs::remove_file(&filler).unwrap();
        server.try_create(&key, "n").expect(200);
    }
    let printed = server.stop();
    assert!(!printed.contains("until the server is restarted"));
}

/// Rows 28 and 50 of the list of attacks: a server that starts on a read-only file system writes once it can.
#[test]
fn a_server_that_starts_on_a_read_only_file_system_recovers() {
    let Some(mount) = Mount::new("1m") else {
        return;
    };
    let server = Server::on(&mount.database_url());
    let key = server.first_key(ALICE);
    server.stop();
    assert!(mount.remount("ro"));
    let server = Server::on(&mount.database_url());
    server.try_create(&key, "n").expect_unavailable();
    assert!(mount.remount("rw"));
    wait_until("the server does not recover", || {
        server.try_create(&key, "n").status == 200
    });
    assert!(server.accepts(&server.first_key(ALICE)));
}

/// Row 33 of the list of attacks.
#[test]
fn an_older_program_refuses_a_newer_schema() {
    let place = Place::sqlite();
    Server::on(&place.url).stop();
    let newer = "INSERT INTO __diesel_schema_migrations (version) VALUES ('99990101000000')";
    let changed = Command::new("sqlite3")
        .args([place.file().unwrap(), newer])
        .status();
    if !changed.is_ok_and(|status| status.success()) {
        return skip("there is no sqlite3 here").unwrap_or_default();
    }
    let list = ["key", "list", "--all", "--database-url", &place.url];
    for output in [second_server(&place.url), run(&list, &[])] {
        let text = printed(&output);
        assert!(!output.status.success(), "{text}");
        let expected = "the database has a schema of a newer version of this program";
        assert!(text.contains(expected), "{text}");
        assert!(text.contains("99990101000000"), "{text}");
    }
}
