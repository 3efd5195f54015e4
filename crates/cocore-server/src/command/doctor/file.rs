//! The files of an SQLite database: whether they exist, who may access them, and the disk that they are on.

use std::fs::{File, Metadata, TryLockError};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use cocore_store::SqliteFile;
use rustix::fs::{Access, StatVfsMountFlags, access};

use super::check::Check;
use super::file_system;
use crate::command::control_socket;

const FILE: &str = "file";
const DISK: &str = "disk";
const SERVER: &str = "server";

/// With less free space, in bytes, the log of the database may not fit.
const MIN_FREE: u64 = 64 << 20;
/// With less free space, in bytes, a write may not fit.
const MIN_WRITE: u64 = 64 << 10;

/// What was found.
pub(super) struct Found {
    pub(super) checks: Vec<Check>,
    /// Whether there is no database yet.
    pub(super) is_missing: bool,
}

/// Examines the files of a database. It may block.
pub(super) fn examine(database: &SqliteFile) -> Found {
    let path = database.path();
    let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty());
    let dir = dir.unwrap_or(Path::new("."));
    let file = path.metadata();
    let is_missing = file.is_err();
    let mut checks = vec![match file {
        Ok(metadata) => check_file(database, dir, &metadata),
        Err(error) => check_missing(path, dir, &error),
    }];
    if dir.is_dir() {
        checks.push(file_system::check(dir));
        checks.push(check_disk(dir));
    }
    if !is_missing {
        checks.push(check_server(database));
    }
    Found { checks, is_missing }
}

fn check_missing(path: &Path, dir: &Path, error: &io::Error) -> Check {
    let found = format!("{}: {error}", path.display());
    if error.kind() != io::ErrorKind::NotFound {
        return Check::failed(FILE, found, "let the server's user access it");
    }
    if !dir.is_dir() {
        // The server creates only its own default directory.
        let found = format!("{}: there is no such directory", dir.display());
        return Check::warning(
            FILE,
            found,
            "create it with mode 0700, for the server's user",
        );
    }
    if access(dir, Access::WRITE_OK | Access::EXEC_OK).is_err() {
        let found = format!("{}: this user may not create files in it", dir.display());
        return Check::failed(FILE, found, "give the directory to the server's user");
    }
    let found = format!("{} does not exist yet", path.display());
    Check::ok(
        FILE,
        format!("{found}: the server creates it when it starts"),
    )
}

fn check_file(database: &SqliteFile, dir: &Path, file: &Metadata) -> Check {
    let path = database.path().display();
    if !file.is_file() {
        return Check::failed(
            FILE,
            format!("{path} is not a regular file"),
            "name another one with --database-url",
        );
    }
    for (of, rights) in [
        (database.path(), Access::READ_OK | Access::WRITE_OK),
        (dir, Access::WRITE_OK | Access::EXEC_OK),
    ] {
        if let Err(error) = access(of, rights) {
            let found = format!("{}: this user may not write to it: {error}", of.display());
            return Check::failed(FILE, found, "give it to the server's user");
        }
    }
    if let Some(other) = beside(database).find(|other| {
        let other = other.metadata();
        other.is_ok_and(|other| other.uid() != file.uid())
    }) {
        let found = format!("{} has another owner than {path}", other.display());
        return Check::failed(FILE, found, "give both to the server's user");
    }
    let mode = file.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        let found = format!("{path} has mode {mode:04o}: other users can access it");
        return Check::warning(FILE, found, format!("chmod 600 {path}"));
    }
    if dir.metadata().is_ok_and(|dir| dir.mode() & 0o1002 == 0o002) {
        let found = format!("{}: every user can replace files in it", dir.display());
        return Check::warning(FILE, found, "chmod 700 it");
    }
    if file.nlink() > 1 {
        let found = format!("{path} has {} names (hard links)", file.nlink());
        return Check::warning(
            FILE,
            found,
            "use only one of them: each name has a log of its own",
        );
    }
    Check::ok(FILE, format!("{path}, mode {mode:04o}"))
}

/// Returns the paths of the files that belong to a database.
fn beside(database: &SqliteFile) -> impl Iterator<Item = PathBuf> {
    let path = database.path();
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    ["-wal", "-shm", ".sock"].into_iter().map(move |suffix| {
        let mut name = path.clone().into_os_string();
        name.push(suffix);
        PathBuf::from(name)
    })
}

fn check_disk(dir: &Path) -> Check {
    let disk = match rustix::fs::statvfs(dir) {
        Ok(disk) => disk,
        Err(error) => return Check::not_checked(DISK, format!("{}: {error}", dir.display())),
    };
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    let found = format!(
        "{} MiB are free on the disk of {}",
        free >> 20,
        dir.display()
    );
    if disk.f_flag.contains(StatVfsMountFlags::RDONLY) {
        let found = format!("the disk of {} is read-only", dir.display());
        Check::failed(
            DISK,
            found,
            "mount it for writing: look at the kernel's log for the cause",
        )
    } else if free < MIN_WRITE {
        Check::failed(DISK, found, "make room: no key can be changed")
    } else if disk.f_files > 0 && disk.f_favail == 0 {
        let found = format!("the disk of {} has no inode left", dir.display());
        Check::failed(DISK, found, "remove files: SQLite has to create some")
    } else if free < MIN_FREE {
        Check::warning(
            DISK,
            found,
            "make room: the log of the database takes up to 64 MiB",
        )
    } else {
        Check::ok(DISK, found)
    }
}

/// Checks whether a server runs. The lock is held for a moment; a server that starts just then tries again.
fn check_server(database: &SqliteFile) -> Check {
    let socket = control_socket::path(database);
    let connected = control_socket::probe(database);
    // SQLite's connections to the file are opened later: closing a descriptor releases their locks.
    let locked = File::open(database.path()).map(|file| file.try_lock());
    let is_locked = matches!(locked, Ok(Err(TryLockError::WouldBlock)));
    match (connected, is_locked) {
        (Ok(()), true) => Check::ok(SERVER, "a server runs on the database"),
        (Ok(()), false) if cfg!(target_os = "linux") => Check::failed(
            SERVER,
            format!(
                "a server answers on {}, and has not locked {}: the file was replaced",
                socket.display(),
                database.path().display()
            ),
            "restart the server",
        ),
        (Ok(()), false) => Check::ok(SERVER, "a server runs on the database"),
        (Err(error), true) => Check::warning(
            SERVER,
            format!(
                "a process has locked the database, and does not answer on {}: {error}",
                socket.display()
            ),
            "wait, if a server is starting or a command runs; otherwise end the process",
        ),
        (Err(_), false) => Check::ok(SERVER, "no server runs on the database"),
    }
}
