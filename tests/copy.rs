//! Moving everything from one database to another.

use std::process::Output;
use std::thread;

use serde_json::json;

use crate::support::{ALICE, BOB, Place, Server, run};

fn copy(from: &str, to: &str) -> Output {
    run(&["copy", "--from", from, "--to", to], &[])
}

/// There and back: from SQLite to what this build is tested on, and into another file.
#[test]
fn everything_is_there_after_a_copy_and_one_back() {
    let (first, second, third) = (Place::sqlite(), Place::new(), Place::sqlite());
    let server = Server::on(&first.url);
    let key = server.first_key(ALICE);
    let other = server.first_key(BOB);
    let revoked = server.mint(&key, &json!({ "name": "revoked" }));
    thread::scope(|scope| {
        for worker in 0..10 {
            let (server, key) = (&server, &key);
            scope.spawn(move || {
                for number in 0..150 {
                    let name = format!("key {worker} {number}");
                    let more = json!({ "name": name, "expiresAt": "2099-01-01T00:00:00Z" });
                    server.mint(key, &more);
                }
            });
        }
    });
    let id = revoked["key"]["id"].as_str().unwrap();
    server.end("revokeApiKey", &key, id).expect(200);
    let running = copy(&first.url, &second.url);
    let told = String::from_utf8(running.stderr).unwrap();
    assert!(told.contains("stop it first"), "{told}");
    server.stop();

    for (from, to) in [(&first, &second), (&second, &third)] {
        let copied = copy(&from.url, &to.url);
        assert!(copied.status.success(), "{copied:?}");
        let told = String::from_utf8(copied.stdout).unwrap();
        assert!(told.starts_with("copied 1503 keys, 0 sessions, "), "{told}");
        let progress = String::from_utf8(copied.stderr).unwrap();
        assert!(progress.contains("keys: 1503 of 1503"), "{progress}");
        let again = copy(&from.url, &to.url);
        let told = String::from_utf8(again.stderr).unwrap();
        assert!(told.contains("the target has 1503 keys already"), "{told}");
    }
    let (before, after) = (Server::on(&first.url), Server::on(&third.url));
    assert_eq!(before.list(&other).len(), 1);
    for account in [&key, &other] {
        let mut lists = [before.list(account), after.list(account)];
        // The one that asks is used meanwhile.
        for entry in lists.iter_mut().flatten() {
            entry.as_object_mut().unwrap().remove("lastUsedAt");
        }
        let [before, after] = lists;
        assert_eq!(before, after);
    }
    assert!(!after.accepts(revoked["secret"].as_str().unwrap()));
}

#[test]
fn what_cannot_be_copied_is_one_line() {
    let place = Place::sqlite();
    let missing = format!("{}-missing", place.url);
    // Somebody else's database is left alone.
    let foreign = Place::sqlite();
    std::fs::write(foreign.file().unwrap(), "").unwrap();
    for (from, to, expected) in [
        (&missing[..], &place.url[..], "there is no such file"),
        (&foreign.url, &place.url, "has no keys of this version"),
        ("nonsense", &place.url, "--from: expected sqlite:FILE"),
        (&place.url, "nonsense", "--to: expected sqlite:FILE"),
        (&place.url, &place.url, "--to: expected another database"),
    ] {
        let output = copy(from, to);
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(
            !output.status.success() && told.contains(expected),
            "{told}"
        );
        assert_eq!(told.lines().count(), 1, "{told}");
    }
}

/// Servers that run on the target know of what was copied when the command returns.
#[cfg(feature = "postgres")]
#[test]
fn a_running_server_on_the_target_knows_of_what_was_copied() {
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
    let told = String::from_utf8(refused.stderr).unwrap();
    assert!(
        told.contains("servers run on the source: stop them first"),
        "{told}"
    );
}
