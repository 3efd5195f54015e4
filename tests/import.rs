//! Importing the keys of the older service.

use std::process::Output;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::older_store::{OlderKey, OlderStore, contents};
use crate::support::postgres::Cluster;
use crate::support::skip::or_skip;
use crate::support::{ALICE, BOB, Place, Server, run};

pub fn import(database: &str, arguments: &[&str]) -> Output {
    let arguments = [&["import"], arguments].concat();
    run(&arguments, &[("COCORE_DATABASE_URL", database)])
}

/// The lines of a command that prints JSON.
pub fn lines(output: &Output) -> Vec<Value> {
    let printed = String::from_utf8_lossy(&output.stdout);
    let lines = printed.lines().map(serde_json::from_str);
    lines.map(Result::unwrap).collect()
}

/// What a database has: all keys, and all events.
pub fn everything(database: &str) -> (Vec<Value>, Vec<Value>) {
    let variables = [("COCORE_DATABASE_URL", database)];
    let read = |arguments: &[&str]| lines(&run(arguments, &variables));
    (
        read(&["key", "list", "--all", "--json"]),
        read(&["events", "--json"]),
    )
}

#[track_caller]
pub fn printed(output: &Output, status: i32) -> String {
    assert_eq!(output.status.code(), Some(status), "{output:?}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn every_good_key_works_unchanged() {
    let Some(mut store) = OlderStore::new() else {
        return;
    };
    let active = OlderKey::new(1, ALICE);
    let dated = OlderKey::new(2, BOB).with(|key| {
        key.expires_at = Some("2099-01-01T00:00:00+01:00".to_owned());
        key.last_used_at = Some("2025-06-01T00:00:00.000Z".to_owned());
    });
    let expired = OlderKey::new(3, ALICE)
        .with(|key| key.expires_at = Some("2025-02-01T00:00:00Z".to_owned()));
    let revoked = OlderKey::new(4, ALICE)
        .with(|key| key.revoked_at = Some("2025-03-01T00:00:00.000Z".to_owned()));
    store.insert([&active, &dated, &expired, &revoked]);
    // The file is in use, and what it has is in its log.
    let before = contents(&store.dir);
    assert!(before.iter().any(|(name, _)| name == "older.db-wal"));

    let place = Place::new();
    let server = Server::on(&place.url);
    let file = store.file();
    let output = import(&place.url, &["--from", &file]);
    let expected = format!("{file}: 4 imported, 0 existed, 0 not imported\n");
    assert_eq!(printed(&output, 0), expected);
    let progress = String::from_utf8(output.stderr).unwrap();
    assert!(progress.ends_with("keys: 4 of 4\n"), "{progress}");
    for (key, is_accepted) in [
        (&active, true),
        (&dated, true),
        (&expired, false),
        (&revoked, false),
    ] {
        assert_eq!(server.accepts(&key.secret), is_accepted, "{}", key.secret);
    }
    let listed = server.command(&["key", "list", "--json", "--did", BOB]);
    let listed: Value = serde_json::from_slice(&listed.stdout).unwrap();
    let mut listed = listed["keys"][0].clone();
    // It was used a moment ago. On PostgreSQL, servers write that once a minute.
    assert!(listed["lastUsedAt"].as_str().unwrap() >= "2025-06-01T00:00:00.000Z");
    listed.as_object_mut().unwrap().remove("lastUsedAt");
    let expected = json!({
        "id": dated.id, "did": BOB, "name": "key 2", "prefix": dated.secret[..15],
        "createdAt": "2025-01-02T03:04:05.678Z", "expiresAt": "2098-12-31T23:00:00.000Z",
    });
    assert_eq!(listed, expected);

    let (keys, events) = everything(&place.url);
    assert_eq!((keys.len(), events.len()), (4, 4));
    for event in &events {
        assert_eq!(
            (&event["kind"], &event["by"]),
            (&json!("created"), &json!("operator"))
        );
    }
    // The source was only read.
    let after = contents(&store.dir);
    let files = |all: &[(String, Vec<u8>)]| -> Vec<_> {
        let files = all.iter().filter(|(name, _)| !name.ends_with("-shm"));
        files.cloned().collect()
    };
    assert_eq!(files(&before), files(&after));
    assert_eq!(before.len(), after.len());

    let again = import(&place.url, &["--from", &file]);
    let expected = format!("{file}: 0 imported, 4 existed, 0 not imported\n");
    assert_eq!(printed(&again, 0), expected);
    assert_eq!(everything(&place.url), (keys, events));
    server.stop();
    let again = import(&place.url, &["--from", &file]);
    assert_eq!(printed(&again, 0), expected);
}

/// What was revoked in the older service since the first import is revoked here. What was revoked or deleted here stays
/// so.
#[test]
fn an_import_revokes_and_never_restores() {
    let Some(mut store) = OlderStore::new() else {
        return;
    };
    let keys = [1, 2, 3, 4].map(|number| OlderKey::new(number, ALICE));
    let [there, here, deleted, unusable] = &keys;
    let unusable = unusable
        .clone()
        .with(|key| key.id = Some("four".to_owned()));
    store.insert([there, here, deleted, &unusable]);
    let place = Place::new();
    let server = Server::on(&place.url);
    let file = store.file();
    let first = import(&place.url, &["--from", &file]);
    assert!(printed(&first, 0).contains("4 imported (1 with a change)"));
    let end = |how: &str, id: &str| {
        let output = server.command(&["key", how, "--did", ALICE, id]);
        assert!(output.status.success(), "{output:?}");
    };
    end("revoke", here.id.as_deref().unwrap());
    end("delete", deleted.id.as_deref().unwrap());
    let (listed, _) = everything(&place.url);
    let renamed = listed.iter().find(|key| key["name"] == "key 4").unwrap();
    end("delete", renamed["id"].as_str().unwrap());
    store.sqlite.execute(
        "UPDATE api_keys SET revoked_at = '2025-04-01T00:00:00.000Z' WHERE name = 'key 1';",
    );
    let expected = ", 1 existed, 1 revoked, 2 deleted here before, 0 not imported\n";
    let dry = printed(&import(&place.url, &["--dry-run", "--from", &file]), 0);
    assert!(dry.ends_with(expected), "{dry}");
    assert!(server.accepts(&there.secret));
    let second = printed(&import(&place.url, &["--from", &file]), 0);
    assert!(second.ends_with(expected), "{second}");
    assert!(
        second.contains("the key was here before, and was deleted since"),
        "{second}"
    );
    for key in &keys {
        assert!(!server.accepts(&key.secret));
    }
    let kinds = || -> Vec<_> {
        let (_, events) = everything(&place.url);
        let kinds = events
            .iter()
            .map(|event| event["kind"].as_str().unwrap().to_owned());
        kinds.collect()
    };
    let expected = [
        "revoked", "deleted", "deleted", "revoked", "created", "created",
    ];
    assert_eq!(kinds(), expected);
    import(&place.url, &["--from", &file]);
    assert_eq!(kinds(), expected);
}

/// The older service has two stores, which may share keys. Their tables may have other names and more columns.
#[test]
fn two_stores_are_imported_one_after_the_other() {
    let odd = "the \"keys\" of 'all'; --";
    let (Some(one), Some(two)) = (OlderStore::without_table(), OlderStore::without_table()) else {
        return;
    };
    let (mut one, mut two) = (one.with_table("console_keys"), two.with_table(odd));
    two.sqlite
        .execute("CREATE TABLE other (id TEXT, did TEXT, name TEXT, hash TEXT);");
    two.sqlite.execute(&format!(
        "ALTER TABLE \"{}\" ADD COLUMN kind TEXT;",
        odd.replace('"', "\"\"")
    ));
    let [first, both, second, revoked] = [1, 2, 3, 4].map(|number| OlderKey::new(number, ALICE));
    let ended = revoked
        .clone()
        .with(|key| key.revoked_at = Some("2025-04-01T00:00:00Z".to_owned()));
    one.insert_into("console_keys", [&first, &both, &revoked]);
    two.insert_into(odd, [&both, &second, &ended]);
    let (one, two) = (one.close(), two.close());
    let before = [one.contents(), two.contents()];
    let place = Place::new();
    let (from, and) = (one.file(), two.file());
    for dry in [&["--dry-run"][..], &[]] {
        let output = import(
            &place.url,
            &[dry, &["--from", &from, "--from", &and]].concat(),
        );
        let printed = printed(&output, 0);
        let found: Vec<_> = printed.lines().collect();
        assert_eq!(found.len(), 3, "{printed}");
        assert!(
            found[0].ends_with(": 3 imported, 0 existed, 0 not imported"),
            "{printed}"
        );
        assert!(
            found[1].contains("and is revoked now as it is in this row"),
            "{printed}"
        );
        assert!(
            found[2].ends_with(": 1 imported, 1 existed, 1 revoked, 0 not imported"),
            "{printed}"
        );
    }
    // A file that no process has open gets neither a log nor an index.
    assert_eq!([one.contents(), two.contents()], before);
    let server = Server::on(&place.url);
    for key in [&first, &both, &second] {
        assert!(server.accepts(&key.secret));
    }
    assert!(!server.accepts(&revoked.secret));
}

/// What is only in the log of a copied file counts: a revocation must not be missed.
#[test]
fn a_copied_log_is_read() {
    let (Some(mut store), copy) = (OlderStore::new(), TempDir::new().unwrap()) else {
        return;
    };
    let key = OlderKey::new(1, ALICE);
    store.insert([&key]);
    store
        .sqlite
        .query("PRAGMA wal_checkpoint(TRUNCATE);", "0|0|0");
    let revoke = "UPDATE api_keys SET revoked_at = '2025-04-01T00:00:00Z';";
    store.sqlite.execute(revoke);
    for end in ["", "-wal"] {
        let name = format!("older.db{end}");
        std::fs::copy(store.dir.path().join(&name), copy.path().join(&name)).unwrap();
    }
    let place = Place::new();
    let file = copy.path().join("older.db");
    let output = import(&place.url, &["--from", file.to_str().unwrap()]);
    assert!(printed(&output, 0).contains(": 1 imported, "));
    let (keys, _) = everything(&place.url);
    assert_eq!(keys[0]["revokedAt"], "2025-04-01T00:00:00.000Z");
}

#[test]
fn a_dry_run_changes_nothing() {
    let Some(mut store) = OlderStore::new() else {
        return;
    };
    store.insert([&OlderKey::new(1, ALICE)]);
    let (file, place) = (store.file(), Place::sqlite());
    let dry = || {
        let output = import(&place.url, &["--dry-run", "--from", &file]);
        let expected = format!("{file}, dry run: 1 imported, 0 existed, 0 not imported\n");
        assert_eq!(printed(&output, 0), expected);
    };
    dry();
    assert_eq!(contents(&place.dir), []);
    assert!(
        run(&["migrate", "--database-url", &place.url], &[])
            .status
            .success()
    );
    dry();
    assert_eq!(everything(&place.url), (vec![], vec![]));
    let server = Server::on(&place.url);
    dry();
    assert!(!server.accepts(&OlderKey::new(1, ALICE).secret));
}

/// More than a batch, and more than an account may have.
#[test]
fn no_quota_applies() {
    let Some(mut store) = OlderStore::new() else {
        return;
    };
    let key = OlderKey::new(1, ALICE);
    store.insert([&key]);
    store.sqlite.execute(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1200)
        INSERT INTO api_keys SELECT printf('11111111-0000-4000-8000-%012x', i), 'did:web:alice.example', 'key ' || i,
            'cocore-AAAAAAAA', printf('%064x', i), '2025-01-02T03:04:05.678Z', NULL, NULL, NULL FROM n;",
    );
    let place = Place::new();
    let server = Server::on_with(&place.url, &["--max-active-keys", "3", "--max-keys", "5"]);
    let output = import(&place.url, &["--from", &store.file()]);
    assert!(printed(&output, 0).contains(": 1201 imported, "));
    assert!(server.accepts(&key.secret));
    let refused = server.try_create(&key.secret, "one more");
    assert_eq!(refused.value()["error"], "KeyQuotaExceeded");
    assert_eq!(server.list(&key.secret).len(), 1201);
}

/// On PostgreSQL, all servers accept the keys when the command returns, and reject what it has revoked.
#[test]
fn every_server_knows_the_keys_when_the_command_returns() {
    let (Some(cluster), Some(mut store)) = (or_skip(Cluster::shared()), OlderStore::new()) else {
        return;
    };
    let url = cluster.database();
    let servers = [Server::on(&url), Server::on(&url)];
    for number in 1..=20 {
        let key = OlderKey::new(number, ALICE);
        store.insert([&key]);
        assert!(printed(&import(&url, &["--from", &store.file()]), 0).contains(": 1 imported, "));
        assert!(
            servers.iter().all(|server| server.accepts(&key.secret)),
            "{number}"
        );
        let revoke = "UPDATE api_keys SET revoked_at = '2025-04-01T00:00:00Z';";
        store.sqlite.execute(revoke);
        assert!(printed(&import(&url, &["--from", &store.file()]), 0).contains(", 1 revoked, "));
        assert!(
            !servers.iter().any(|server| server.accepts(&key.secret)),
            "{number}"
        );
    }
}
