//! The program of the version before keys had scopes, beside this one and on its databases: it must not take a key
//! with scopes for one that may do everything, and it does not know what this version has revoked.

use std::process::{Command, Output};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::postgres::Cluster;
use crate::support::skip::{leave_out, or_skip};
use crate::support::{
    ALICE, Connection, ENCRYPTION_KEY, Place, Server, id_and_secret, method, program_at, run,
    wait_until,
};

/// For how long a server may answer from memory after it has last heard of its database, and some time for a busy
/// machine.
const LEASE: Duration = Duration::from_secs(5);
/// How long the previous version is watched once this one has answered.
const WATCHED: Duration = Duration::from_secs(4);

/// The previous version's program, where it was built.
fn previous() -> Option<Command> {
    match std::env::var("COCORE_PREVIOUS_SERVER") {
        Ok(path) => Some(program_at(&path)),
        Err(_) => leave_out("COCORE_PREVIOUS_SERVER does not name the previous version's program"),
    }
}

/// Runs a command of the previous version.
fn run_previous(database_url: &str, arguments: &[&str]) -> Option<Output> {
    let mut command = previous()?;
    command
        .args(arguments)
        .env("COCORE_DATABASE_URL", database_url)
        .env("COCORE_ENCRYPTION_KEY", ENCRYPTION_KEY)
        .env("COCORE_LISTEN", "127.0.0.1:0");
    Some(command.output().unwrap())
}

fn create_key(database_url: &str, name: &str) -> Option<String> {
    let arguments = ["key", "create", "--did", ALICE, "--name", name];
    let created = run_previous(database_url, &arguments)?;
    assert!(created.status.success(), "{created:?}");
    Some(String::from_utf8(created.stdout).unwrap().trim().to_owned())
}

/// The answers to a key, one after the other, until the test ends.
fn watch(server: &Server, key: &str, is_over: &AtomicBool) -> Vec<(Instant, u16)> {
    let (mut answers, mut connection) = (Vec::new(), Connection::default());
    while !is_over.load(Ordering::Relaxed) {
        let sent = Instant::now();
        let call = server.get("/auth/verify").key(key);
        answers.push((sent, connection.send(&call).unwrap().status));
    }
    answers
}

/// Row 33 of the list of attacks.
#[test]
fn a_running_server_of_the_previous_version_answers_503_after_the_upgrade() {
    let Some(program) = previous() else {
        return;
    };
    let Some(cluster) = or_skip(Cluster::shared()) else {
        return;
    };
    let url = cluster.database();
    let old = Server::spawn(program, &url, &[]);
    let (kept, revoked) = (
        create_key(&url, "kept").unwrap(),
        create_key(&url, "revoked").unwrap(),
    );
    let id = old.list(&revoked);
    let id = id.iter().find(|key| key["name"] == "revoked").unwrap()["id"].clone();
    assert!(old.accepts(&kept) && old.accepts(&revoked));

    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        let watch = |key: &str| {
            let (old, is_over, key) = (&old, &is_over, key.to_owned());
            scope.spawn(move || watch(old, &key, is_over))
        };
        let of_kept = watch(&kept);
        let of_revoked = watch(&revoked);
        let new = Server::on(&url);
        let upgraded = Instant::now();
        assert!(new.accepts(&kept));
        // What the previous version would take for a key that may do everything.
        let scoped =
            json!({ "name": "scoped", "scopes": [new.scope_of("dev.cocore.apikey.whoAmI")] });
        let scoped = new.call_key_method("createKey", &kept, &scoped);
        let (_, scoped) = id_and_secret(&scoped.expect(200));
        let of_scoped = watch(&scoped);
        let ended = new.end("revokeApiKey", &kept, id.as_str().unwrap());
        let answered = Instant::now();
        assert_eq!(ended.expect(200)["revoked"], true);
        thread::sleep(WATCHED);
        wait_until("the previous version does not answer 503", || {
            old.get("/auth/verify").key(&kept).send().status == 503
        });
        // Nothing of an earlier answer comes back, and it does not call an unknown key unknown.
        let unknown = format!("cocore-{}", "A".repeat(43));
        for key in [&kept, &revoked, &scoped, &unknown] {
            assert_eq!(old.get("/auth/verify").key(key).send().status, 503);
        }
        assert_eq!(old.get("/readyz").send().status, 503);
        let list = old.get(&method("listApiKeys")).key(&kept).send();
        assert_eq!(list.status, 503);
        is_over.store(true, Ordering::Relaxed);

        let of_kept = of_kept.join().unwrap();
        let refused = of_kept
            .iter()
            .position(|(_, status)| *status == 503)
            .unwrap();
        let (before, after) = of_kept.split_at(refused);
        assert!(!before.is_empty() && before.iter().all(|(_, status)| *status == 200));
        assert!(after.iter().all(|(_, status)| *status == 503));
        let taken = after[0].0.saturating_duration_since(upgraded);
        assert!(taken < LEASE, "503 only after {taken:?}");
        for (at, status) in of_revoked.join().unwrap() {
            assert!(
                at < answered || status != 200,
                "accepted after its revocation"
            );
        }
        for (_, status) in of_scoped.join().unwrap() {
            assert_ne!(status, 200, "a key with scopes is accepted");
        }
        assert!(new.accepts(&kept) && new.accepts(&scoped) && !new.accepts(&revoked));
    });
}

/// Row 33 of the list of attacks.
#[test]
fn the_previous_version_does_not_start_on_a_database_of_this_one() {
    for place in [Place::sqlite(), Place::new()] {
        let Some(key) = create_key(&place.url, "first") else {
            return;
        };
        let server = Server::on(&place.url);
        assert!(server.accepts(&key));
        server.stop();
        for arguments in [
            &["serve"][..],
            &["migrate"],
            &["key", "create", "--did", ALICE, "--name", "another"],
        ] {
            let refused = run_previous(&place.url, arguments).unwrap();
            assert!(!refused.status.success(), "{arguments:?}: {refused:?}");
            let printed = String::from_utf8(refused.stderr).unwrap();
            assert!(printed.contains("newer version"), "{printed}");
        }
        // It has changed nothing.
        let server = Server::on(&place.url);
        assert_eq!(server.list(&key).len(), 1);
    }
}

/// The way back across the schema is a restoration: of a backup that the previous version has made, by this one.
#[test]
fn a_backup_of_the_previous_version_leads_back_to_it() {
    let place = Place::sqlite();
    let Some(key) = create_key(&place.url, "first") else {
        return;
    };
    let file = place.dir.path().join("backup");
    let file = file.to_str().unwrap();
    let backup = run_previous(&place.url, &["backup", file]).unwrap();
    assert!(backup.status.success(), "{backup:?}");
    let server = Server::on(&place.url);
    let late = server.create_key(&key, &json!({ "name": "late" }));
    server.stop();
    let database = [("COCORE_DATABASE_URL", &place.url[..])];
    let restored = run(&["restore", file], &database);
    assert!(restored.status.success(), "{restored:?}");
    let old = Server::spawn(previous().unwrap(), &place.url, &[]);
    assert!(old.accepts(&key));
    assert!(!old.accepts(late["secret"].as_str().unwrap()));
}
