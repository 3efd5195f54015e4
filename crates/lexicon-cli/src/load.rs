//! Reads a directory of lexicons.

use std::path::Path;

use lexicon_schema::{Catalog, Loaded};

use crate::error::Error;

/// Reads the documents below a directory; diagnostics name their files from the working directory.
pub(crate) fn load(dir: &Path) -> Result<Loaded, Error> {
    let loaded = Catalog::load_as(dir, dir).map_err(Error::io(dir))?;
    // A mistyped directory must not pass for one in which all is well.
    if loaded.diagnostics.is_empty() && loaded.catalog.documents().next().is_none() {
        return Err(Error::NoLexicons(dir.to_owned()));
    }
    Ok(loaded)
}
