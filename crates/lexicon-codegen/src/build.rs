//! Generation from a build script.
//!
//! The crate has a `lexicon.toml` beside its `Cargo.toml`, and `lexicon-codegen` in its
//! `[build-dependencies]`. Its `build.rs`:
//!
//! ```no_run
//! fn main() -> Result<(), lexicon_codegen::build::Error> {
//!     lexicon_codegen::build::generate()
//! }
//! ```
//!
//! One lexicon with an error fails the build, and nothing is written: cargo hides what a build script prints that
//! succeeds, so code in which something is missing would surprise. The program `lexicon codegen` writes the code of the
//! others.
//!
//! A module of the crate then has the generated code:
//!
//! ```ignore
//! mod lexicons {
//!     include!(concat!(env!("OUT_DIR"), "/lexicons.rs"));
//! }
//! ```

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::{env, fmt, fs, io};

use lexicon_schema::lint::{self, Level};
use lexicon_schema::{Catalog, Diagnostic};
use thiserror::Error;

use crate::config::FILE_NAME;
use crate::generate::generate_file;
use crate::settings::{Settings, SettingsError};

/// The name of the generated file, below `OUT_DIR`.
pub const OUTPUT: &str = "lexicons.rs";

/// Why a build script could not generate.
///
/// Its `Debug` is its `Display`, since that is what cargo shows of a build script that returns it.
#[derive(Error)]
#[non_exhaustive]
pub enum Error {
    /// A variable that cargo sets for build scripts is missing.
    #[error("{0} is not set: only a build script can generate this way")]
    NotABuildScript(&'static str),
    /// A file or directory cannot be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// The package has no `lexicon.toml`.
    #[error(
        "{}: there is no such file. Create it with the directory of the lexicons:\n\n\
         [codegen]\nlexicons = \"lexicons\"",
        .0.display()
    )]
    NoSettings(PathBuf),
    /// `lexicon.toml` is malformed, or has an unknown setting.
    #[error("{}: {source}", file.display())]
    Settings {
        /// The file.
        file: PathBuf,
        /// The cause, with its line.
        source: SettingsError,
    },
    /// Some lexicons are invalid, or a setting fits none.
    #[error("{}", lines(.0))]
    InvalidLexicons(Vec<Diagnostic>),
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Generates the code of the package that is being built as one file, [`OUTPUT`] below `OUT_DIR`.
/// Cargo runs the build script again when a lexicon or a setting changes.
///
/// It reads the files of the package alone, and never uses the network.
///
/// # Errors
/// The settings or the lexicons cannot be read, or are invalid.
pub fn generate() -> Result<(), Error> {
    let variable = |name| env::var_os(name).ok_or(Error::NotABuildScript(name));
    let dir = |value: OsString| PathBuf::from(value);
    let package = variable("CARGO_MANIFEST_DIR").map(dir)?;
    let out = variable("OUT_DIR").map(dir)?;
    let Generated { read, warnings } = generate_in(&package, &out)?;
    // This is how a build script talks to cargo.
    #[allow(clippy::print_stdout)]
    {
        for path in read {
            println!("cargo:rerun-if-changed={}", path.display());
        }
        for warning in warnings {
            println!("cargo:warning={warning}");
        }
    }
    Ok(())
}

/// What a build script tells cargo.
#[derive(Debug)]
struct Generated {
    /// What the code depends on.
    read: [PathBuf; 2],
    /// Members that the language does not have: they are likely misspelt, and have no effect.
    warnings: Vec<Diagnostic>,
}

/// Generates the code of the package in a directory.
fn generate_in(package: &Path, out: &Path) -> Result<Generated, Error> {
    let file = package.join(FILE_NAME);
    let text = match fs::read_to_string(&file) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(Error::NoSettings(file));
        }
        Err(source) => return Err(Error::Io { path: file, source }),
    };
    let settings = match Settings::parse(&file, &text) {
        Ok(settings) => settings,
        Err(source) => return Err(Error::Settings { file, source }),
    };
    let lexicons = package.join(&settings.codegen.lexicons);
    let loaded = Catalog::load_as(&lexicons, &lexicons);
    let loaded = loaded.map_err(|source| Error::Io {
        path: lexicons.clone(),
        source,
    })?;
    if !loaded.diagnostics.is_empty() {
        return Err(Error::InvalidLexicons(loaded.diagnostics));
    }
    let found = settings
        .lint
        .apply(&loaded.catalog, lint::check(&loaded.catalog));
    let found = found.into_iter().filter(|found| found.file != file);
    let level = |found: &Diagnostic| lint::rule(found.rule).map(|rule| rule.level);
    let (errors, others): (Vec<_>, Vec<_>) =
        found.partition(|found| level(found) == Some(Level::Error));
    if !errors.is_empty() {
        return Err(Error::InvalidLexicons(errors));
    }
    let code = generate_file(&loaded.catalog, &settings.codegen);
    let code = code.map_err(Error::InvalidLexicons)?;
    let path = out.join(OUTPUT);
    fs::write(&path, code).map_err(|source| Error::Io { path, source })?;
    let is_unknown = |found: &Diagnostic| found.rule == "unknown-key";
    Ok(Generated {
        read: [file, lexicons],
        warnings: others.into_iter().filter(is_unknown).collect(),
    })
}

fn lines(diagnostics: &[Diagnostic]) -> String {
    let lines: Vec<_> = diagnostics.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use tempfile::TempDir;

    const DOCUMENT: &str =
        r#"{"lexicon":1,"id":"com.example.thing","defs":{"main":{"type":"token"}}}"#;

    #[test]
    fn one_file_is_written_and_what_it_depends_on_is_known() {
        let package = TempDir::new().unwrap();
        let out = TempDir::new().unwrap();
        let dir = package.path();
        let error = || generate_in(dir, out.path()).unwrap_err().to_string();
        assert!(error().contains("[codegen]\nlexicons"), "{}", error());
        fs::write(
            dir.join(FILE_NAME),
            "[codegen]\nlexicons = \"nested/data\"\n",
        )
        .unwrap();
        assert!(error().contains("nested/data: "), "{}", error());
        let lexicons = dir.join("nested/data");
        fs::create_dir_all(&lexicons).unwrap();
        fs::write(lexicons.join("thing.json"), DOCUMENT).unwrap();
        let Generated { read, warnings } = generate_in(dir, out.path()).unwrap();
        assert_eq!(read, [dir.join(FILE_NAME), lexicons.clone()]);
        assert!(warnings.is_empty(), "{warnings:?}");
        let files: Vec<_> = fs::read_dir(out.path()).unwrap().collect();
        assert_eq!(files.len(), 1);
        let code = fs::read_to_string(out.path().join(OUTPUT)).unwrap();
        assert!(code.contains("pub mod thing {"), "{code}");

        let misspelt = DOCUMENT.replace("\"defs\"", "\"descripton\":\"\",\"defs\"");
        fs::write(lexicons.join("thing.json"), misspelt).unwrap();
        let warnings = generate_in(dir, out.path()).unwrap().warnings;
        assert!(
            warnings[0].to_string().contains("`descripton`"),
            "{warnings:?}"
        );
        let broken = DOCUMENT.replace(
            "token",
            "object\",\"properties\":{},\"nullable\":[\"x\"],\"description\":\"",
        );
        fs::write(lexicons.join("thing.json"), broken).unwrap();
        assert!(error().contains("no-such-property"), "{}", error());
        fs::write(lexicons.join("thing.json"), DOCUMENT).unwrap();

        fs::write(lexicons.join("bad.json"), "{").unwrap();
        assert!(
            error().contains("nested/data/bad.json#: json: "),
            "{}",
            error()
        );
        fs::remove_file(lexicons.join("bad.json")).unwrap();
        fs::write(dir.join(FILE_NAME), "[codegenn]\n").unwrap();
        assert!(
            error().contains("lexicon.toml: TOML parse error"),
            "{}",
            error()
        );
        // What cargo shows of a failed build script.
        let error = generate_in(dir, out.path()).unwrap_err();
        assert_eq!(format!("{error:?}"), error.to_string());
    }
}
