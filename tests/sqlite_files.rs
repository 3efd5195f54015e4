//! The files of an SQLite database, and what other processes do to them. The rows are those of the list of
//! attacks.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::process::Output;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::skip::skip;
use crate::support::{ALICE, Answer, Place, Server, method, program_after, run};

fn create(server: &Server, key: &str) -> Answer {
    let create = server.post(&method("createApiKey"), &json!({ "name": "n" }));
    create.key(key).send()
}

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
    create(&server, &key).expect(200);
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
    create(&server, &key).expect_unavailable();
    let revoked = server.command(&["key", "revoke", "--did", ALICE, id]);
    assert!(!revoked.status.success(), "{revoked:?}");
    let second = second_server(&place.url);
    assert!(!second.status.success());
    let text = printed(&second);
    assert!(text.contains("another server runs on"), "{text}");
    assert!(server.accepts(&key) && server.accepts(&revoked_key));
    // Once the file is back, the server goes on.
    fs::rename(&moved, place.file().unwrap()).unwrap();
    create(&server, &key).expect(200);
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
        create(&server, &key).expect(200);
        assert!(server.accepts(&command()));
        create(&server, &key).expect(200);
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
