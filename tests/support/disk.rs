//! A disk that counts syncs, and that a test can make fail, slow or lose what was not synced.

use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// No space left on device.
pub const ENOSPC: u64 = 28;
/// Input/output error.
pub const EIO: u64 = 5;
/// Read-only file system.
pub const EROFS: u64 = 30;

/// The settings that `disk.c` reads from its file.
#[derive(Clone, Copy)]
pub enum Word {
    Syncs,
    SyncError,
    WriteError,
    SyncMicros,
    Keeps,
    BadSyncs,
}

/// The preloaded library, and the file with its settings.
pub struct Disk {
    words: File,
    dir: TempDir,
}

impl Disk {
    /// Compiles the library with the C compiler that SQLite is built with.
    pub fn new() -> Self {
        let dir = TempDir::new().unwrap();
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/support/disk.c");
        let built = Command::new("cc")
            .args(["-shared", "-fPIC", "-O2", "-o"])
            .arg(dir.path().join("disk.so"))
            .arg(source)
            .status();
        assert!(built.unwrap().success());
        let file = dir.path().join("words");
        fs::write(&file, [0; 48]).unwrap();
        let words = File::options().read(true).write(true).open(file).unwrap();
        Self { words, dir }
    }

    /// The environment variables for the server.
    pub fn variables(&self) -> [(&'static str, PathBuf); 2] {
        let file = |name| self.dir.path().join(name);
        [
            ("LD_PRELOAD", file("disk.so")),
            ("TEST_DISK", file("words")),
        ]
    }

    pub fn set(&self, word: Word, value: u64) {
        let bytes = value.to_ne_bytes();
        self.words.write_all_at(&bytes, word as u64 * 8).unwrap();
    }

    pub fn get(&self, word: Word) -> u64 {
        let mut bytes = [0; 8];
        let read = self.words.read_exact_at(&mut bytes, word as u64 * 8);
        read.unwrap();
        u64::from_ne_bytes(bytes)
    }
}

/// Resets the files of an SQLite database to what was synced last, as a loss of power does.
pub fn lose_power(database: &str) {
    for end in ["", "-wal"] {
        let (file, synced) = (
            format!("{database}{end}"),
            format!("{database}{end}.synced"),
        );
        if fs::exists(&synced).unwrap() {
            fs::copy(synced, file).unwrap();
        } else {
            // SQLite creates the log again.
            assert!(end.is_empty(), "{synced} does not exist");
        }
    }
    // Shared memory, which a loss of power clears.
    let _ = fs::remove_file(format!("{database}-shm"));
}
