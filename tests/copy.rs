//! Copying a database into another one.

use std::process::Output;
use std::thread;

use serde_json::json;

use crate::support::{ALICE, BOB, Place, Server, run};

fn copy(from: &str, to: &str) -> Output {
    run(&["copy", "--from", from, "--to", to], &[])
}

/// There and back: from SQLite to the database that this build is tested on, and into another file.
#[test]
fn a_copy_there_and_back_is_complete() {
    let (first, second, third) = (Place::sqlite(), Place::new(), Place::sqlite());
    let server = Server::on(&first.url);
    let key = server.first_key(ALICE);
    let other = server.first_key(BOB);
    let revoked = server.create_key(&key, &json!({ "name": "revoked" }));
    thread::scope(|scope| {
        for worker in 0..10 {
            let (server, key) = (&server, &key);
            scope.spawn(move || {
                for number in 0..150 {
                    let name = format!("key {worker} {number}");
                    let more = json!({ "name": name, "expiresAt": "2099-01-01T00:00:00Z" });
                    server.create_key(key, &more);
                }
            });
        }
    });
    let id = revoked["key"]["id"].as_str().unwrap();
    server.end("revokeApiKey", &key, id).expect(200);
    let running = copy(&first.url, &second.url);
    let printed = String::from_utf8(running.stderr).unwrap();
    assert!(printed.contains("stop it first"), "{printed}");
    server.stop();

    for (from, to) in [(&first, &second), (&second, &third)] {
        let copied = copy(&from.url, &to.url);
        assert!(copied.status.success(), "{copied:?}");
        let printed = String::from_utf8(copied.stdout).unwrap();
        assert!(
            printed.starts_with("copied 1503 keys, 1501 lineages, 1504 events, "),
            "{printed}"
        );
        let progress = String::from_utf8(copied.stderr).unwrap();
        assert!(progress.contains("keys: 1503 of 1503"), "{progress}");
        let again = copy(&from.url, &to.url);
        let printed = String::from_utf8(again.stderr).unwrap();
        assert!(
            printed.contains("the target has 1503 keys already"),
            "{printed}"
        );
    }
    let (before, after) = (Server::on(&first.url), Server::on(&third.url));
    assert_eq!(before.list(&other).len(), 1);
    for account in [&key, &other] {
        let mut lists = [before.list(account), after.list(account)];
        // The key that authenticates the request was used meanwhile.
        for entry in lists.iter_mut().flatten() {
            entry.as_object_mut().unwrap().remove("lastUsedAt");
        }
        let [before, after] = lists;
        assert_eq!(before, after);
    }
    assert!(!after.accepts(revoked["secret"].as_str().unwrap()));
}

#[test]
fn a_failed_copy_is_one_line() {
    let place = Place::sqlite();
    let missing = format!("{}-missing", place.url);
    // The database of another program is not changed.
    let foreign = Place::sqlite();
    std::fs::write(foreign.file().unwrap(), "").unwrap();
    for (from, to, expected) in [
        (&missing[..], &place.url[..], "there is no such file"),
        (&foreign.url, &place.url, "has no keys of this version"),
        (
            "nonsense",
            &place.url,
            "--from (COCORE_COPY_FROM): expected sqlite:FILE",
        ),
        (
            &place.url,
            "nonsense",
            "--to (COCORE_COPY_TO): expected sqlite:FILE",
        ),
        (
            &place.url,
            &place.url,
            "--to (COCORE_COPY_TO): expected another database",
        ),
    ] {
        let output = copy(from, to);
        let printed = String::from_utf8(output.stderr).unwrap();
        assert!(
            !output.status.success() && printed.contains(expected),
            "{printed}"
        );
        assert_eq!(printed.lines().count(), 1, "{printed}");
    }
}

/// Servers that run on the target accept the copied keys when the command returns.
#[test]
fn a_running_server_on_the_target_accepts_the_copied_keys() {
    let (from, to) = (Place::sqlite(), Place::new());
    if to.file().is_some() {
        return;
    }
    let old = Server::on(&from.url);
    let key = old.first_key(ALICE);
    old.stop();
    let new = Server::on(&to.url);
    assert!(!new.accepts(&key));
    assert!(copy(&from.url, &to.url).status.success());
    assert!(new.accepts(&key));
    let back = Place::sqlite();
    let refused = copy(&to.url, &back.url);
    let printed = String::from_utf8(refused.stderr).unwrap();
    assert!(
        printed.contains("servers run on the source: stop them first"),
        "{printed}"
    );
}
