//! Sockets in the file system: bound so that nobody connects who may not, replaced only if nobody listens, and removed
//! when they are closed.

use std::fs::{self, File, Permissions, TryLockError};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::Builder;

use address::SocketAddress;

pub(crate) mod address;

/// How long a process waits for another one that binds a socket in the same directory.
const LOCK_TIMEOUT: Duration = Duration::from_secs(3);
/// How often it tries meanwhile.
const LOCK_RETRY_DELAY: Duration = Duration::from_millis(5);

/// A socket that this process has bound at a path.
#[derive(Debug)]
pub(crate) struct SocketFile {
    path: PathBuf,
    device: u64,
    inode: u64,
    owner: u32,
}

impl SocketFile {
    /// Binds a path, and replaces the file of its name: the caller knows that nobody listens there.
    ///
    /// A new socket has the mode that the umask leaves, and the umask belongs to all threads. The socket is
    /// therefore bound in a directory that only its owner can enter, and moved to its place with its mode.
    ///
    /// # Errors
    /// The directory cannot be written, or the path cannot be bound.
    pub(crate) fn replace(path: &Path, mode: u32) -> io::Result<(Self, UnixListener)> {
        let private = Builder::new()
            .prefix(".cocore-")
            .permissions(Permissions::from_mode(0o700))
            .tempdir_in(directory(path))?;
        let unnamed = private.path().join("sock");
        let listener = UnixListener::bind(SocketAddress::to_bind(&unnamed)?.path())?;
        fs::set_permissions(&unnamed, Permissions::from_mode(mode))?;
        let metadata = fs::symlink_metadata(&unnamed)?;
        fs::rename(&unnamed, path)?;
        let socket = Self {
            path: path.to_owned(),
            device: metadata.dev(),
            inode: metadata.ino(),
            owner: metadata.uid(),
        };
        Ok((socket, listener))
    }

    /// Binds a path at which nobody listens. A socket that a process has left behind is replaced, and nothing else.
    /// Of two processes that try this at the same time, one succeeds.
    ///
    /// # Errors
    /// `AddrInUse`: a process listens there. `AlreadyExists`: there is a file that is no socket. Or the directory
    /// cannot be written.
    pub(crate) fn bind(path: &Path, mode: u32) -> io::Result<(Self, UnixListener)> {
        let _lock = lock(path)?;
        match fs::symlink_metadata(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error),
            Ok(found) if !found.file_type().is_socket() => {
                let what = "there is a file at this path that is no socket";
                return Err(io::Error::new(ErrorKind::AlreadyExists, what));
            }
            Ok(_) => match probe(path) {
                // Nobody listens.
                Err(error) if error.kind() == ErrorKind::ConnectionRefused => {}
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(error),
                Ok(()) => return Err(ErrorKind::AddrInUse.into()),
            },
        }
        Self::replace(path, mode)
    }

    /// Returns whether the path still leads to this socket.
    pub(crate) fn is_in_place(&self) -> bool {
        fs::symlink_metadata(&self.path)
            .is_ok_and(|found| (found.dev(), found.ino()) == (self.device, self.inode))
    }

    /// Returns the id of the user to whom the socket belongs.
    pub(crate) fn owner(&self) -> u32 {
        self.owner
    }

    /// Removes the socket, unless another one has replaced it.
    pub(crate) fn remove(&self) {
        let _lock = lock(&self.path);
        if self.is_in_place() {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Checks that a process accepts connections at a path.
///
/// # Errors
/// No process does, or this user may not connect.
pub(crate) fn probe(path: &Path) -> io::Result<()> {
    let address = SocketAddress::to_connect(path)?;
    UnixStream::connect(address.path()).map(drop)
}

fn directory(path: &Path) -> &Path {
    let parent = path.parent().filter(|dir| !dir.as_os_str().is_empty());
    parent.unwrap_or(Path::new("."))
}

/// Locks the directory of a socket, which leaves no file behind. It is released when it is dropped.
fn lock(path: &Path) -> io::Result<File> {
    let directory = File::open(directory(path))?;
    let begun = Instant::now();
    loop {
        match directory.try_lock() {
            Ok(()) => return Ok(directory),
            Err(TryLockError::Error(error)) => return Err(error),
            Err(TryLockError::WouldBlock) if begun.elapsed() < LOCK_TIMEOUT => {
                thread::sleep(LOCK_RETRY_DELAY);
            }
            Err(TryLockError::WouldBlock) => {
                let what = "another process has locked its directory";
                return Err(io::Error::new(ErrorKind::TimedOut, what));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    #[test]
    fn a_socket_that_was_left_behind_is_replaced_and_nothing_else() {
        let dir = TempDir::new().unwrap();
        let path = dir.path().join("http.sock");
        let (first, listener) = SocketFile::bind(&path, 0o660).unwrap();
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o660);
        let used = SocketFile::bind(&path, 0o660).unwrap_err();
        assert_eq!(used.kind(), ErrorKind::AddrInUse);
        drop(listener);
        assert!(first.is_in_place());
        let (second, listener) = SocketFile::bind(&path, 0o660).unwrap();
        assert!(second.is_in_place() && !first.is_in_place());
        // The first one is not in its place any more: it removes nothing.
        first.remove();
        probe(&path).unwrap();
        second.remove();
        assert!(!path.exists());
        drop(listener);
        // Nothing else is left in the directory.
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);

        let target = dir.path().join("target");
        fs::write(&target, "precious").unwrap();
        std::os::unix::fs::symlink(&target, &path).unwrap();
        for path in [&target, &path, &dir.path().to_owned()] {
            let other = SocketFile::bind(path, 0o660).unwrap_err();
            assert_eq!(other.kind(), ErrorKind::AlreadyExists, "{}", path.display());
        }
        assert_eq!(fs::read_to_string(&target).unwrap(), "precious");
    }

    #[test]
    fn of_many_that_bind_at_the_same_time_one_succeeds() {
        let dir = TempDir::new().unwrap();
        let path = dir.path().join("http.sock");
        // One that was left behind is there as well.
        drop(SocketFile::replace(&path, 0o600).unwrap());
        let bound = std::thread::scope(|scope| {
            let bind = || SocketFile::bind(&path, 0o600);
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(bind)).collect();
            let results = threads.into_iter().map(|thread| thread.join().unwrap());
            results.collect::<Vec<_>>()
        });
        assert_eq!(bound.iter().filter(|result| result.is_ok()).count(), 1);
        probe(&path).unwrap();
    }
}
