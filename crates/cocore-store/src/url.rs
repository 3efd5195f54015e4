//! Where the keys are.

use std::fmt;
use std::fs::DirBuilder;
use std::io;
use std::path::{Path, PathBuf};

/// An SQLite file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatabaseUrl {
    file: PathBuf,
}

/// Why a text names no database. It does not hold the text, which may have a password in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvalidUrl {
    /// Its scheme is not known.
    Scheme,
    /// It is PostgreSQL.
    Postgres,
    /// It names no file.
    NoFile,
    /// It is a database in memory, or one with options.
    NotPlain,
}

impl DatabaseUrl {
    /// Reads `sqlite:FILE`, or `sqlite://FILE`.
    ///
    /// # Errors
    /// What was expected.
    pub fn parse(text: &str) -> Result<Self, InvalidUrl> {
        let scheme = text.split(':').next().unwrap_or_default();
        if matches!(scheme, "postgres" | "postgresql") {
            return Err(InvalidUrl::Postgres);
        }
        let file = text.strip_prefix("sqlite:").ok_or(InvalidUrl::Scheme)?;
        let file = file.strip_prefix("//").unwrap_or(file);
        if file.is_empty() || file.ends_with('/') || file.contains('\0') {
            return Err(InvalidUrl::NoFile);
        }
        if file.starts_with(':') || file.contains('?') {
            return Err(InvalidUrl::NotPlain);
        }
        Ok(Self { file: file.into() })
    }

    /// The file.
    pub fn file(&self) -> &Path {
        &self.file
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sqlite:{}", self.file.display())
    }
}

impl fmt::Display for InvalidUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Scheme => "expected sqlite:FILE, found another scheme",
            Self::Postgres => "expected sqlite:FILE: this build has no PostgreSQL",
            Self::NoFile => "expected sqlite:FILE, found no file name",
            Self::NotPlain => {
                "expected sqlite:FILE with a plain file name: keys in memory are lost"
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
        for (text, expected) in [
            ("sqlite:keys.sqlite", Ok("keys.sqlite")),
            ("sqlite:/var/lib/keys.sqlite", Ok("/var/lib/keys.sqlite")),
            ("sqlite:///var/lib/keys.sqlite", Ok("/var/lib/keys.sqlite")),
            ("sqlite://keys.sqlite", Ok("keys.sqlite")),
            ("", Err(InvalidUrl::Scheme)),
            ("keys.sqlite", Err(InvalidUrl::Scheme)),
            ("mysql://user:password@host/db", Err(InvalidUrl::Scheme)),
            (
                "postgres://user:password@host/db",
                Err(InvalidUrl::Postgres),
            ),
            ("postgresql://host", Err(InvalidUrl::Postgres)),
            ("sqlite:", Err(InvalidUrl::NoFile)),
            ("sqlite:///var/lib/", Err(InvalidUrl::NoFile)),
            ("sqlite::memory:", Err(InvalidUrl::NotPlain)),
            ("sqlite:keys.sqlite?mode=ro", Err(InvalidUrl::NotPlain)),
        ] {
            let found = DatabaseUrl::parse(text);
            let found = found.as_ref().map(|url| url.file().to_str().unwrap());
            assert_eq!(found.map_err(|error| *error), expected, "{text}");
        }
    }
}
