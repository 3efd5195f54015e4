//! The URL of a database.

use std::fmt;
use std::fs::DirBuilder;
use std::io;
use std::path::{Path, PathBuf};

use crate::error::InvalidUrl;
use crate::postgres::PostgresUrl;

/// The URL of a database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// An SQLite file.
    Sqlite(SqliteFile),
    /// A PostgreSQL database.
    Postgres(PostgresUrl),
}

/// The file of an SQLite database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SqliteFile(PathBuf);

impl DatabaseUrl {
    /// Parses `sqlite:FILE`, `sqlite://FILE` or `postgres://...`.
    ///
    /// # Errors
    /// The text has another form.
    pub fn parse(text: &str) -> Result<Self, InvalidUrl> {
        match text.split_once(':') {
            Some(("sqlite", file)) => Ok(Self::Sqlite(SqliteFile::parse(file)?)),
            Some(("postgres" | "postgresql", _)) => PostgresUrl::parse(text).map(Self::Postgres),
            _ => Err(InvalidUrl::Scheme),
        }
    }

    /// Returns whether the URL holds a password.
    pub fn has_password(&self) -> bool {
        match self {
            Self::Sqlite(_) => false,
            Self::Postgres(url) => url.has_password(),
        }
    }

    /// Returns the file of an SQLite database.
    pub fn sqlite(&self) -> Option<&SqliteFile> {
        match self {
            Self::Sqlite(file) => Some(file),
            Self::Postgres(_) => None,
        }
    }
}

impl SqliteFile {
    fn parse(text: &str) -> Result<Self, InvalidUrl> {
        let file = text.strip_prefix("//").unwrap_or(text);
        if file.is_empty() || file.ends_with('/') || file.contains('\0') {
            return Err(InvalidUrl::NoFile);
        }
        if file.starts_with(':') || file.contains('?') {
            return Err(InvalidUrl::NotPlain);
        }
        Ok(Self(file.into()))
    }

    /// Returns the path.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Returns whether the database has a log, as it has while a server runs.
    pub fn has_log(&self) -> bool {
        self.with_suffix("-wal").is_file()
    }

    /// Returns the path of a file that belongs to the database: its name with another ending. Through a
    /// symbolic link the path is the same.
    pub fn beside(&self, ending: &str) -> PathBuf {
        self.with_suffix(&format!(".{ending}"))
    }

    /// Returns the path that SQLite makes by appending a suffix to the file's name.
    pub(crate) fn with_suffix(&self, suffix: &str) -> PathBuf {
        let file = self.0.canonicalize().unwrap_or_else(|_| self.0.clone());
        let mut name = file.into_os_string();
        name.push(suffix);
        PathBuf::from(name)
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(file) => write!(f, "sqlite:{}", file.0.display()),
            Self::Postgres(url) => url.fmt(f),
        }
    }
}

/// Creates a directory that only its owner can access, and its missing parents.
///
/// # Errors
/// The directory cannot be created.
pub fn create_data_dir(dir: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(dir)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls() {
        let (postgres, unclear) = (Ok("postgres://host/db"), Err(InvalidUrl::Unescaped));
        for (text, expected) in [
            ("sqlite:keys.sqlite", Ok("sqlite:keys.sqlite")),
            ("sqlite:/var/lib/k", Ok("sqlite:/var/lib/k")),
            ("sqlite:///var/lib/k", Ok("sqlite:/var/lib/k")),
            ("sqlite://keys.sqlite", Ok("sqlite:keys.sqlite")),
            ("", Err(InvalidUrl::Scheme)),
            ("keys.sqlite", Err(InvalidUrl::Scheme)),
            ("mysql://user:password@host/db", Err(InvalidUrl::Scheme)),
            ("postgres://host/db", postgres),
            ("postgresql://host/db", postgres),
            ("postgres://user:password@host/db", postgres),
            ("postgres://user:p%40ss@host/db", postgres),
            ("postgres://host/db?sslrootcert=/etc/ca.pem", postgres),
            ("postgres://user:p@ss@host/db", unclear),
            ("postgres://user:p?ss@host/db", unclear),
            ("postgres://user:p/ss@host/db", unclear),
            ("postgres://user:p#ss@host/db", unclear),
            ("postgres://user:p%ss@host/db", unclear),
            ("postgres://user@host/db?password=p@ss", unclear),
            ("postgres:host/db", unclear),
            ("postgres://a,b:2/db", Ok("postgres://a,b:2/db")),
            ("postgres:///db?host=/run/pg", Ok("postgres:///db")),
            ("postgres://host/db?target_session_attrs=primary", postgres),
            ("postgres:///db", Err(InvalidUrl::NoHost)),
            (
                "postgres://a,b/db?host=c",
                Err(InvalidUrl::Option {
                    name: "host and port",
                    expected: "each once",
                }),
            ),
            ("postgres://host:x/db", Err(InvalidUrl::NoHost)),
            (
                "postgres://host/db?sslkey=k",
                Err(InvalidUrl::UnsupportedOption("sslkey")),
            ),
            // The rest of a password is not printed.
            (
                "postgres://host/db?password=a&secret=b",
                Err(InvalidUrl::UnknownOption),
            ),
            ("postgres://user@host/db?password=hidden", postgres),
            ("sqlite:", Err(InvalidUrl::NoFile)),
            ("sqlite:///var/lib/", Err(InvalidUrl::NoFile)),
            ("sqlite::memory:", Err(InvalidUrl::NotPlain)),
            ("sqlite:keys.sqlite?mode=ro", Err(InvalidUrl::NotPlain)),
        ] {
            let found = DatabaseUrl::parse(text);
            if let Ok(url) = &found {
                assert!(!format!("{url:?}").contains("password"), "{text}");
            }
            let found = found.map(|url| url.to_string());
            assert_eq!(found.as_deref().map_err(|error| *error), expected, "{text}");
        }
    }
}
