//! Where the keys are.

use std::fmt;
use std::fs::DirBuilder;
use std::io;
use std::path::{Path, PathBuf};

#[cfg(feature = "postgres")]
use crate::PostgresUrl;

/// A database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// A file of SQLite.
    Sqlite(SqliteFile),
    /// A database of PostgreSQL.
    #[cfg(feature = "postgres")]
    Postgres(PostgresUrl),
}

/// The file of an SQLite database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SqliteFile(PathBuf);

/// Why a text names no database. It does not hold the text, which may have a password in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvalidUrl {
    /// Its scheme is not known.
    Scheme,
    /// It is PostgreSQL, which was left out of this build.
    NoPostgres,
    /// It names no file.
    NoFile,
    /// It is a database in memory, or one with options.
    NotPlain,
    /// It is PostgreSQL, and where its parts end is not clear.
    Unescaped,
}

impl DatabaseUrl {
    /// Reads `sqlite:FILE`, `sqlite://FILE` or `postgres://...`.
    ///
    /// # Errors
    /// What was expected.
    pub fn parse(text: &str) -> Result<Self, InvalidUrl> {
        match text.split_once(':') {
            Some(("sqlite", file)) => Ok(Self::Sqlite(SqliteFile::parse(file)?)),
            Some(("postgres" | "postgresql", _)) => Self::postgres(text),
            _ => Err(InvalidUrl::Scheme),
        }
    }

    #[cfg(feature = "postgres")]
    fn postgres(text: &str) -> Result<Self, InvalidUrl> {
        PostgresUrl::parse(text).map(Self::Postgres)
    }

    #[cfg(not(feature = "postgres"))]
    fn postgres(_: &str) -> Result<Self, InvalidUrl> {
        Err(InvalidUrl::NoPostgres)
    }

    /// The file, if it is SQLite.
    pub fn sqlite(&self) -> Option<&SqliteFile> {
        match self {
            Self::Sqlite(file) => Some(file),
            #[cfg(feature = "postgres")]
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

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// A file that belongs to the database: its name, and one more ending. Whoever comes by a symbolic
    /// link finds the same one.
    pub fn beside(&self, ending: &str) -> PathBuf {
        let file = self.0.canonicalize().unwrap_or_else(|_| self.0.clone());
        let mut name = file.into_os_string();
        name.push(".");
        name.push(ending);
        PathBuf::from(name)
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(file) => write!(f, "sqlite:{}", file.0.display()),
            #[cfg(feature = "postgres")]
            Self::Postgres(url) => url.fmt(f),
        }
    }
}

impl fmt::Display for InvalidUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Scheme => "expected sqlite:FILE or postgres://..., found another scheme",
            Self::NoPostgres => {
                "this build has no PostgreSQL: build it with `cargo build --release --features postgres`"
            }
            Self::NoFile => "expected sqlite:FILE, found no file name",
            Self::NotPlain => {
                "expected sqlite:FILE with a plain file name: keys in memory are lost"
            }
            Self::Unescaped => {
                "expected postgres://USER:PASSWORD@HOST/DATABASE?OPTIONS, with %40 %2F %3F %23 %25 for \
                 the signs @ / ? # % in a name or a password"
            }
        })
    }
}

impl std::error::Error for InvalidUrl {}

/// Makes a directory that is for its owner alone, and those above it that are missing.
///
/// # Errors
/// Those of the file system.
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
        let (postgres, unclear) = match cfg!(feature = "postgres") {
            true => (Ok("postgres://host/db"), Err(InvalidUrl::Unescaped)),
            false => (Err(InvalidUrl::NoPostgres), Err(InvalidUrl::NoPostgres)),
        };
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
