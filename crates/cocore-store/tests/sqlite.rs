//! What the store promises of SQLite's files.
#![allow(clippy::unwrap_used)]

mod common;

use std::fs;
use std::path::Path;

use cocore_keys::KeyStore;
use cocore_store::create_data_dir;
use common::{ALICE, Disk, key, open};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;

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

#[tokio::test]
async fn a_database_out_of_reach_heals() {
    let disk = Disk::new();
    let dir = disk.dir.path().join("later");
    let store = open(&format!("sqlite:{}", dir.join("keys.sqlite").display()));
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

#[cfg(unix)]
#[tokio::test]
async fn all_files_are_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let disk = Disk::new();
    let dir = disk.dir.path().join("made/on the way 100%#");
    create_data_dir(&dir).unwrap();
    create_data_dir(&dir).unwrap();
    let store = open(&format!("sqlite:{}", dir.join("keys.sqlite").display()));
    store.key_create(key(ALICE, "a", 1)).await.unwrap();
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
        store.key_create(key(ALICE, &id, number)).await.unwrap();
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
    store.key_create(key(ALICE, "a", 1)).await.unwrap();
    store.key_list(ALICE).await.unwrap();
    let moved = format!("{}-moved", disk.file());
    fs::rename(disk.file(), &moved).unwrap();
    assert!(store.key_create(key(ALICE, "b", 1)).await.is_err());
    assert!(store.key_any().await.is_err());
    // Nor is an empty one made in its place.
    assert!(!fs::exists(disk.file()).unwrap());
    fs::write(disk.file(), "").unwrap();
    let error = store.key_create(key(ALICE, "b", 1)).await.unwrap_err();
    assert!(error.to_string().contains("was replaced"), "{error}");
    fs::rename(&moved, disk.file()).unwrap();
    store.key_create(key(ALICE, "b", 1)).await.unwrap();
    assert_eq!(disk.open().key_list(ALICE).await.unwrap().len(), 2);
}

/// Whoever would have to wait for too long is told so at once, and everyone else is served.
#[tokio::test]
async fn too_many_who_wait_are_told_to_come_back() {
    let disk = Disk::new();
    let store = disk.open();
    store.key_create(key(ALICE, "first", 1)).await.unwrap();
    let mut beside = disk.beside();
    beside.batch_execute("BEGIN IMMEDIATE").unwrap();
    let mut tasks: Vec<_> = (0..2000)
        .map(|number| {
            let (store, new) = (store.clone(), key(ALICE, &format!("id {number}"), number));
            tokio::spawn(async move { store.key_create(new).await })
        })
        .collect();
    // Tasks begin in their order: by the last one, all have asked.
    let last = tasks.pop().unwrap().await.unwrap();
    let told = last.unwrap_err().to_string();
    assert!(told.contains("too many writes are waiting"), "{told}");
    beside.batch_execute("ROLLBACK").unwrap();
    let (mut made, mut refused) = (0, 0);
    for task in tasks {
        match task.await.unwrap() {
            Ok(_) => made += 1,
            Err(error) => {
                assert!(error.to_string().contains("too many writes"), "{error}");
                refused += 1;
            }
        }
    }
    assert!(made >= 1024 && refused >= 600, "{made} and {refused}");
    assert_eq!(store.key_list(ALICE).await.unwrap().len(), made + 1);
}
