//! Reads directories of lexicons.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use lexicon_codegen::is_generated;
use lexicon_schema::{Catalog, Diagnostic, Loaded};

use crate::error::Error;
use crate::print::print_note;

/// The lexicons of a directory, with those that their references may lead to.
#[derive(Debug)]
pub(crate) struct Lexicons {
    /// The documents of the directory, and those of the other directories that it has not.
    pub(crate) catalog: Catalog,
    /// What is wrong with the other documents of the directory.
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// The files of the directory, those of documents that were refused among them.
    files: BTreeSet<PathBuf>,
}

impl Lexicons {
    /// Reads the documents below a directory, in which `out` is left out, and those below the directories
    /// `with`.
    pub(crate) fn load(dir: &Path, with: &[PathBuf], out: Option<&Path>) -> Result<Self, Error> {
        let loaded = load_without(dir, out)?;
        let read = loaded.catalog.documents().map(|document| &document.file);
        let refused = loaded.diagnostics.iter().map(|diagnostic| &diagnostic.file);
        let mut lexicons = Self {
            files: read.chain(refused).cloned().collect(),
            catalog: loaded.catalog,
            diagnostics: loaded.diagnostics,
        };
        for dir in with {
            lexicons.catalog.extend(load(dir)?.catalog);
        }
        Ok(lexicons)
    }

    /// Leaves out the documents whose references lead nowhere, and adds the reasons to the diagnostics.
    pub(crate) fn prune(&mut self) {
        self.diagnostics.extend(self.catalog.prune());
    }

    /// Whether a file is one of the directory, rather than one that references may lead to.
    pub(crate) fn is_own(&self, file: &Path) -> bool {
        self.files.contains(file)
    }

    /// How many files the directory has.
    pub(crate) fn count(&self) -> usize {
        self.files.len()
    }
}

/// Reads the documents below a directory; diagnostics name their files from the working directory.
pub(crate) fn load(dir: &Path) -> Result<Loaded, Error> {
    load_without(dir, None)
}

/// The same, but for the directory of the generated code.
pub(crate) fn load_without(dir: &Path, out: Option<&Path>) -> Result<Loaded, Error> {
    let loaded = read(dir, out)?;
    for file in &loaded.skipped {
        let file = file.display();
        print_note!("note: {file} is no lexicon: it has neither `lexicon` nor `defs`");
    }
    // A mistyped directory must not pass for one in which all is well.
    if loaded.diagnostics.is_empty() && loaded.catalog.documents().next().is_none() {
        return Err(Error::NoLexicons(dir.to_owned()));
    }
    Ok(loaded)
}

/// Reads the documents below a directory. Generated code has copies of lexicons, which are none of the directory:
/// they are left out of `out`, and of any other directory of generated code.
pub(crate) fn read(dir: &Path, out: Option<&Path>) -> Result<Loaded, Error> {
    Loaded::read(dir, dir, &is_code(out)).map_err(Error::io(dir))
}

/// The files that [`read`] reads.
#[cfg(feature = "serve")]
pub(crate) fn files(dir: &Path, out: Option<&Path>) -> Result<Vec<PathBuf>, Error> {
    lexicon_schema::files(dir, &is_code(out)).map_err(Error::io(dir))
}

/// Tells directories of generated code from others.
fn is_code(out: Option<&Path>) -> impl Fn(&Path) -> bool {
    let out = out.and_then(|out| fs::canonicalize(out).ok());
    move |dir| {
        let root = fs::read_to_string(dir.join("mod.rs"));
        let is_out = out.is_some() && fs::canonicalize(dir).ok() == out;
        is_out || root.is_ok_and(|text| is_generated(&text))
    }
}
