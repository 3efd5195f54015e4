//! Files that are written whole or not at all.

use std::fs;
use std::path::Path;

use crate::error::Error;

/// Replaces the content of a file, unless it is the same. A failure leaves the old content.
pub(crate) fn replace_file(file: &Path, text: &str) -> Result<(), Error> {
    if fs::read(file).is_ok_and(|old| old == text.as_bytes()) {
        return Ok(());
    }
    if let Some(dir) = file.parent() {
        fs::create_dir_all(dir).map_err(Error::io(dir))?;
    }
    let mut new = file.as_os_str().to_owned();
    new.push(".new");
    let new = Path::new(&new);
    fs::write(new, text).map_err(Error::io(new))?;
    fs::rename(new, file).map_err(Error::io(file))
}
