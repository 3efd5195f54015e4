//! Rows of `keys` as active keys. This program writes only valid rows; another program may have written
//! others. An invalid row is reported in the log and rejected, so that it affects no other key.

use std::collections::HashMap;
use std::sync::Arc;

use cocore_keys::{Access, ActiveKey, Digest, InvalidKeyId, KeyId};
use diesel::prelude::*;
use lexicon_runtime::{Did, InvalidFormat};
use thiserror::Error;

use crate::connection::MultiBackend;
use crate::schema::keys;
use crate::time::time;

/// How many invalid rows of one query are reported one by one.
const MAX_REPORTED: usize = 20;
/// How much of an id is printed, in characters. A valid one has 36.
const MAX_PRINTED: usize = 100;
/// How many different limits of keys are remembered while rows are read.
const MAX_KNOWN: usize = 10_000;

/// What is needed to authenticate with the key of a row.
#[derive(Queryable, Selectable)]
#[diesel(table_name = keys, check_for_backend(MultiBackend))]
pub(crate) struct ActiveRow {
    pub(crate) id: String,
    pub(crate) did: String,
    pub(crate) created_at: i64,
    pub(crate) expires_at: Option<i64>,
    pub(crate) last_used_at: Option<i64>,
    pub(crate) scopes: Option<String>,
    pub(crate) models: Option<String>,
}

/// A row that is not a valid key.
#[derive(Debug, Error)]
enum InvalidRow {
    #[error("column id: {0}")]
    Id(#[from] InvalidKeyId),
    #[error("column did: {0}")]
    Did(#[from] InvalidFormat),
}

impl ActiveRow {
    fn parse(&mut self, digest: Digest, limits: &mut Limits) -> Result<ActiveKey, InvalidRow> {
        Ok(ActiveKey {
            digest,
            id: KeyId::parse(&self.id)?,
            did: Arc::new(Did::parse(std::mem::take(&mut self.did))?),
            created_at: time(self.created_at),
            expires_at: self.expires_at.map(time),
            last_used_at: self.last_used_at.map(time),
            access: limits.parse(self.scopes.take(), self.models.take()),
        })
    }
}

/// Converts the rows of a query, and reports the invalid ones.
#[derive(Default)]
pub(crate) struct RowParser {
    invalid: usize,
    limits: Limits,
}

/// What keys may do, by the stored texts: many keys have the same, which is parsed once.
#[derive(Default)]
struct Limits(HashMap<[Option<String>; 2], Access>);

impl Limits {
    fn parse(&mut self, scopes: Option<String>, models: Option<String>) -> Access {
        let texts = [scopes, models];
        if texts == [None, None] {
            return Access::EVERYTHING;
        }
        if let Some(known) = self.0.get(&texts) {
            return known.clone();
        }
        let [scopes, models] = &texts;
        let access = Access::from_stored(scopes.as_deref(), models.as_deref());
        if self.0.len() < MAX_KNOWN {
            self.0.insert(texts, access.clone());
        }
        access
    }
}

impl RowParser {
    /// Returns the key of a row, if it is valid.
    pub(crate) fn parse(&mut self, mut row: ActiveRow, digest: Digest) -> Option<ActiveKey> {
        match row.parse(digest, &mut self.limits) {
            Ok(key) => Some(key),
            Err(error) => {
                self.invalid += 1;
                if self.invalid <= MAX_REPORTED {
                    let id: String = row.id.chars().take(MAX_PRINTED).collect();
                    tracing::error!(
                        table = "keys",
                        ?id,
                        %error,
                        "a stored key is invalid, and does not authenticate: correct or delete its row"
                    );
                }
                None
            }
        }
    }
}

impl Drop for RowParser {
    fn drop(&mut self) {
        if self.invalid > MAX_REPORTED {
            tracing::error!(
                table = "keys",
                rows = self.invalid,
                "more stored keys are invalid, and do not authenticate"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::Mutex;

    use super::*;

    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Log {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn the_log_does_not_grow_with_the_number_of_invalid_rows() {
        let log = Log::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_writer(move || writer.clone())
            .with_ansi(false)
            .finish();
        tracing::subscriber::with_default(subscriber, || {
            let mut parser = RowParser::default();
            for number in 0..1000 {
                let row = ActiveRow {
                    id: format!("{number}\n{}", "x".repeat(10_000)),
                    did: "did:web:alice.example".to_owned(),
                    created_at: 0,
                    expires_at: None,
                    last_used_at: None,
                    scopes: None,
                    models: None,
                };
                assert_eq!(parser.parse(row, Digest::from_bytes([0; 32])), None);
            }
        });
        let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
        let lines: Vec<_> = log.lines().collect();
        assert_eq!(lines.len(), MAX_REPORTED + 1, "{log}");
        assert!(lines.iter().all(|line| line.len() < 400), "{log}");
        assert!(lines.last().unwrap().contains("1000"), "{log}");
    }
}
