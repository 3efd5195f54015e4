//! Durability: acknowledged changes survive other processes and kill -9.

use std::collections::BTreeMap;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::{ALICE, BOB, Call, Place, Server, method, run};

/// What a second server on the same database prints.
fn output_of_a_second_server(url: &str) -> String {
    let serve = ["serve", "--listen", "127.0.0.1:0", "--database-url", url];
    let second = run(&serve, &[]);
    assert!(!second.status.success());
    String::from_utf8(second.stderr).unwrap()
}

/// Row 34 of the list of attacks.
#[test]
fn a_second_server_on_the_same_file_does_not_start_and_a_killed_one_leaves_no_lock() {
    let Place { url, dir: _dir } = Place::sqlite();
    let first = Server::on(&url);
    let key = first.first_key(ALICE);
    let printed = output_of_a_second_server(&url);
    assert!(
        printed.contains("another server uses sqlite:")
            && printed.contains("one file has one server"),
        "{printed}"
    );
    assert!(first.accepts(&key), "the first one goes on");
    assert!(first.signal("KILL"));
    drop(first);
    let third = Server::on(&url);
    assert!(third.accepts(&key));
}

/// Row 34 of the list of attacks.
/// The lock belongs to the file, not to its path.
#[test]
fn a_link_does_not_bypass_the_lock() {
    let place = Place::sqlite();
    let first = Server::on(&place.url);
    let key = first.first_key(ALICE);
    let file = place.file().unwrap();
    let link = place.dir.path().join("link.sqlite");
    std::os::unix::fs::symlink(file, &link).unwrap();
    let url = format!("sqlite:{}", link.display());
    let printed = output_of_a_second_server(&url);
    assert!(printed.contains("another server uses"), "{printed}");
    // The command calls the running server.
    let list = ["key", "list", "--did", ALICE, "--database-url", &url];
    assert!(run(&list, &[]).status.success());
    assert!(first.accepts(&key));
}

/// After its server has stopped in order, the file alone is a complete backup.
#[test]
fn a_file_is_complete_when_its_server_has_stopped() {
    let place = Place::sqlite();
    let server = Server::on(&place.url);
    let (key, gone) = (server.first_key(ALICE), server.first_key(ALICE));
    let id = server.list(&gone)[0]["id"].as_str().unwrap().to_owned();
    server.end("revokeApiKey", &key, &id).expect(200);
    server.stop();
    let file = place.file().unwrap();
    assert!(!std::fs::exists(format!("{file}-wal")).unwrap());
    let backup = Place::sqlite();
    std::fs::copy(file, backup.file().unwrap()).unwrap();
    let server = Server::on(&backup.url);
    assert!(server.accepts(&key) && !server.accepts(&gone));
}

/// Row 34 of the list of attacks.
#[test]
fn a_change_by_the_command_line_is_effective_in_the_running_server_when_it_returns() {
    let server = Server::start();
    for _ in 0..20 {
        let secret = server.first_key(ALICE);
        assert!(server.accepts(&secret));
        let list = server.command(&["key", "list", "--did", ALICE, "--json"]);
        let list: Value = serde_json::from_slice(&list.stdout).unwrap();
        let id = list["keys"][0]["id"].as_str().unwrap();
        // Over the socket, uses that are not written yet are listed too.
        let is_asked = server.database_url.starts_with("sqlite:");
        assert!(list["keys"][0]["lastUsedAt"].is_string() || !is_asked);
        // For another account, the key is unknown.
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
    let printed = String::from_utf8(bad.stderr).unwrap();
    assert!(printed.contains("input/name"), "{printed}");
}

/// A stopped server does not block the command line.
#[test]
fn the_command_line_gives_up_on_a_stuck_server() {
    let server = Server::on_sqlite();
    server.first_key(ALICE);
    server.signal("STOP");
    let listed = server.command(&["key", "list", "--did", ALICE]);
    server.signal("CONT");
    let printed = String::from_utf8(listed.stderr).unwrap();
    assert!(!listed.status.success(), "{printed}");
    assert!(printed.contains("does not answer"), "{printed}");
}

#[test]
fn the_control_socket_is_not_reachable_over_the_network() {
    let server = Server::on_sqlite();
    let list = server
        .get(&method("listApiKeys"))
        .header("x-cocore-account", ALICE);
    list.send().expect_error(401, "AuthRequired");
    let file = server.database_url.strip_prefix("sqlite:").unwrap();
    use std::os::unix::fs::PermissionsExt;
    let metadata = std::fs::metadata(format!("{file}.sock")).unwrap();
    assert_eq!(metadata.permissions().mode() & 0o777, 0o600);
}

/// What a client knows about a key.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Known {
    Live,
    /// Requested, but not answered: both outcomes are correct.
    Either,
    Revoked,
}

/// The responses that clients got: secrets and their fate, by id. Ids are in the order of creation.
#[derive(Default)]
struct Ledger {
    known: Mutex<BTreeMap<String, (String, Known)>>,
}

impl Ledger {
    /// Creates, revokes and deletes keys from several threads, while `strike` interrupts them.
    fn round(&self, server: &Server, master: &str, strike: impl FnOnce()) {
        let stop = AtomicBool::new(false);
        let enough = self.known.lock().unwrap().len() + 40;
        thread::scope(|scope| {
            for worker in 0..4 {
                let stop = &stop;
                scope.spawn(move || {
                    let mut number = worker;
                    while !stop.load(Ordering::Relaxed) {
                        number += 1;
                        self.life(server, master, number);
                    }
                });
            }
            // Waits for no event: the more requests are under way, the better.
            while self.known.lock().unwrap().len() < enough {
                thread::yield_now();
            }
            strike();
            stop.store(true, Ordering::Relaxed);
        });
    }

    /// Creates a key, and revokes or deletes some of them.
    fn life(&self, server: &Server, master: &str, number: usize) -> Option<()> {
        let create = server.post(&method("createApiKey"), &json!({ "name": "n" }));
        let made = attempt(create.key(master))?;
        let id = made["key"]["id"].as_str()?.to_owned();
        let secret = made["secret"].as_str()?.to_owned();
        let note = |what| {
            let mut known = self.known.lock().unwrap();
            known.insert(id.clone(), (secret.clone(), what));
        };
        note(Known::Live);
        let how = match number % 3 {
            0 => "revokeApiKey",
            1 => "deleteApiKey",
            _ => return None,
        };
        note(Known::Either);
        let end = server.post(&method(how), &json!({ "id": id }));
        attempt(end.key(master))?;
        note(Known::Revoked);
        Some(())
    }

    /// Checks that every acknowledged change of the keys from an id on is in effect. Returns the last id.
    #[track_caller]
    fn check(&self, server: &Server, from: &str) -> String {
        let mut known = self.known.lock().unwrap();
        for (id, (secret, what)) in known.range(from.to_owned()..) {
            let accepted = server.accepts(secret);
            match what {
                Known::Live => assert!(accepted, "{id} was lost"),
                Known::Revoked => assert!(!accepted, "{id} came back"),
                Known::Either => {}
            }
        }
        known.retain(|_, (_, what)| *what != Known::Either);
        known.keys().last().cloned().unwrap_or_default()
    }
}

/// The body of a response with status 200.
fn attempt(call: Call) -> Option<Value> {
    let answer = call.try_send().ok()?;
    let value = serde_json::from_slice(&answer.body).ok()?;
    (answer.status == 200).then_some(value)
}

/// How often it strikes: 100 times where all is to be shown.
pub fn rounds() -> u32 {
    match std::env::var("COCORE_KILL_ROUNDS") {
        Ok(text) => text.parse().unwrap(),
        Err(_) => 5,
    }
}

/// Needs `sqlite3`.
fn assert_is_sound(file: &str) {
    let check = Command::new("sqlite3")
        .args([file, "PRAGMA integrity_check"])
        .output();
    if let Ok(check) = check {
        assert_eq!(String::from_utf8_lossy(&check.stdout).trim(), "ok");
    }
}

/// Row 26 of the list of attacks: kill -9 amid creates, revokes and deletes.
#[test]
fn nothing_acknowledged_is_lost_by_a_kill() {
    let place = Place::new();
    let mut server = Server::on(&place.url);
    let master = server.first_key(ALICE);
    let (ledger, mut checked) = (Ledger::default(), String::new());
    for _ in 0..rounds() {
        ledger.round(&server, &master, || assert!(server.signal("KILL")));
        server = Server::on(&place.url);
        if let Some(file) = place.file() {
            assert_is_sound(file);
        }
        checked = ledger.check(&server, &checked);
    }
    ledger.check(&server, "");
}

/// Row 32 of the list of attacks: SIGTERM amid creates, revokes and deletes.
#[test]
fn nothing_acknowledged_is_lost_by_an_orderly_stop() {
    let place = Place::new();
    let ledger = Ledger::default();
    for _ in 0..3 {
        let mut server = Server::on(&place.url);
        let (master, used) = (server.first_key(ALICE), server.first_key(BOB));
        ledger.round(&server, &master, || {
            // Its use is in memory when the signal comes.
            assert!(server.accepts(&used) && server.signal("TERM"));
        });
        let ended = server.wait(Duration::from_secs(30));
        assert!(ended.is_some_and(|ended| ended.success()), "{ended:?}");
        drop(server);
        let list = ["key", "list", "--did", BOB, "--json"];
        let list = run(&list, &[("COCORE_DATABASE_URL", &place.url)]);
        let list: Value = serde_json::from_slice(&list.stdout).unwrap();
        assert!(list["keys"][0]["lastUsedAt"].is_string(), "{list}");
        ledger.check(&Server::on(&place.url), "");
    }
}

/// Row 26 of the list of attacks, with PostgreSQL killed while the server keeps running.
#[test]
fn nothing_acknowledged_is_lost_when_the_database_is_killed() {
    use crate::support::postgres::{Cluster, name};
    use crate::support::skip::or_skip;
    let Some(cluster) = or_skip(Cluster::new(&[])) else {
        return;
    };
    let url = cluster.database();
    let server = Server::on(&url);
    let master = server.first_key(ALICE);
    let (ledger, mut checked) = (Ledger::default(), String::new());
    for _ in 0..rounds() {
        ledger.round(&server, &master, || cluster.kill());
        cluster.start();
        // It recovers by itself.
        let begun = Instant::now();
        let list = || server.get(&method("listApiKeys")).key(&master).send();
        while list().status != 200 {
            assert!(
                begun.elapsed() < Duration::from_secs(60),
                "the server does not recover"
            );
        }
        checked = ledger.check(&server, &checked);
    }
    ledger.check(&server, "");
    let checksums = cluster.query(
        name(&url),
        "SELECT count(*) FROM keys WHERE length(hash) <> 32",
    );
    assert_eq!(checksums, "0");
}
