//! A file system of its own, which a test fills or makes read-only.

use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

use super::skip::skip;

/// A file system in memory. It is unmounted when this is dropped.
pub struct Mount(TempDir);

impl Mount {
    /// Mounts a file system of a size such as `1m`. `None` if this user may not.
    pub fn new(size: &str) -> Option<Self> {
        let mount = Self(TempDir::new().unwrap());
        if mount.run(&["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"]) {
            return Some(mount);
        }
        skip("only root can mount a file system")
    }

    /// Changes an option of the file system, such as `ro`.
    pub fn remount(&self, option: &str) -> bool {
        self.run(&["-o", &format!("remount,{option}")])
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// The URL of an SQLite file there.
    pub fn database_url(&self) -> String {
        format!("sqlite:{}", self.path().join("keys.sqlite").display())
    }

    fn run(&self, arguments: &[&str]) -> bool {
        let mut mount = Command::new("mount");
        mount.args(arguments).arg(self.path());
        let done = mount.stdout(Stdio::null()).stderr(Stdio::null()).status();
        done.is_ok_and(|status| status.success())
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.path()).status();
    }
}
