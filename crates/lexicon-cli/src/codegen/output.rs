//! The directory of the generated code.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::{fs, io};

use lexicon_codegen::{Files, is_generated};

use crate::error::Error;

/// How a file on disk differs from what it should be.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Difference {
    /// The file does not exist.
    Missing,
    /// The file has another content.
    Changed,
    /// No lexicon gives the file.
    LeftOver,
}

impl Difference {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Changed => "differs",
            Self::LeftOver => "left over",
        }
    }
}

/// What has to change on disk.
pub(super) struct Changes<'a> {
    files: &'a Files,
    out: &'a Path,
    differences: Vec<(String, Difference)>,
}

impl<'a> Changes<'a> {
    /// Compares a directory, which may not exist yet, with what it should hold.
    pub(super) fn find(files: &'a Files, out: &'a Path) -> Result<Self, Error> {
        let mut differences = Vec::new();
        for (name, content) in files {
            let path = out.join(name);
            match fs::read(&path) {
                Ok(bytes) if bytes == content.as_bytes() => {}
                Ok(_) => differences.push((name.clone(), Difference::Changed)),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    differences.push((name.clone(), Difference::Missing));
                }
                Err(error) => return Err(Error::io(&path)(error)),
            }
        }
        let mut present = BTreeSet::new();
        list(out, "", &mut present).map_err(Error::io(out))?;
        for name in present.into_iter().filter(|name| !files.contains_key(name)) {
            differences.push((name, Difference::LeftOver));
        }
        Ok(Self {
            files,
            out,
            differences,
        })
    }

    /// The files that differ, by their path in the directory.
    pub(super) fn differences(&self) -> &[(String, Difference)] {
        &self.differences
    }

    /// Makes the directory hold what it should. Nothing is changed if it holds a file that was not
    /// generated.
    pub(super) fn write(&self) -> Result<(), Error> {
        if let Some(path) = self.foreign_file() {
            return Err(Error::NotGenerated(path));
        }
        for (name, difference) in &self.differences {
            let path = self.out.join(name);
            let result = match (difference, self.files.get(name), path.parent()) {
                (Difference::LeftOver, ..) => fs::remove_file(&path),
                (_, Some(content), Some(dir)) => {
                    fs::create_dir_all(dir).and_then(|()| fs::write(&path, content))
                }
                _ => Ok(()),
            };
            result.map_err(Error::io(&path))?;
        }
        Ok(())
    }

    /// A file that would be lost and was not generated. The header of a Rust file shows whether it was; a lexicon
    /// stands beside such a one.
    fn foreign_file(&self) -> Option<PathBuf> {
        let lost = self.differences.iter();
        let lost = lost.filter(|(_, difference)| *difference != Difference::Missing);
        lost.map(|(name, _)| self.out.join(name)).find(|path| {
            let rust = fs::read_to_string(path.with_extension("rs"));
            !rust.is_ok_and(|text| is_generated(&text))
        })
    }
}

/// The files below a directory that may not exist yet, `/` between the steps.
fn list(dir: &Path, prefix: &str, files: &mut BTreeSet<String>) -> io::Result<()> {
    let entries = match fs::read_dir(dir) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            list(&entry.path(), &format!("{name}/"), files)?;
        } else {
            files.insert(name);
        }
    }
    Ok(())
}
