//! What is acknowledged holds: beside another process, and through kill -9.

use std::collections::BTreeMap;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use serde_json::{Value, json};

use crate::support::{ALICE, BOB, Call, Place, Server, method, run};

#[test]
fn a_second_server_on_the_same_file_is_refused_and_a_killed_one_leaves_nothing() {
    let Place { url, dir: _dir } = Place::sqlite();
    let first = Server::on(&url);
    let key = first.first_key(ALICE);
    let second = run(
        &["serve", "--listen", "127.0.0.1:0", "--database-url", &url],
        &[],
    );
    assert!(!second.status.success());
    let told = String::from_utf8(second.stderr).unwrap();
    assert!(
        told.contains("another server uses sqlite:") && told.contains("one file has one server"),
        "{told}"
    );
    assert!(first.accepts(&key), "the first one goes on");
    assert!(first.signal("KILL"));
    drop(first);
    let third = Server::on(&url);
    assert!(third.accepts(&key));
}

#[test]
fn what_the_command_line_changes_holds_in_the_running_server_when_it_returns() {
    let server = Server::start();
    for _ in 0..20 {
        let secret = server.first_key(ALICE);
        assert!(server.accepts(&secret));
        let list = server.command(&["key", "list", "--did", ALICE, "--json"]);
        let list: Value = serde_json::from_slice(&list.stdout).unwrap();
        let id = list["keys"][0]["id"].as_str().unwrap();
        // Over the socket, what the server knows is shown, written or not.
        let is_asked = server.database_url.starts_with("sqlite:");
        assert!(list["keys"][0]["lastUsedAt"].is_string() || !is_asked);
        // Of another account, it is unknown.
        let other = server.command(&["key", "revoke", "--did", BOB, id, "--json"]);
        assert_eq!(
            String::from_utf8_lossy(&other.stdout).trim(),
            r#"{"revoked":false}"#
        );
        assert!(server.accepts(&secret));
        let done = server.command(&["key", "revoke", "--did", ALICE, id]);
        assert!(done.status.success(), "{done:?}");
        assert!(!server.accepts(&secret));
        assert!(
            server
                .command(&["key", "delete", "--did", ALICE, id])
                .status
                .success()
        );
    }
    let bad = server.command(&["key", "create", "--did", ALICE, "--name", " "]);
    assert!(!bad.status.success());
    let told = String::from_utf8(bad.stderr).unwrap();
    assert!(told.contains("input/name"), "{told}");
}

#[test]
fn nobody_reaches_the_operators_door_over_the_network() {
    let server = Server::on_sqlite();
    let list = server
        .get(&method("listApiKeys"))
        .header("x-cocore-account", ALICE);
    list.send().refused(401, "AuthRequired");
    let file = server.database_url.strip_prefix("sqlite:").unwrap();
    for ending in ["sock", "lock"] {
        use std::os::unix::fs::PermissionsExt;
        let metadata = std::fs::metadata(format!("{file}.{ending}")).unwrap();
        assert_eq!(metadata.permissions().mode() & 0o777, 0o600, "{ending}");
    }
}

/// What a client knows of a key.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Known {
    Live,
    /// Asked for, and no answer came: either is right.
    Either,
    Ended,
}

/// Sends and gives the answer, or nothing if the server died meanwhile.
fn attempt(call: Call) -> Option<(u16, Value)> {
    let answer = call.try_send().ok()?;
    let value = serde_json::from_slice(&answer.body).ok()?;
    Some((answer.status, value))
}

/// Where there is `sqlite3`.
fn assert_is_sound(file: &str) {
    let check = Command::new("sqlite3")
        .args([file, "PRAGMA integrity_check"])
        .output();
    if let Ok(check) = check {
        assert_eq!(String::from_utf8_lossy(&check.stdout).trim(), "ok");
    }
}

/// Attack 26: kill -9 amid creates, revokes and deletes.
#[test]
fn nothing_acknowledged_is_lost_by_a_kill() {
    let rounds: u32 = match std::env::var("COCORE_KILL_ROUNDS") {
        Ok(text) => text.parse().unwrap(),
        Err(_) => 5,
    };
    let place = Place::new();
    let url = &place.url;
    let mut server = Server::on(url);
    let master = server.first_key(ALICE);
    let known: Mutex<BTreeMap<String, (String, Known)>> = Mutex::default();
    let mut checked = String::new();
    for round in 0..rounds {
        let stop = AtomicBool::new(false);
        thread::scope(|scope| {
            for worker in 0..4 {
                let (server, known, stop, master) = (&server, &known, &stop, &master);
                scope.spawn(move || {
                    let mut number = 0;
                    while !stop.load(Ordering::Relaxed) {
                        number += 1;
                        let name = json!({ "name": format!("{round} {worker} {number}") });
                        let create = server.post(&method("createApiKey"), &name).key(master);
                        let Some((200, made)) = attempt(create) else {
                            return;
                        };
                        let id = made["key"]["id"].as_str().unwrap().to_owned();
                        let secret = made["secret"].as_str().unwrap().to_owned();
                        let note = |what| {
                            known
                                .lock()
                                .unwrap()
                                .insert(id.clone(), (secret.clone(), what))
                        };
                        note(Known::Live);
                        let how = match number % 3 {
                            0 => "revokeApiKey",
                            1 => "deleteApiKey",
                            _ => continue,
                        };
                        note(Known::Either);
                        let end = server.post(&method(how), &json!({ "id": id })).key(master);
                        match attempt(end) {
                            Some((200, _)) => note(Known::Ended),
                            _ => return,
                        };
                    }
                });
            }
            // Not a wait for anything: the more is under way, the better.
            while known.lock().unwrap().len() < 40 * (round as usize + 1) {
                thread::yield_now();
            }
            server.signal("KILL");
            stop.store(true, Ordering::Relaxed);
        });
        server = Server::on(url);
        if let Some(file) = place.file() {
            assert_is_sound(file);
        }
        // Those of this round; all of them in the end. Ids are in the order of their creation.
        let from = if round + 1 == rounds {
            String::new()
        } else {
            checked.clone()
        };
        for (id, (secret, what)) in known.lock().unwrap().range(from..) {
            let accepted = server.accepts(secret);
            match what {
                Known::Live => assert!(accepted, "round {round}: {id} was lost"),
                Known::Ended => assert!(!accepted, "round {round}: {id} came back"),
                Known::Either => {}
            }
        }
        let mut known = known.lock().unwrap();
        known.retain(|_, (_, what)| *what != Known::Either);
        checked = known.keys().last().cloned().unwrap_or_default();
    }
}
