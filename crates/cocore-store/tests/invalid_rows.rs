//! Rows that another program wrote, and that are not valid keys.
#![allow(clippy::unwrap_used)]

mod common;

use std::io;
use std::sync::{Arc, Mutex};

use cocore_keys::{Keys, SystemClock, SystemRandom};
use common::{ALICE, TestDatabase, create, delete, id, key, secret};
use tracing_subscriber::fmt::MakeWriter;

/// The log of this process.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// Returns the new lines that contain a text.
    fn new_lines(&self, text: &str) -> Vec<String> {
        let log = String::from_utf8(self.0.lock().unwrap().split_off(0)).unwrap();
        let lines = log.lines().filter(|line| line.contains(text));
        lines.map(str::to_owned).collect()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

/// An invalid row is reported with its id and the reason, and does not authenticate, in memory or looked up.
/// Other keys are not affected.
#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_row_is_reported_and_does_not_authenticate() {
    let log = Log::default();
    tracing_subscriber::fmt()
        .with_writer(log.clone())
        .with_ansi(false)
        .init();
    for database in TestDatabase::all() {
        let store = database.open();
        for name in ["good", "no uuid", "no did"] {
            let mut new = key(ALICE, name, 1);
            new.active.expires_at = None;
            create(&store, new).await.unwrap();
        }
        let (no_uuid, no_did) = (id("no uuid"), id("no did"));
        database.sql(&format!(
            "UPDATE keys SET id = 'k1' WHERE id = '{no_uuid}';
            UPDATE keys SET did = 'alice' WHERE id = '{no_did}'"
        ));
        let clock = Arc::new(SystemClock);
        let keys = Keys::new(store.clone(), clock, Arc::new(SystemRandom));
        let is_active = async |name| {
            let found = keys.verify(secret(name).expose()).await;
            found.unwrap().is_some()
        };
        // Without a subscriber each key is looked up.
        for is_subscribed in [false, true] {
            if is_subscribed {
                keys.subscribe().await.unwrap();
                assert!(keys.is_current());
            }
            assert!(!is_active("no uuid").await && !is_active("no did").await);
            assert!(is_active("good").await);
            let log = log.new_lines("a stored key is invalid");
            for (row, reason) in [
                (r#"id="k1""#, "column id: expected a UUID"),
                (no_did.as_str(), "column did: expected a DID"),
            ] {
                let is_reported = |line: &&String| {
                    line.contains("ERROR") && line.contains("keys") && line.contains(reason)
                };
                let lines = log.iter().filter(|line| line.contains(row));
                assert_eq!(lines.filter(is_reported).count(), 1, "{row}: {log:#?}");
            }
        }
        // The owner can still delete an invalid row.
        assert!(delete(&store, ALICE, "k1").await);
        store.close().await;
    }
}
