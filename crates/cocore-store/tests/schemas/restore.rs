//! Backups of the previous schema and of this one, restored in the place of databases of either.

use std::fs;
use std::path::{Path, PathBuf};

use cocore_keys::{Key, KeyStatus, Reason};
use cocore_store::{
    BackupError, ChangedKeys, DatabaseUrl, RestoreOptions, Restored, SqliteFile, backup, restore,
};

use super::earlier;
use crate::common::{ALICE, SqliteFile as Place, TestDatabase, id, listed, migrate, time};

/// The time of the restoration, in milliseconds.
const NOW: i64 = 1000;

/// A database, of the previous schema or of this one.
struct Database {
    place: TestDatabase,
    table: &'static str,
}

impl Database {
    /// Creates one with keys.
    async fn new(is_earlier: bool) -> Self {
        let place = TestDatabase::Sqlite(Place::new());
        earlier::create(&place);
        let keys = [
            ("kept", None),
            ("expired", Some(5)),
            ("revoked later", None),
            ("deleted later", None),
        ];
        for (name, expires_at) in keys {
            earlier::insert(&place, "api_keys", name, expires_at, None);
        }
        earlier::insert(&place, "api_keys", "revoked before", None, Some(2));
        if is_earlier {
            let table = "api_keys";
            return Self { place, table };
        }
        let store = place.open();
        migrate(&store).unwrap();
        store.close().await;
        Self {
            place,
            table: "keys",
        }
    }

    fn file(&self) -> SqliteFile {
        let url = DatabaseUrl::parse(&self.place.url()).unwrap();
        url.sqlite().unwrap().clone()
    }

    /// Changes keys, as it happens after a backup.
    fn change(&self) {
        let table = self.table;
        self.place.sql(&format!(
            "UPDATE {table} SET revoked_at = 7 WHERE id = '{}';
            DELETE FROM {table} WHERE id = '{}'",
            id("revoked later"),
            id("deleted later"),
        ));
        earlier::insert(&self.place, table, "created later", None, None);
    }

    fn backup(&self) -> PathBuf {
        let file = self.file().beside(".backup");
        let contents = backup(&self.file(), &file, false, |_| {}).unwrap();
        assert_eq!(contents.keys, 5);
        let is_earlier = self.table == "api_keys";
        let state = if is_earlier {
            Err(Reason::OlderSchema)
        } else {
            Ok(())
        };
        assert_eq!(contents.schema_state, state);
        let missing = earlier::missing_versions(&self.place);
        assert_eq!(missing.contains(&contents.schema), !is_earlier);
        file
    }

    fn restore(&self, file: &Path, keep_revocations: bool) -> Result<Restored, BackupError> {
        self.restore_at(NOW, file, keep_revocations)
    }

    fn restore_at(
        &self,
        now: i64,
        file: &Path,
        keep_revocations: bool,
    ) -> Result<Restored, BackupError> {
        let options = RestoreOptions {
            keep_revocations,
            now: time(now),
        };
        restore(&self.file(), file, options, |_| {})
    }

    /// Migrates the database, and returns its keys.
    async fn keys(&self) -> Vec<Key> {
        let store = self.place.open();
        let keys = listed(&store, ALICE).await;
        store.close().await;
        keys
    }
}

fn one(name: &str) -> ChangedKeys {
    let mut keys = ChangedKeys::default();
    keys.count = 1;
    keys.first = vec![(ALICE.to_owned(), id(name))];
    keys
}

/// Connects an account at its host.
const CONNECTION: &str = "INSERT INTO proxy_sessions (did, tokens, scope, version, created_at)
    VALUES ('did:web:alice.example', x'00', 'atproto', 1, 1)";

#[tokio::test]
async fn a_backup_of_either_schema_replaces_a_database_of_either() {
    for (backup_is_earlier, is_earlier) in
        [(true, false), (true, true), (false, true), (false, false)]
    {
        for keeps in [false, true] {
            let source = Database::new(backup_is_earlier).await;
            if !backup_is_earlier {
                source.place.sql(CONNECTION);
            }
            let file = source.backup();
            let database = Database::new(is_earlier).await;
            database.change();
            let restored = database.restore(&file, keeps).unwrap();
            let since = restored.since.unwrap();
            assert_eq!(since.revoked, one("revoked later"));
            assert_eq!(since.deleted, one("deleted later"));
            assert_eq!(since.created, one("created later"));
            let replaced = restored.replaced.unwrap();
            let keys = database.keys().await;
            assert_eq!(keys.len(), 5);
            // The person may have disconnected since.
            assert_eq!(database.place.rows("proxy_sessions"), 0);
            for key in keys {
                assert!(key.access.is_everything());
                let (status, revoked_at) = match &key.name[..] {
                    "kept" => (KeyStatus::Active, None),
                    "expired" => (KeyStatus::Expired, None),
                    "revoked before" => (KeyStatus::Revoked, Some(2)),
                    _ if !keeps => (KeyStatus::Active, None),
                    "revoked later" => (KeyStatus::Revoked, Some(7)),
                    _ => (KeyStatus::Revoked, Some(NOW)),
                };
                assert_eq!(key.status(time(NOW)), status, "{}", key.name);
                assert_eq!(key.revoked_at, revoked_at.map(time), "{}", key.name);
            }
            // And back: what was replaced is complete.
            let copy = database.file().beside(".copy");
            fs::copy(replaced, &copy).unwrap();
            let lost = database.restore_at(NOW + 1, &copy, false).unwrap();
            assert_eq!(lost.contents.keys, 5);
            let names: Vec<_> = database
                .keys()
                .await
                .into_iter()
                .map(|key| key.name)
                .collect();
            assert!(names.contains(&"created later".to_owned()), "{names:?}");
        }
    }
}

/// What was spent of budgets since a backup cannot be spent again.
#[tokio::test]
async fn budgets_are_those_of_the_database_that_is_replaced() {
    let insert = |database: &Database, name: &str, taken: u64| {
        database.place.sql(&format!(
            "INSERT INTO call_budgets (budget, period, starts_at, taken, spent, reported_at)
            VALUES ('{name}', 'day', 0, {taken}, {taken}, 0)"
        ));
    };
    let source = Database::new(false).await;
    insert(&source, "more in the backup", 9);
    insert(&source, "less in the backup", 2);
    let file = source.backup();
    let database = Database::new(false).await;
    insert(&database, "more in the backup", 3);
    insert(&database, "less in the backup", 7);
    insert(&database, "later", 4);
    database.restore(&file, false).unwrap();
    let rows = database.place.text(
        "SELECT group_concat(budget || ' ' || taken || ' ' || spent) AS value
        FROM (SELECT * FROM call_budgets ORDER BY budget)",
    );
    assert_eq!(
        rows,
        "later 4 4,less in the backup 7 7,more in the backup 9 9"
    );
}

/// Of revocations that are kept, the audit trail has an event each; answers do not outlive the keys whose secrets
/// they contain.
#[tokio::test]
async fn revocations_that_are_kept_are_recorded() {
    let source = Database::new(false).await;
    for (number, name) in (0..).zip(["kept", "revoked before", "revoked later", "gone"]) {
        source.place.sql(&format!(
            "INSERT INTO key_answers (request, body, sealed, key_id, expires_at)
            VALUES (CAST(printf('%032d', {number}) AS BLOB), zeroblob(32), x'00', '{}', 9)",
            id(name)
        ));
    }
    let file = source.backup();
    for keeps in [false, true] {
        let database = Database::new(false).await;
        database.change();
        database.restore(&file, keeps).unwrap();
        let rows = |table: &str| database.place.rows(table);
        if !keeps {
            assert_eq!((rows("key_events"), rows("key_answers")), (0, 4));
            continue;
        }
        let operator = format!(
            "key_events WHERE at = {NOW} AND kind = 'revoked' AND did = '{ALICE}'
            AND credential = 'operator' AND key_id IN ('{}', '{}') AND key_name LIKE '% later'",
            id("revoked later"),
            id("deleted later")
        );
        assert_eq!((rows("key_events"), rows(&operator)), (2, 2));
        let left = format!("key_answers WHERE key_id = '{}'", id("kept"));
        assert_eq!((rows("key_answers"), rows(&left)), (1, 1));
    }
}

#[tokio::test]
async fn a_database_without_the_tables_of_its_schema_is_not_restored() {
    for (is_earlier, statement) in [
        (
            true,
            "ALTER TABLE api_keys RENAME COLUMN revoked_at TO gone",
        ),
        (true, "DROP TABLE api_keys"),
        (true, "ALTER TABLE api_keys RENAME TO other"),
        (false, "DROP TABLE keys"),
        (false, "ALTER TABLE keys DROP COLUMN scopes"),
        (false, "ALTER TABLE keys RENAME TO other"),
    ] {
        let source = Database::new(is_earlier).await;
        let file = source.backup();
        let edited = Place::new();
        fs::copy(file, edited.file()).unwrap();
        let edited = TestDatabase::Sqlite(edited);
        edited.sql(statement);
        let edited = edited.url().replace("sqlite:", "");
        let restored = Database::new(is_earlier)
            .await
            .restore(Path::new(&edited), false);
        assert!(
            matches!(restored, Err(BackupError::Foreign { .. })),
            "{statement}: {restored:?}"
        );
    }
}
