//! The socket file of a running server, beside its database. From the moment that it exists, only its owner
//! can connect to it.

use std::io;
use std::os::unix::net::UnixListener;
use std::path::PathBuf;

use cocore_store::SqliteFile;

use crate::unix_socket::{self, SocketFile};

/// Only the owner may connect.
const MODE: u32 = 0o600;

/// Returns the path of the control socket of a database.
pub(super) fn path(database: &SqliteFile) -> PathBuf {
    database.beside("sock")
}

/// Checks that a process accepts connections on the control socket of a database.
///
/// # Errors
/// No process does, or this user may not connect.
pub(super) fn probe(database: &SqliteFile) -> io::Result<()> {
    unix_socket::probe(&path(database))
}

/// Binds the control socket of a database, and replaces a file of its name: this process holds the lock of the
/// database, so that an existing socket is left over from a server that crashed.
///
/// # Errors
/// The directory of the database cannot be written, or the path cannot be bound.
pub(super) fn bind(database: &SqliteFile) -> io::Result<(SocketFile, UnixListener)> {
    SocketFile::replace(&path(database), MODE)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::path::Path;

    use cocore_store::DatabaseUrl;
    use tempfile::TempDir;

    use super::*;

    fn database(dir: &Path) -> SqliteFile {
        let url = format!("sqlite:{}", dir.join("keys.sqlite").display());
        let url = DatabaseUrl::parse(&url).unwrap();
        url.sqlite().unwrap().clone()
    }

    #[test]
    fn a_socket_is_private_and_replaces_the_last_one() {
        let dir = TempDir::new().unwrap();
        let database = database(dir.path());
        assert!(probe(&database).is_err());
        let (first, _first_listener) = bind(&database).unwrap();
        assert!(first.is_in_place());
        let (second, listener) = bind(&database).unwrap();
        assert!(second.is_in_place() && !first.is_in_place());
        let mode = fs::metadata(path(&database)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        probe(&database).unwrap();
        // Nothing else is left in the directory.
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
        drop(listener);
        assert!(probe(&database).is_err());
        fs::remove_file(path(&database)).unwrap();
        assert!(!second.is_in_place());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_path_may_be_longer_than_a_socket_address() {
        let dir = TempDir::new().unwrap();
        let deep = dir.path().join("d".repeat(120)).join("e".repeat(200));
        fs::create_dir_all(&deep).unwrap();
        let database = database(&deep);
        let (socket, _listener) = bind(&database).unwrap();
        assert!(socket.is_in_place());
        probe(&database).unwrap();
    }
}
