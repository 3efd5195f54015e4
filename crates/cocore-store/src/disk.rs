//! The disk of an SQLite file.

use cocore_keys::Reason;
use rustix::fs::StatVfsMountFlags;

use crate::url::SqliteFile;

/// With less free space, in bytes, the disk is nearly full: the log may take as much before it is emptied.
const MIN_FREE: u64 = 64 * 1024 * 1024;
/// With less free space, in bytes, a write may not fit.
const MIN_WRITE: u64 = 64 * 1024;

/// Returns the state of the file's disk, unless the file's directory cannot be found. It may block.
pub(crate) fn state(file: &SqliteFile) -> Option<Result<(), Reason>> {
    let dir = file.path().parent()?;
    let dir = if dir.as_os_str().is_empty() {
        ".".as_ref()
    } else {
        dir
    };
    let disk = rustix::fs::statvfs(dir).ok()?;
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    Some(if disk.f_flag.contains(StatVfsMountFlags::RDONLY) {
        Err(Reason::ReadOnly)
    } else if free < MIN_WRITE {
        Err(Reason::DiskFull)
    } else if free < MIN_FREE {
        Err(Reason::DiskNearlyFull)
    } else {
        Ok(())
    })
}
