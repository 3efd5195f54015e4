//! The store on real SQLite files.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use cocore_keys::{Digest, Key, KeyStore, NewKey, Secret, Use};
use cocore_store::{DatabaseUrl, Store, create_data_dir};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use tempfile::TempDir;

const ALICE: &str = "did:web:alice.example";
const BOB: &str = "did:web:bob.example";

struct Disk {
    dir: TempDir,
}

impl Disk {
    fn new() -> Self {
        Self {
            dir: TempDir::new().unwrap(),
        }
    }

    fn file(&self) -> String {
        self.dir
            .path()
            .join("keys.sqlite")
            .to_str()
            .unwrap()
            .to_owned()
    }

    fn open(&self) -> Store {
        Store::open(DatabaseUrl::parse(&format!("sqlite:{}", self.file())).unwrap())
    }

    /// A connection beside the store's own.
    fn beside(&self) -> SqliteConnection {
        let mut connection = SqliteConnection::establish(&self.file()).unwrap();
        // A store that was dropped may still be closing its file.
        connection
            .batch_execute("PRAGMA busy_timeout = 5000")
            .unwrap();
        connection
    }
}

/// The keys of an account, without their digests.
async fn listed(store: &Store, did: &str) -> Vec<Key> {
    let keys = store.key_list(did).await.unwrap();
    keys.into_iter().map(|stored| stored.key).collect()
}

fn time(millis: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(millis).unwrap()
}

fn key(did: &str, id: &str, created_at: i64) -> NewKey {
    let mut bytes = [0; 32];
    bytes[..id.len()].copy_from_slice(id.as_bytes());
    let secret = Secret::from_random(bytes);
    NewKey {
        digest: secret.digest(),
        key: Key {
            id: id.to_owned(),
            did: did.to_owned(),
            name: format!("name of {id} \u{1f511}"),
            prefix: secret.prefix().to_owned(),
            created_at: time(created_at),
            expires_at: Some(time(created_at + 1)),
            revoked_at: None,
            last_used_at: None,
        },
    }
}

#[tokio::test]
async fn what_is_stored_comes_back() {
    let disk = Disk::new();
    let store = disk.open();
    assert!(!store.key_any().await.unwrap());
    let new = key(ALICE, "a", 1);
    store.key_create(new.clone(), || {}).await.unwrap();
    assert!(store.key_any().await.unwrap());
    // Another process, or this one after a restart.
    for store in [store, disk.open()] {
        assert_eq!(
            store.key_by_digest(new.digest).await.unwrap(),
            Some(new.key.clone())
        );
        assert_eq!(listed(&store, ALICE).await, std::slice::from_ref(&new.key));
    }
    let unknown: Digest = key(ALICE, "z", 1).digest;
    assert_eq!(disk.open().key_by_digest(unknown).await.unwrap(), None);
}

#[tokio::test]
async fn the_list_is_newest_first_and_total() {
    let disk = Disk::new();
    let store = disk.open();
    for (id, created_at) in [("b", 2), ("a", 2), ("d", 1), ("c", 3)] {
        store
            .key_create(key(ALICE, id, created_at), || {})
            .await
            .unwrap();
    }
    store.key_create(key(BOB, "e", 9), || {}).await.unwrap();
    let keys = store.key_list(ALICE).await.unwrap();
    let ids: Vec<_> = keys.iter().map(|stored| &stored.key.id[..]).collect();
    assert_eq!(ids, ["c", "b", "a", "d"]);
}

#[tokio::test]
async fn a_key_is_ended_by_its_account_alone() {
    let disk = Disk::new();
    let store = disk.open();
    store.key_create(key(ALICE, "a", 1), || {}).await.unwrap();
    assert!(!store.key_revoke(BOB, "a", time(5), |_| {}).await.unwrap());
    assert!(!store.key_revoke(ALICE, "b", time(5), |_| {}).await.unwrap());
    assert!(store.key_revoke(ALICE, "a", time(5), |_| {}).await.unwrap());
    assert!(!store.key_revoke(ALICE, "a", time(6), |_| {}).await.unwrap());
    assert_eq!(listed(&store, ALICE).await[0].revoked_at, Some(time(5)));
    assert!(!store.key_delete(BOB, "a", |_| {}).await.unwrap());
    assert!(store.key_delete(ALICE, "a", |_| {}).await.unwrap());
    assert!(!store.key_delete(ALICE, "a", |_| {}).await.unwrap());
    assert!(!store.key_revoke(ALICE, "a", time(7), |_| {}).await.unwrap());
}

#[tokio::test]
async fn a_use_never_goes_back() {
    let disk = Disk::new();
    let store = disk.open();
    store.key_create(key(ALICE, "a", 1), || {}).await.unwrap();
    for (at, expected) in [(0, 1), (10, 10), (20, 20), (15, 20)] {
        store
            .key_used(vec![Use {
                id: "a".to_owned(),
                at: time(at),
            }])
            .await
            .unwrap();
        assert_eq!(
            listed(&store, ALICE).await[0].last_used_at,
            Some(time(expected))
        );
    }
    store
        .key_used(vec![Use {
            id: "no such key".to_owned(),
            at: time(1),
        }])
        .await
        .unwrap();
}

#[tokio::test]
async fn odd_texts_are_only_texts() {
    let disk = Disk::new();
    let store = disk.open();
    for id in [
        "",
        "'; DROP TABLE api_keys; --",
        "\0",
        "\u{1f511}",
        &"x".repeat(100_000),
    ] {
        assert!(!store.key_delete(ALICE, id, |_| {}).await.unwrap());
    }
    assert_eq!(listed(&store, "' OR 1=1 --").await, []);
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    detail: String,
}

#[tokio::test]
async fn the_database_is_set_up_to_last() {
    let disk = Disk::new();
    disk.open().ping().await.unwrap();
    let mut beside = disk.beside();
    let mode: Vec<Line> =
        diesel::sql_query("SELECT journal_mode AS detail FROM pragma_journal_mode")
            .load(&mut beside)
            .unwrap();
    assert_eq!(mode[0].detail, "wal");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_processes_may_start_at_once() {
    let disk = Arc::new(Disk::new());
    let started: Vec<_> = (0..8)
        .map(|number| {
            let disk = Arc::clone(&disk);
            tokio::spawn(async move {
                let id = format!("k{number}");
                disk.open().key_create(key(ALICE, &id, number), || {}).await
            })
        })
        .collect();
    for start in started {
        start.await.unwrap().unwrap();
    }
    assert_eq!(disk.open().key_list(ALICE).await.unwrap().len(), 8);
}

#[tokio::test]
async fn a_newer_schema_is_refused() {
    let disk = Disk::new();
    disk.open().migrate().unwrap();
    disk.beside()
        .batch_execute("INSERT INTO __diesel_schema_migrations (version) VALUES ('99990101000000')")
        .unwrap();
    let error = disk.open().ping().await.unwrap_err();
    assert!(error.is_newer_schema());
    assert!(error.to_string().contains("99990101000000"), "{error}");
}

#[tokio::test]
async fn migrate_tells_what_it_applied() {
    let disk = Disk::new();
    let first = disk.open().migrate().unwrap();
    assert_eq!(first.applied.len(), 2);
    let second = disk.open().migrate().unwrap();
    assert_eq!(second.applied.len(), 0);
}

#[tokio::test]
async fn a_database_out_of_reach_heals() {
    let disk = Disk::new();
    let dir = disk.dir.path().join("later");
    let url = format!("sqlite:{}", dir.join("keys.sqlite").display());
    let store = Store::open(DatabaseUrl::parse(&url).unwrap());
    let error = store.ping().await.unwrap_err();
    assert!(!error.is_newer_schema());
    fs::create_dir(&dir).unwrap();
    store.ping().await.unwrap();
}

#[tokio::test]
async fn a_file_that_is_no_database_is_left_alone() {
    let disk = Disk::new();
    let text = "not a database, and long enough to be taken for the head of one: ".repeat(20);
    fs::write(disk.file(), &text).unwrap();
    assert!(disk.open().ping().await.is_err());
    assert_eq!(fs::read_to_string(disk.file()).unwrap(), text);
}

#[tokio::test]
async fn a_digest_is_stored_once() {
    let disk = Disk::new();
    let store = disk.open();
    let first = key(ALICE, "a", 1);
    let mut second = key(BOB, "b", 1);
    second.digest = first.digest;
    store.key_create(first, || {}).await.unwrap();
    let error = store.key_create(second, || {}).await.unwrap_err();
    assert!(!error.to_string().contains(BOB), "{error}");
    let count: Vec<Number> = diesel::sql_query("SELECT count(*) AS number FROM api_keys")
        .load(&mut disk.beside())
        .unwrap();
    assert_eq!(count[0].number, 1);
}

#[cfg(unix)]
#[tokio::test]
async fn all_files_are_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let disk = Disk::new();
    let dir = disk.dir.path().join("made/on the way 100%#");
    create_data_dir(&dir).unwrap();
    create_data_dir(&dir).unwrap();
    let url = format!("sqlite:{}", dir.join("keys.sqlite").display());
    let store = Store::open(DatabaseUrl::parse(&url).unwrap());
    store.key_create(key(ALICE, "a", 1), || {}).await.unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&dir), 0o700);
    assert_eq!(mode(dir.parent().unwrap()), 0o700);
    let mut names = Vec::new();
    for entry in fs::read_dir(&dir).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(mode(&entry.path()), 0o600, "{entry:?}");
        names.push(entry.file_name().into_string().unwrap());
    }
    names.sort();
    assert_eq!(names, ["keys.sqlite", "keys.sqlite-shm", "keys.sqlite-wal"]);
}

/// Another process that finds the file unlocked takes its log away, and what was acknowledged with
/// it. Any descriptor of the file that this process closes would unlock it.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn the_file_stays_locked_between_writes() {
    use std::os::unix::fs::MetadataExt;
    let disk = Disk::new();
    let store = disk.open();
    for number in 1..=3 {
        let id = format!("k{number}");
        store
            .key_create(key(ALICE, &id, number), || {})
            .await
            .unwrap();
        let inode = format!(":{} ", fs::metadata(disk.file()).unwrap().ino());
        let locks = fs::read_to_string("/proc/locks").unwrap();
        let held = locks.lines().any(|lock| lock.contains(&inode));
        assert!(held, "after write {number}");
    }
}

/// Open connections still have the old file, and what they write there is lost.
#[cfg(unix)]
#[tokio::test]
async fn nothing_is_acknowledged_once_the_file_is_gone() {
    let disk = Disk::new();
    let store = disk.open();
    store.key_create(key(ALICE, "a", 1), || {}).await.unwrap();
    store.key_list(ALICE).await.unwrap();
    let moved = format!("{}-moved", disk.file());
    fs::rename(disk.file(), &moved).unwrap();
    assert!(store.key_create(key(ALICE, "b", 1), || {}).await.is_err());
    assert!(store.key_any().await.is_err());
    // Nor is an empty one made in its place.
    assert!(!fs::exists(disk.file()).unwrap());
    fs::write(disk.file(), "").unwrap();
    let error = store
        .key_create(key(ALICE, "b", 1), || {})
        .await
        .unwrap_err();
    assert!(error.to_string().contains("was replaced"), "{error}");
    fs::rename(&moved, disk.file()).unwrap();
    store.key_create(key(ALICE, "b", 1), || {}).await.unwrap();
    assert_eq!(disk.open().key_list(ALICE).await.unwrap().len(), 2);
}

/// Writes that are asked for at once share a transaction, and one that fails takes no other with it.
#[tokio::test(flavor = "multi_thread")]
async fn writes_at_once_succeed_or_fail_each_for_itself() {
    let disk = Disk::new();
    let store = disk.open();
    let same = key(ALICE, "the same id", 1);
    let tasks: Vec<_> = (0..200)
        .map(|number| {
            let (store, new) = (
                store.clone(),
                match number % 2 {
                    0 => key(ALICE, &format!("id {number}"), number),
                    _ => same.clone(),
                },
            );
            tokio::spawn(async move { store.key_create(new, || {}).await.is_ok() })
        })
        .collect();
    let mut made = 0;
    for task in tasks {
        made += usize::from(task.await.unwrap());
    }
    assert_eq!(made, 101);
    assert_eq!(store.key_list(ALICE).await.unwrap().len(), 101);
}
