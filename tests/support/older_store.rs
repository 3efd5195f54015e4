//! An SQLite store of the older service, in a temporary directory.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use super::sqlite::Sqlite;

/// A store with the table that the older service creates.
pub struct OlderStore {
    pub dir: TempDir,
    pub sqlite: Sqlite,
}

/// A row of the older service. `None` is NULL.
#[derive(Clone)]
pub struct OlderKey {
    pub secret: String,
    pub id: Option<String>,
    pub did: Option<String>,
    pub name: Option<String>,
    pub prefix: Option<String>,
    pub hash: Option<String>,
    pub created_at: Option<String>,
    pub expires_at: Option<String>,
    pub revoked_at: Option<String>,
    pub last_used_at: Option<String>,
}

impl OlderKey {
    /// An active key of an account. Its number gives it its id and its secret.
    pub fn new(number: u8, did: &str) -> Self {
        let secret = format!("cocore-{}", URL_SAFE_NO_PAD.encode([number; 32]));
        let hash = Sha256::digest(&secret);
        let hash: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        let some = |text: &str| Some(text.to_owned());
        Self {
            id: Some(format!("00000000-0000-4000-8000-{number:012x}")),
            did: some(did),
            name: Some(format!("key {number}")),
            prefix: some(&secret[..15]),
            hash: Some(hash),
            created_at: some("2025-01-02T03:04:05.678Z"),
            expires_at: None,
            revoked_at: None,
            last_used_at: None,
            secret,
        }
    }

    /// The same with a change.
    pub fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    fn values(&self) -> String {
        let values = [
            &self.id,
            &self.did,
            &self.name,
            &self.prefix,
            &self.hash,
            &self.created_at,
            &self.expires_at,
            &self.revoked_at,
            &self.last_used_at,
        ];
        // In hexadecimal, so that no character of a text is special to `sqlite3`.
        let values = values.map(|value| match value {
            None => "NULL".to_owned(),
            Some(text) => {
                let digits: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
                format!("CAST(x'{digits}' AS TEXT)")
            }
        });
        values.join(", ")
    }
}

impl OlderStore {
    /// An empty store. `None` if there is no `sqlite3`.
    pub fn new() -> Option<Self> {
        let store = Self::without_table()?;
        Some(store.with_table("api_keys"))
    }

    /// A database without tables.
    pub fn without_table() -> Option<Self> {
        let dir = TempDir::new().unwrap();
        let mut sqlite = Sqlite::open(dir.path().join("older.db").to_str()?)?;
        sqlite.query("PRAGMA journal_mode = WAL;", "wal");
        Some(Self { dir, sqlite })
    }

    /// Creates the table with a name, which may need no quotes.
    pub fn with_table(mut self, name: &str) -> Self {
        let name = name.replace('"', "\"\"");
        self.sqlite.execute(&format!(
            "CREATE TABLE \"{name}\" (id TEXT, did TEXT, name TEXT, prefix TEXT, hash TEXT, created_at TEXT,
                expires_at TEXT, revoked_at TEXT, last_used_at TEXT);"
        ));
        self
    }

    /// The path of the file.
    pub fn file(&self) -> String {
        self.dir
            .path()
            .join("older.db")
            .to_str()
            .unwrap()
            .to_owned()
    }

    /// Inserts keys into its table.
    pub fn insert<'k>(&mut self, keys: impl IntoIterator<Item = &'k OlderKey>) {
        self.insert_into("api_keys", keys);
    }

    /// Inserts keys into a table.
    pub fn insert_into<'k>(&mut self, table: &str, keys: impl IntoIterator<Item = &'k OlderKey>) {
        let table = table.replace('"', "\"\"");
        for key in keys {
            let values = key.values();
            self.sqlite.execute(&format!(
                "INSERT INTO \"{table}\" (id, did, name, prefix, hash, created_at, expires_at, revoked_at, last_used_at)
                    VALUES ({values});"
            ));
        }
    }

    /// Ends the process that has the file open.
    pub fn close(self) -> ClosedStore {
        let Self { dir, sqlite } = self;
        drop(sqlite);
        ClosedStore { dir }
    }
}

/// A store that no process has open.
pub struct ClosedStore {
    pub dir: TempDir,
}

impl ClosedStore {
    /// The path of the file.
    pub fn file(&self) -> String {
        self.dir
            .path()
            .join("older.db")
            .to_str()
            .unwrap()
            .to_owned()
    }

    /// The names and contents of all files of the directory.
    pub fn contents(&self) -> Vec<(String, Vec<u8>)> {
        contents(&self.dir)
    }
}

/// The names and contents of all files of a directory.
pub fn contents(dir: &TempDir) -> Vec<(String, Vec<u8>)> {
    let entries = std::fs::read_dir(dir).unwrap().map(Result::unwrap);
    let files = entries.map(|entry| {
        let name = entry.file_name().into_string().unwrap();
        (name, std::fs::read(entry.path()).unwrap())
    });
    let mut files: Vec<_> = files.collect();
    files.sort();
    files
}
