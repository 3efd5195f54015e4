//! What the store promises of SQLite's files.
#![allow(clippy::unwrap_used)]

mod common;

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use cocore_keys::{KeyStore, Keys, SystemClock, SystemRandom};
use cocore_store::create_data_dir;
use common::{ALICE, BOB, SqliteFile, create, delete, key, open};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;
use tokio::task::JoinHandle;

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    detail: String,
}

#[tokio::test]
async fn the_database_has_a_write_ahead_log() {
    let disk = SqliteFile::new();
    disk.open().ping().await.unwrap();
    let mut beside = disk.beside();
    let mode: Vec<Line> =
        diesel::sql_query("SELECT journal_mode AS detail FROM pragma_journal_mode")
            .load(&mut beside)
            .unwrap();
    assert_eq!(mode[0].detail, "wal");
}

#[tokio::test]
async fn a_database_may_become_available_later() {
    let disk = SqliteFile::new();
    let dir = disk.dir.path().join("later");
    let store = open(&format!("sqlite:{}", dir.join("keys.sqlite").display()));
    let error = store.ping().await.unwrap_err();
    assert!(!error.is_permanent());
    fs::create_dir(&dir).unwrap();
    store.ping().await.unwrap();
}

#[tokio::test]
async fn a_file_that_is_not_a_database_is_not_changed() {
    let disk = SqliteFile::new();
    let text = "not a database, and long enough to be taken for the head of one: ".repeat(20);
    fs::write(disk.file(), &text).unwrap();
    assert!(disk.open().ping().await.is_err());
    assert_eq!(fs::read_to_string(disk.file()).unwrap(), text);
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_can_access_the_files() {
    use std::os::unix::fs::PermissionsExt;
    let disk = SqliteFile::new();
    let dir = disk.dir.path().join("made/on the way 100%#");
    create_data_dir(&dir).unwrap();
    create_data_dir(&dir).unwrap();
    let store = open(&format!("sqlite:{}", dir.join("keys.sqlite").display()));
    create(&store, key(ALICE, "a", 1)).await.unwrap();
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

/// Another process that finds the file unlocked removes its log, and acknowledged writes with it. Closing
/// any descriptor of the file would unlock it.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn the_file_stays_locked_between_writes() {
    use std::os::unix::fs::MetadataExt;
    let disk = SqliteFile::new();
    let store = disk.open();
    for number in 1..=3 {
        let id = format!("k{number}");
        create(&store, key(ALICE, &id, number)).await.unwrap();
        let inode = format!(":{} ", fs::metadata(disk.file()).unwrap().ino());
        let locks = fs::read_to_string("/proc/locks").unwrap();
        let held = locks.lines().any(|lock| lock.contains(&inode));
        assert!(held, "after write {number}");
    }
}

/// What an open connection writes to a file without a name is lost.
#[cfg(unix)]
#[tokio::test]
async fn nothing_is_acknowledged_once_the_file_is_gone() {
    let disk = SqliteFile::new();
    let store = disk.open();
    create(&store, key(ALICE, "a", 1)).await.unwrap();
    store.key_list(ALICE).await.unwrap();
    let moved = format!("{}-moved", disk.file());
    fs::rename(disk.file(), &moved).unwrap();
    assert!(create(&store, key(ALICE, "b", 1)).await.is_err());
    assert!(store.key_any().await.is_err());
    // No empty file was created in its place.
    assert!(!fs::exists(disk.file()).unwrap());
    fs::write(disk.file(), "").unwrap();
    let error = create(&store, key(ALICE, "b", 1)).await.unwrap_err();
    assert!(error.to_string().contains("was replaced"), "{error}");
    fs::rename(&moved, disk.file()).unwrap();
    create(&store, key(ALICE, "b", 1)).await.unwrap();
    assert_eq!(disk.open().key_list(ALICE).await.unwrap().len(), 2);
}

/// With a full queue a write is rejected at once, and those in the queue are done.
#[tokio::test]
async fn writes_are_rejected_while_too_many_wait() {
    let disk = SqliteFile::new();
    let store = disk.open();
    create(&store, key(ALICE, "first", 1)).await.unwrap();
    let mut beside = disk.beside();
    beside.batch_execute("BEGIN IMMEDIATE").unwrap();
    let mut tasks: Vec<_> = (0..2000)
        .map(|number| {
            let (store, new) = (store.clone(), key(ALICE, &format!("id {number}"), number));
            tokio::spawn(async move { create(&store, new).await })
        })
        .collect();
    // Tasks start in their order: once the last is answered, all writes were submitted.
    let last = tasks.pop().unwrap().await.unwrap();
    let message = last.unwrap_err().to_string();
    assert!(message.contains("too many writes are waiting"), "{message}");
    beside.batch_execute("ROLLBACK").unwrap();
    let (mut created, mut rejected) = (0, 0);
    for task in tasks {
        match task.await.unwrap() {
            Ok(_) => created += 1,
            Err(error) => {
                assert!(error.to_string().contains("too many writes"), "{error}");
                rejected += 1;
            }
        }
    }
    assert!(
        created >= 1024 && rejected >= 600,
        "{created} and {rejected}"
    );
    assert_eq!(store.key_list(ALICE).await.unwrap().len(), created + 1);
}

/// Loading uses the first connection, and no other keeps the log in its place.
#[tokio::test]
async fn a_key_can_be_created_once_all_are_loaded() {
    let disk = SqliteFile::new();
    let store = disk.open();
    create(&store, key(ALICE, "first", 1)).await.unwrap();
    store.close().await;
    let store = disk.open();
    let keys = Keys::new(store.clone(), Arc::new(SystemClock), Arc::new(SystemRandom));
    keys.subscribe().await.unwrap();
    let log = Path::new(&format!("{}-wal", disk.file())).exists();
    assert!(log, "SQLite removed the log with the last connection");
    create(&store, key(ALICE, "second", 2)).await.unwrap();
}

/// Row 51 of the list of attacks: readers that never pause do not keep the log from being emptied.
#[tokio::test(flavor = "multi_thread")]
async fn the_log_is_bounded_under_steady_readers() {
    // Twice the size at which it is emptied: on a busy machine, that may take several attempts.
    const MAX_LOG: u64 = 128 << 20;
    let disk = SqliteFile::new();
    let store = disk.open();
    create(&store, key(ALICE, "first", 1)).await.unwrap();
    let is_over = Arc::new(AtomicBool::new(false));
    let readers = (0..4).map(|_| {
        let (store, is_over) = (store.clone(), is_over.clone());
        tokio::spawn(async move {
            while !is_over.load(Ordering::Relaxed) {
                store.key_page("", 1000).await.unwrap();
            }
        })
    });
    let readers: Vec<_> = readers.collect();
    let writers = (0..4).map(|worker| {
        let store = store.clone();
        tokio::spawn(async move {
            for number in 0..2500 {
                let id = format!("{worker} {number}");
                create(&store, key(BOB, &id, number)).await.unwrap();
            }
        })
    });
    let writers: Vec<_> = writers.collect();
    let log = format!("{}-wal", disk.file());
    let mut largest = 0;
    while !writers.iter().all(JoinHandle::is_finished) {
        largest = largest.max(fs::metadata(&log).unwrap().len());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    is_over.store(true, Ordering::Relaxed);
    for task in readers.into_iter().chain(writers) {
        task.await.unwrap();
    }
    assert!(largest < MAX_LOG, "{largest} bytes");
}

#[tokio::test]
async fn what_the_writer_does_is_counted() {
    let disk = SqliteFile::new();
    let store = disk.open();
    store.ping().await.unwrap();
    let before = store.statistics();
    for number in 0..5 {
        let name = format!("counted {number}");
        create(&store, key(ALICE, &name, number)).await.unwrap();
    }
    // It changes nothing, and syncs nothing.
    assert!(!delete(&store, BOB, "unknown").await);
    let after = store.statistics();
    assert_eq!(after.committed_batches - before.committed_batches, 6);
    assert_eq!(after.writes - before.writes, 6);
    assert_eq!(after.failed_batches, 0);
    assert!(after.writer_busy > before.writer_busy);
    // The log may have been moved into the database meanwhile.
    let syncs = after.syncs.unwrap() - before.syncs.unwrap();
    assert!((5..=6).contains(&syncs), "{syncs}");
    let names: Vec<_> = after.queues.iter().map(|queue| queue.name).collect();
    assert_eq!(names, ["writes", "queries"]);
    for queue in after.queues {
        assert_eq!((queue.depth, queue.rejected), (0, 0));
        assert!(queue.capacity > 0);
    }
}
