//! The files that people write.

use std::fs;
use std::path::{Path, PathBuf};

/// The kinds of files whose length is limited. Prose and data may be long.
const KINDS: [&str; 9] = ["c", "css", "html", "js", "mjs", "rs", "sh", "sql", "toml"];

/// The lines that a file may have.
const LONGEST: usize = 400;

/// Whether a file was written by a generator.
pub(crate) fn is_generated(file: &Path) -> bool {
    fs::read_to_string(file).is_ok_and(|text| text.starts_with("// Generated"))
}

/// The files below a directory that are too long, each with its lines.
pub(crate) fn long(root: &Path) -> Vec<(PathBuf, usize)> {
    let mut files = Vec::new();
    add_files(root, &mut files);
    files.sort();
    let files = files.into_iter().filter(|file| !is_generated(file));
    let lines = |file: PathBuf| {
        let lines = fs::read_to_string(&file).unwrap().lines().count();
        (file.strip_prefix(root).unwrap().to_owned(), lines)
    };
    files
        .map(lines)
        .filter(|(_, lines)| *lines > LONGEST)
        .collect()
}

/// Adds the files of these kinds, without what builds and package managers leave behind.
fn add_files(directory: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let entry = entry.unwrap();
        let (path, name) = (entry.path(), entry.file_name());
        let name = name.to_string_lossy();
        let is_left_behind = ["target", "node_modules"].contains(&&name[..]);
        if is_left_behind || name.starts_with('.') {
            continue;
        }
        let kind = path.extension().and_then(|kind| kind.to_str());
        if entry.file_type().unwrap().is_dir() {
            add_files(&path, files);
        } else if kind.is_some_and(|kind| KINDS.contains(&kind)) {
            files.push(path);
        }
    }
}
