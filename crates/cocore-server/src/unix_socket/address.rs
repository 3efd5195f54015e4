//! Paths of sockets, whatever their length: a socket address holds some 100 bytes, a path up to 4096.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

/// The longest path that fits into a socket address on every system, in bytes.
#[cfg(target_os = "linux")]
const MAX_LENGTH: usize = 100;

/// A path that leads to a socket, for as long as this value lives.
pub(crate) struct SocketAddress {
    path: PathBuf,
    _open: Option<File>,
}

impl SocketAddress {
    /// Returns the path as it is.
    fn direct(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            _open: None,
        }
    }

    /// Returns the path by which this process reaches an open file.
    #[cfg(target_os = "linux")]
    fn through(open: File, name: Option<&std::ffi::OsStr>) -> Self {
        use std::os::fd::AsRawFd;
        let mut path = PathBuf::from(format!("/proc/self/fd/{}", open.as_raw_fd()));
        path.extend(name);
        Self {
            path,
            _open: Some(open),
        }
    }

    /// Returns a path at which a socket can be bound. On Linux, a path that is too long is reached through
    /// its directory; the last component is short.
    ///
    /// # Errors
    /// The directory cannot be opened.
    pub(crate) fn to_bind(path: &Path) -> io::Result<Self> {
        #[cfg(target_os = "linux")]
        if let Some(dir) = path.parent().filter(|_| is_long(path)) {
            return Ok(Self::through(File::open(dir)?, path.file_name()));
        }
        Ok(Self::direct(path))
    }

    /// Returns a path by which a client connects to an existing socket. On Linux, a path that is too long is
    /// reached through the socket itself.
    ///
    /// # Errors
    /// There is no such file.
    pub(crate) fn to_connect(path: &Path) -> io::Result<Self> {
        #[cfg(target_os = "linux")]
        if is_long(path) {
            use std::os::unix::fs::OpenOptionsExt;
            let mut options = File::options();
            // The file is named, not opened: a socket cannot be read.
            options
                .read(true)
                .custom_flags(rustix::fs::OFlags::PATH.bits().cast_signed());
            return Ok(Self::through(options.open(path)?, None));
        }
        Ok(Self::direct(path))
    }

    /// Returns the path.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

#[cfg(target_os = "linux")]
fn is_long(path: &Path) -> bool {
    path.as_os_str().len() > MAX_LENGTH
}
