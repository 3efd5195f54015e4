//! Reads the lexicons below a directory.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::catalog::Catalog;
use crate::diagnostic::{Diagnostic, Pointer};
use crate::loaded::Loaded;

impl Catalog {
    /// Reads every `.json` file below a directory. A file that is invalid, or cannot be read, does not stop
    /// the others.
    ///
    /// # Errors
    /// The directory itself cannot be read.
    pub fn load(dir: &Path) -> io::Result<Loaded> {
        Self::load_as(dir, Path::new(""))
    }

    /// The same, with `shown` before the names of the files in diagnostics.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn load_as(dir: &Path, shown: &Path) -> io::Result<Loaded> {
        Loaded::read(dir, shown, &|_| false)
    }
}

impl Loaded {
    /// Reads every `.json` file below a directory, but for those in directories that `leaves_out` names. Symbolic
    /// links are followed, and each directory is read once. Diagnostics have `shown` before the names of the files.
    ///
    /// # Errors
    /// The directory itself cannot be read. What cannot be read below it is reported in
    /// [`diagnostics`](Self::diagnostics).
    pub fn read(dir: &Path, shown: &Path, leaves_out: &dyn Fn(&Path) -> bool) -> io::Result<Self> {
        let walk = Walk::through(dir, leaves_out)?;
        let mut loaded = Self::default();
        let shown = |path: &Path| shown.join(path.strip_prefix(dir).unwrap_or(path));
        for path in walk.files {
            match fs::read(&path).map(String::from_utf8) {
                Ok(Ok(source)) => loaded.add(&shown(&path), &source),
                Ok(Err(_)) => loaded.report(shown(&path), "json", "expected UTF-8".to_owned()),
                Err(error) => loaded.report(shown(&path), "unreadable", error.to_string()),
            }
        }
        for (path, message) in walk.faults {
            loaded.report(shown(&path), "unreadable", message);
        }
        Ok(loaded)
    }

    fn report(&mut self, file: PathBuf, rule: &'static str, message: String) {
        let diagnostic = Diagnostic::new(file, Pointer::root(), rule, message);
        self.diagnostics.push(diagnostic);
    }
}

/// The files that [`Loaded::read`] reads, in the order of their paths.
///
/// # Errors
/// The directory itself cannot be read.
pub fn files(dir: &Path, leaves_out: &dyn Fn(&Path) -> bool) -> io::Result<Vec<PathBuf>> {
    Ok(Walk::through(dir, leaves_out)?.files)
}

/// A walk through directories.
struct Walk<'a> {
    leaves_out: &'a dyn Fn(&Path) -> bool,
    files: Vec<PathBuf>,
    /// Links to directories that have not been entered yet.
    links: BTreeSet<PathBuf>,
    /// The directories that were entered, by their canonical paths: none is entered twice.
    visited: BTreeSet<PathBuf>,
    /// What cannot be read, and why.
    faults: Vec<(PathBuf, String)>,
}

impl<'a> Walk<'a> {
    fn through(dir: &Path, leaves_out: &'a dyn Fn(&Path) -> bool) -> io::Result<Self> {
        let mut walk = Self {
            leaves_out,
            files: Vec::new(),
            links: BTreeSet::new(),
            visited: BTreeSet::new(),
            faults: Vec::new(),
        };
        walk.enter(dir)?;
        // Links come last, so that a file is found under its own path where it has one.
        while let Some(link) = walk.links.pop_first() {
            walk.enter_or_report(&link);
        }
        walk.files.sort();
        Ok(walk)
    }

    /// Lists the files of a directory and of those below it.
    fn enter(&mut self, dir: &Path) -> io::Result<()> {
        if !self.visited.insert(fs::canonicalize(dir)?) {
            return Ok(());
        }
        for entry in fs::read_dir(dir)? {
            let entry = entry?;
            let path = entry.path();
            let is_link = entry.file_type()?.is_symlink();
            match fs::metadata(&path) {
                Ok(target) if target.is_dir() && is_link => {
                    self.links.insert(path);
                }
                Ok(target) if target.is_dir() => self.enter_or_report(&path),
                Ok(target) if target.is_file() && is_json(&path) => self.files.push(path),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound && is_link => {
                    let message = "the symbolic link leads nowhere".to_owned();
                    self.faults.push((path, message));
                }
                Err(error) => self.faults.push((path, error.to_string())),
            }
        }
        Ok(())
    }

    fn enter_or_report(&mut self, dir: &Path) {
        if (self.leaves_out)(dir) {
            return;
        }
        if let Err(error) = self.enter(dir) {
            self.faults.push((dir.to_owned(), error.to_string()));
        }
    }
}

fn is_json(path: &Path) -> bool {
    let extension = path.extension();
    extension.is_some_and(|extension| extension.eq_ignore_ascii_case("json"))
}
