//! What a probe finds out. Row 57 of the list of attacks.
#![allow(clippy::unwrap_used)]

mod common;

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use cocore_keys::Reason;
use cocore_store::Readiness;
use common::{ALICE, SqliteFile, TestDatabase, create, key, open};
use diesel::connection::SimpleConnection;

/// A probe for which keys are verified in memory.
const CURRENT: bool = true;

#[tokio::test]
async fn a_probe_of_a_database_that_works_leaves_nothing_behind() {
    for database in TestDatabase::all() {
        let store = database.open();
        let found = store.probe(CURRENT).await;
        let disk = found.disk;
        assert_eq!(disk.is_some(), !store.is_shared());
        let expected = Readiness {
            queries: Ok(()),
            changes: Ok(()),
            disk,
            schema: Ok(()),
        };
        assert_eq!(found, expected);
        // A token's first use is still the first, whatever a probe wrote.
        let is_first = store
            .token_seen_first([0; 32], chrono::DateTime::UNIX_EPOCH)
            .await;
        assert!(is_first.unwrap());
    }
}

#[tokio::test]
async fn a_missing_file_is_found_until_it_is_there() {
    let disk = SqliteFile::new();
    let dir = disk.dir.path().join("later");
    let store = open(&format!("sqlite:{}", dir.join("keys.sqlite").display()));
    let found = store.probe(!CURRENT).await;
    assert_eq!(found.queries, Err(Reason::Unreachable));
    assert_eq!(found.changes, Err(Reason::Unreachable));
    assert_eq!(found.disk, None);
    fs::create_dir(&dir).unwrap();
    let found = store.probe(!CURRENT).await;
    assert_eq!(found.queries, Ok(()));
    assert_eq!(found.changes, Ok(()));
}

/// The lock is one of the file itself, whatever process takes it.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_file_that_another_process_has_locked_is_not_used() {
    let disk = SqliteFile::new();
    fs::write(disk.file(), "").unwrap();
    let mut other = Command::new("flock")
        .args([&disk.file(), "-c", "echo locked; cat"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let output = other.stdout.as_mut().unwrap();
    BufReader::new(output).read_line(&mut line).unwrap();
    let store = disk.open();
    let found = store.probe(CURRENT).await;
    assert_eq!(found.queries, Err(Reason::NotOwned));
    assert_eq!(found.changes, Err(Reason::NotOwned));
    drop(other.stdin.take());
    other.wait().unwrap();
    let found = store.probe(CURRENT).await;
    assert_eq!((found.queries, found.changes), (Ok(()), Ok(())));
}

#[tokio::test]
async fn a_newer_schema_is_found_under_a_running_store_and_at_its_start() {
    for database in TestDatabase::all() {
        let store = database.open();
        store.probe(CURRENT).await;
        database.sql("INSERT INTO __diesel_schema_migrations (version) VALUES ('99990101000000')");
        let found = store.probe(CURRENT).await;
        assert_eq!(found.schema, Err(Reason::NewerSchema));
        assert_eq!(found.queries, Ok(()));
        let found = database.open().probe(!CURRENT).await;
        assert_eq!(found.schema, Err(Reason::NewerSchema));
        assert_eq!(found.queries, Err(Reason::NewerSchema));
        assert_eq!(found.changes, Err(Reason::NewerSchema));
    }
}

/// A change that failed counts until a write succeeds: the probe's own, if there is no other.
#[tokio::test]
async fn a_failed_change_is_found_until_a_write_succeeds() {
    let disk = SqliteFile::new();
    let store = disk.open();
    assert_eq!(store.probe(CURRENT).await.changes, Ok(()));
    let mut beside = disk.beside();
    beside.batch_execute("BEGIN IMMEDIATE").unwrap();
    let failed = create(&store, key(ALICE, "a", 0)).await.unwrap_err();
    assert_eq!(failed.reason(), Reason::Locked);
    let found = store.probe(CURRENT).await;
    assert_eq!(found.queries, Ok(()));
    assert_eq!(found.changes, Err(Reason::Locked));
    beside.batch_execute("ROLLBACK").unwrap();
    while store.probe(CURRENT).await.changes != Ok(()) {}
}
