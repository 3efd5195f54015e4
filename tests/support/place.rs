//! The database of a server under test: an SQLite file, or, if the variable `COCORE_TEST_DATABASE` is `postgres`, a
//! database in a PostgreSQL cluster that belongs to the tests.

use tempfile::TempDir;

use super::postgres::Cluster;
use super::skip::skip;

/// An empty database.
pub struct Place {
    pub url: String,
    /// A temporary directory of the same lifetime.
    pub dir: TempDir,
}

impl Place {
    /// A database of the kind that this run tests.
    pub fn new() -> Self {
        if std::env::var("COCORE_TEST_DATABASE").is_ok_and(|kind| kind == "postgres") {
            match Cluster::shared() {
                Ok(cluster) => {
                    return Self {
                        url: cluster.database(),
                        dir: TempDir::new().unwrap(),
                    };
                }
                Err(why) => skip(&format!("{why}: on SQLite instead")).unwrap_or_default(),
            }
        }
        Self::sqlite()
    }

    /// An SQLite file in any build.
    pub fn sqlite() -> Self {
        let dir = TempDir::new().unwrap();
        let url = format!("sqlite:{}", dir.path().join("keys.sqlite").display());
        Self { url, dir }
    }

    /// The path of the SQLite file.
    pub fn file(&self) -> Option<&str> {
        self.url.strip_prefix("sqlite:")
    }
}

/// The encryption key of servers on PostgreSQL, which have no default.
pub const ENCRYPTION_KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
