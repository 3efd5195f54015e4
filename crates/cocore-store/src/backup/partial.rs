//! A file that gets its name when it is complete.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use tempfile::TempPath;

use super::error::BackupError;

/// The files that SQLite may create beside a database.
const SIDE_FILES: [&str; 3] = ["-journal", "-wal", "-shm"];

/// A file under a temporary name, the target's name and `.partial`. It is locked, which other processes see, and
/// removed when it is dropped. A process that was killed leaves it behind; the next one removes it.
pub(super) struct PartialFile {
    file: File,
    path: TempPath,
    target: PathBuf,
    // It is dropped after the file itself.
    _side_files: SideFiles,
}

/// Removes the files beside a database when it is dropped.
struct SideFiles(PathBuf);

impl Drop for SideFiles {
    fn drop(&mut self) {
        remove_side_files(&self.0);
    }
}

impl PartialFile {
    /// Creates the file, which only its owner can access.
    pub(super) fn create(target: &Path) -> Result<Self, BackupError> {
        let path = with_suffix(target, ".partial");
        remove_stale(&path)?;
        let failed = |error| BackupError::file(&path, error);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path).map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists => BackupError::Busy(path.clone()),
            _ => failed(error),
        })?;
        lock(&file, &path)?;
        Ok(Self {
            file,
            path: TempPath::try_from_path(&path).map_err(failed)?,
            target: target.to_owned(),
            _side_files: SideFiles(path),
        })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn file(&self) -> &File {
        &self.file
    }

    /// Returns the size in bytes.
    pub(super) fn len(&self) -> i64 {
        let length = self.file.metadata().map_or(0, |file| file.len());
        i64::try_from(length).unwrap_or(i64::MAX)
    }

    /// Syncs the file, gives it its name, and syncs the directory. Returns the file, which is locked while it is open.
    pub(super) fn persist(self, overwrite: bool) -> Result<File, BackupError> {
        let Self {
            file, path, target, ..
        } = self;
        let failed = |error| BackupError::file(&target, error);
        file.sync_all().map_err(failed)?;
        let persisted = if overwrite {
            path.persist(&target)
        } else {
            path.persist_noclobber(&target)
        };
        persisted.map_err(|error| match error.error.kind() {
            ErrorKind::AlreadyExists => BackupError::Exists(target.clone()),
            _ => failed(error.error),
        })?;
        sync_dir_of(&target).map_err(failed)?;
        Ok(file)
    }
}

/// Removes the file that a killed process has left, unless another process is writing it.
fn remove_stale(path: &Path) -> Result<(), BackupError> {
    let Ok(found) = path.symlink_metadata() else {
        return Ok(());
    };
    if found.is_file() {
        let file = File::open(path).map_err(|error| BackupError::file(path, error))?;
        lock(&file, path)?;
        fs::remove_file(path).map_err(|error| BackupError::file(path, error))?;
        remove_side_files(path);
        Ok(())
    } else {
        Err(BackupError::NotRegular(path.to_owned()))
    }
}

/// Locks a file. A file system without locks has none that could be held.
fn lock(file: &File, path: &Path) -> Result<(), BackupError> {
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => Err(BackupError::Busy(path.to_owned())),
        Ok(()) | Err(TryLockError::Error(_)) => Ok(()),
    }
}

fn remove_side_files(path: &Path) {
    for suffix in SIDE_FILES {
        let _ = fs::remove_file(with_suffix(path, suffix));
    }
}

/// Syncs the directory of a file, so that its name survives a loss of power.
pub(super) fn sync_dir_of(path: &Path) -> std::io::Result<()> {
    let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty());
    File::open(dir.unwrap_or(Path::new(".")))?.sync_all()
}

/// Appends a suffix to the name of a file.
pub(super) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}
