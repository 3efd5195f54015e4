//! The socket file of a running server, beside its database. From the moment that it exists, only its owner
//! can connect to it.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

use cocore_store::SqliteFile;
use tempfile::Builder;

use super::socket_address::SocketAddress;

/// Returns the path of the control socket of a database.
pub(super) fn path(database: &SqliteFile) -> PathBuf {
    database.beside("sock")
}

/// Checks that a process accepts connections on the control socket of a database.
///
/// # Errors
/// No process does, or this user may not connect.
pub(super) fn probe(database: &SqliteFile) -> io::Result<()> {
    let address = SocketAddress::to_connect(&path(database))?;
    UnixStream::connect(address.path()).map(drop)
}

/// A socket file that this process has bound.
pub(super) struct ControlSocket {
    path: PathBuf,
    device: u64,
    inode: u64,
    owner: u32,
}

impl ControlSocket {
    /// Binds the control socket of a database, and replaces a file of its name: this process holds the lock
    /// of the database, so that an existing socket is left over from a server that crashed.
    ///
    /// A new socket has the mode that the umask leaves, and the umask belongs to all threads. The socket is
    /// therefore bound in a directory that only its owner can enter, and moved to its place with mode 0600.
    ///
    /// # Errors
    /// The directory of the database cannot be written, or the path cannot be bound.
    pub(super) fn bind(database: &SqliteFile) -> io::Result<(Self, UnixListener)> {
        let path = path(database);
        let parent = path.parent().filter(|dir| !dir.as_os_str().is_empty());
        let private = Builder::new()
            .prefix(".cocore-")
            .permissions(Permissions::from_mode(0o700))
            .tempdir_in(parent.unwrap_or(Path::new(".")))?;
        let unnamed = private.path().join("sock");
        let listener = UnixListener::bind(SocketAddress::to_bind(&unnamed)?.path())?;
        fs::set_permissions(&unnamed, Permissions::from_mode(0o600))?;
        let metadata = fs::symlink_metadata(&unnamed)?;
        fs::rename(&unnamed, &path)?;
        let socket = Self {
            path,
            device: metadata.dev(),
            inode: metadata.ino(),
            owner: metadata.uid(),
        };
        Ok((socket, listener))
    }

    /// Returns whether the path still leads to this socket.
    pub(super) fn is_in_place(&self) -> bool {
        fs::symlink_metadata(&self.path)
            .is_ok_and(|found| (found.dev(), found.ino()) == (self.device, self.inode))
    }

    /// Returns the id of the user to whom the socket belongs.
    pub(super) fn owner(&self) -> u32 {
        self.owner
    }
}

#[cfg(test)]
mod tests {
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
        let (first, _first_listener) = ControlSocket::bind(&database).unwrap();
        assert!(first.is_in_place());
        let (second, listener) = ControlSocket::bind(&database).unwrap();
        assert!(second.is_in_place() && !first.is_in_place());
        let mode = fs::metadata(&second.path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        probe(&database).unwrap();
        // Nothing else is left in the directory.
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
        drop(listener);
        assert!(probe(&database).is_err());
        fs::remove_file(&second.path).unwrap();
        assert!(!second.is_in_place());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_path_may_be_longer_than_a_socket_address() {
        let dir = TempDir::new().unwrap();
        let deep = dir.path().join("d".repeat(120)).join("e".repeat(200));
        fs::create_dir_all(&deep).unwrap();
        let database = database(&deep);
        let (socket, _listener) = ControlSocket::bind(&database).unwrap();
        assert!(socket.is_in_place());
        probe(&database).unwrap();
    }
}
