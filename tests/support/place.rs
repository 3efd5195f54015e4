//! Where a server of the tests keeps its keys: in an SQLite file, or, where the tests are built with
//! the feature `postgres`, in a database of a PostgreSQL of their own.

use tempfile::TempDir;

/// An empty database.
pub struct Place {
    pub url: String,
    /// A directory that goes with it.
    pub dir: TempDir,
}

impl Place {
    /// One of the kind that this build is tested on.
    pub fn new() -> Self {
        #[cfg(feature = "postgres")]
        match super::postgres::Cluster::shared() {
            Ok(cluster) => {
                return Self {
                    url: cluster.database(),
                    dir: TempDir::new().unwrap(),
                };
            }
            Err(why) => super::skip::skip(&format!("{why}: on SQLite instead")).unwrap_or_default(),
        }
        Self::sqlite()
    }

    /// An SQLite file, whatever this build is tested on.
    pub fn sqlite() -> Self {
        let dir = TempDir::new().unwrap();
        let url = format!("sqlite:{}", dir.path().join("keys.sqlite").display());
        Self { url, dir }
    }

    /// Its path, if it is an SQLite file.
    pub fn file(&self) -> Option<&str> {
        self.url.strip_prefix("sqlite:")
    }
}

/// The key that servers on PostgreSQL seal with, which they have to be told.
pub const SEALING_KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
