//! A database of the previous schema, made with plain SQL.

use std::fs;
use std::path::{Path, PathBuf};

use crate::common::{ALICE, TestDatabase, id, secret};

/// The migration that gives keys their scopes.
const KEY_LIFE: &str = "2026-11-27-000000_key_life";

/// The directories of a database's migrations, in their order.
pub(super) fn migrations(database: &TestDatabase) -> Vec<PathBuf> {
    let kind = match database {
        TestDatabase::Sqlite(_) => "sqlite",
        TestDatabase::Postgres(_) => "postgres",
    };
    let dir = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let entries = fs::read_dir(dir.join(kind)).unwrap();
    let mut dirs: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    dirs.sort();
    dirs
}

/// The directories of the migrations that the previous schema lacks, in their order.
pub(super) fn missing(database: &TestDatabase) -> Vec<PathBuf> {
    let dirs = migrations(database).into_iter();
    dirs.skip_while(|dir| !dir.ends_with(KEY_LIFE)).collect()
}

/// The version of a migration.
pub(super) fn version(dir: &Path) -> String {
    let name = dir.file_name().unwrap().to_str().unwrap();
    name.split('_').next().unwrap().replace('-', "")
}

/// Gives an empty database the previous schema.
pub(super) fn create(database: &TestDatabase) {
    database.sql(
        "CREATE TABLE __diesel_schema_migrations (
            version VARCHAR(50) PRIMARY KEY NOT NULL,
            run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP)",
    );
    let dirs = migrations(database);
    for dir in dirs.iter().take_while(|dir| !dir.ends_with(KEY_LIFE)) {
        database.sql(&fs::read_to_string(dir.join("up.sql")).unwrap());
        let version = version(dir);
        let applied = "INSERT INTO __diesel_schema_migrations (version) VALUES";
        database.sql(&format!("{applied} ('{version}')"));
    }
}

/// Inserts a key into a table, whose columns are those that it had first.
pub(super) fn insert(
    database: &TestDatabase,
    table: &str,
    name: &str,
    expires_at: Option<i64>,
    revoked_at: Option<i64>,
) {
    let digest = secret(name).digest();
    let digest: String = digest.as_bytes().map(|byte| format!("{byte:02x}")).concat();
    let digest = match database {
        TestDatabase::Sqlite(_) => format!("x'{digest}'"),
        TestDatabase::Postgres(_) => format!("'\\x{digest}'::bytea"),
    };
    let null = |at: Option<i64>| at.map_or("NULL".to_owned(), |at| at.to_string());
    let (expires_at, revoked_at) = (null(expires_at), null(revoked_at));
    database.sql(&format!(
        "INSERT INTO {table} (id, did, name, prefix, hash, created_at, expires_at, revoked_at)
        VALUES ('{}', '{ALICE}', '{name}', 'cocore-AAAAAAAA', {digest}, 1, {expires_at}, {revoked_at})",
        id(name)
    ));
}
