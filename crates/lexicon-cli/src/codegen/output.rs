//! The directory of the generated code.

use std::collections::BTreeSet;
use std::path::Path;
use std::{fs, io};

use lexicon_codegen::{ExistingModule, Files, is_generated};
use serde_json::Value;

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

/// The directory of the generated code as it is, if it exists.
pub(super) struct Output<'a> {
    out: &'a Path,
    /// The files by their paths in it, `/` between the steps. Those whose names begin with a dot, such as
    /// `.gitattributes`, belong to other programs.
    present: BTreeSet<String>,
}

impl<'a> Output<'a> {
    /// Lists the files of a directory.
    pub(super) fn read(out: &'a Path) -> Result<Self, Error> {
        let mut present = BTreeSet::new();
        list(out, "", &mut present).map_err(Error::io(out))?;
        Ok(Self { out, present })
    }

    /// The modules of documents from which code was generated.
    pub(super) fn modules(&self) -> Vec<ExistingModule> {
        let modules = self.present.iter().filter_map(|name| {
            let path = name.strip_suffix(".json")?;
            let rust = format!("{path}.rs");
            if !(self.present.contains(&rust) && self.is_generated(&rust)) {
                return None;
            }
            let lexicon = fs::read_to_string(self.out.join(name)).unwrap_or_default();
            let path = path.split('/').map(str::to_owned).collect();
            Some(ExistingModule::new(path, &lexicon))
        });
        modules.collect()
    }

    /// What has to change for the directory to hold some files. What is left over stays if something
    /// was refused, since it may be the earlier code of that.
    pub(super) fn compare(
        &self,
        files: &'a Files,
        is_complete: bool,
    ) -> Result<Changes<'a>, Error> {
        let mut differences = Vec::new();
        for (name, content) in files {
            let path = self.out.join(name);
            let difference = match fs::read(&path) {
                Ok(bytes) if bytes == content.as_bytes() => continue,
                Ok(_) => Difference::Changed,
                Err(error) if error.kind() == io::ErrorKind::NotFound => Difference::Missing,
                Err(error) => return Err(Error::io(&path)(error)),
            };
            self.check_place(name)?;
            if difference == Difference::Changed && !self.is_generated(name) {
                return Err(Error::NotGenerated(path));
            }
            differences.push((name.clone(), difference));
        }
        for name in self
            .present
            .iter()
            .filter(|name| !files.contains_key(*name))
        {
            if !self.is_generated(name) {
                return Err(Error::NotGenerated(self.out.join(name)));
            }
            if is_complete {
                self.check_place(name)?;
                differences.push((name.clone(), Difference::LeftOver));
            }
        }
        Ok(Changes {
            files,
            out: self.out,
            differences,
        })
    }

    /// Whether a file that exists was generated. The first line of a Rust file shows whether it was. A lexicon was
    /// written beside such a file, or is one that would be: the file may have been lost.
    fn is_generated(&self, name: &str) -> bool {
        let path = self.out.join(name);
        let rust = fs::read_to_string(path.with_extension("rs"));
        match rust {
            Ok(text) => is_generated(&text),
            Err(_) => name.ends_with(".json") && is_lexicon_at(&path, name),
        }
    }

    /// Refuses to write or to remove what is elsewhere: a symbolic link leads out of the directory.
    fn check_place(&self, name: &str) -> Result<(), Error> {
        let mut path = self.out.to_owned();
        for segment in name.split('/') {
            path.push(segment);
            let metadata = fs::symlink_metadata(&path);
            if metadata.is_ok_and(|metadata| metadata.is_symlink()) {
                return Err(Error::LinkInOutput(path));
            }
        }
        Ok(())
    }
}

/// What has to change on disk.
pub(super) struct Changes<'a> {
    files: &'a Files,
    out: &'a Path,
    differences: Vec<(String, Difference)>,
}

impl Changes<'_> {
    /// The files that differ, by their path in the directory.
    pub(super) fn differences(&self) -> &[(String, Difference)] {
        &self.differences
    }

    /// Makes the directory hold what it should.
    pub(super) fn write(&self) -> Result<(), Error> {
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
}

/// Whether a file is the lexicon of the module of the same name.
fn is_lexicon_at(path: &Path, name: &str) -> bool {
    let text = fs::read_to_string(path).unwrap_or_default();
    let Ok(document) = serde_json::from_str::<Value>(&text) else {
        return false;
    };
    let nsid = document["id"].as_str().filter(|_| document["lexicon"] == 1);
    let plain = |name: &str| name.replace(['_', '-'], "").to_ascii_lowercase();
    let module = name.trim_end_matches(".json").replace('/', ".");
    nsid.is_some_and(|nsid| plain(nsid) == plain(&module))
}

/// The files below a directory that may not exist yet, `/` between the steps.
fn list(dir: &Path, prefix: &str, files: &mut BTreeSet<String>) -> io::Result<()> {
    let entries = match fs::read_dir(dir) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with('.') {
            continue;
        }
        let name = format!("{prefix}{name}");
        if entry.file_type()?.is_dir() {
            list(&entry.path(), &format!("{name}/"), files)?;
        } else {
            files.insert(name);
        }
    }
    Ok(())
}
