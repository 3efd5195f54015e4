//! The files of an SQLite database.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::Path;

use cocore_keys::StoreError;

use crate::error::Cause;
use crate::url::SqliteFile;

/// The identity of a file, whatever its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FileId(u64, u64);

impl FileId {
    /// Returns the identity of the file that has this name now. The file is not opened: closing it would
    /// release every lock that SQLite holds on it for this process.
    pub(crate) fn of(path: &Path) -> Result<Self, StoreError> {
        let metadata = path.metadata().map_err(|error| Cause::file(path, error))?;
        Ok(Self::of_metadata(&metadata))
    }

    /// Returns the identity of an open file.
    pub(crate) fn of_open(file: &File) -> io::Result<Self> {
        file.metadata().map(|metadata| Self::of_metadata(&metadata))
    }

    #[cfg(unix)]
    fn of_metadata(file: &Metadata) -> Self {
        use std::os::unix::fs::MetadataExt;
        Self(file.dev(), file.ino())
    }

    #[cfg(not(unix))]
    fn of_metadata(_: &Metadata) -> Self {
        Self(0, 0)
    }
}

/// Creates the database's file, which only its owner can access, if it does not exist: SQLite gives its other
/// files the same owner and mode. A missing directory is an error.
///
/// An existing file is not opened: see [`FileId::of`]. The caller has connected to no new file.
pub(crate) fn private_file(file: &SqliteFile) -> Result<(), StoreError> {
    let path = file.path();
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let created = match options.open(path) {
        Ok(created) => created,
        Err(error) if error.kind() == ErrorKind::AlreadyExists => return Ok(()),
        Err(error) => return Err(Cause::file(path, error).into()),
    };
    let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty());
    let dir = dir.unwrap_or(Path::new("."));
    give_to_owner_of(dir, &created)
        // The name has to survive a loss of power too.
        .and_then(|()| File::open(dir)?.sync_all())
        .map_err(|error| {
            let _ = std::fs::remove_file(path);
            Cause::file(path, error).into()
        })
}

/// Gives a file that root has created to the owner of its directory, or of another file, who runs the server.
#[cfg(unix)]
pub(crate) fn give_to_owner_of(other: &Path, file: &File) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, fchown};
    let (file_owner, other) = (file.metadata()?.uid(), other.metadata()?);
    if file_owner == 0 && other.uid() != 0 {
        fchown(file, Some(other.uid()), Some(other.gid()))?;
    }
    Ok(())
}

#[cfg(not(unix))]
pub(crate) fn give_to_owner_of(_: &Path, _: &File) -> io::Result<()> {
    Ok(())
}
