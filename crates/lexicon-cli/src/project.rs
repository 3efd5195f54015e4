//! A directory of lexicons with its settings: `lexicon.toml`.

use std::path::{Path, PathBuf};
use std::{fs, io};

use lexicon_codegen::{FILE_NAME, Settings};

use crate::error::Error;

/// A directory of lexicons with its settings.
#[derive(Debug)]
pub(crate) struct Project {
    /// The directory of the settings, to which their paths are relative.
    pub(crate) root: PathBuf,
    /// The directory of the lexicons.
    pub(crate) lexicons: PathBuf,
    /// The directory of the generated code, if the settings name one.
    pub(crate) out: Option<PathBuf>,
    /// The settings, or the defaults if there is no file.
    pub(crate) settings: Settings,
    /// Whether there is a file.
    pub(crate) has_file: bool,
}

impl Project {
    /// The project of a directory of lexicons; without one, the project of the working directory.
    ///
    /// The settings are those of the nearest `lexicon.toml` at or above that directory. A directory
    /// of lexicons that this file does not name has the default settings.
    pub(crate) fn find(lexicons: Option<&Path>) -> Result<Self, Error> {
        match lexicons {
            Some(lexicons) => Self::of_lexicons(lexicons),
            None => Self::of_working_directory(),
        }
    }

    fn of_working_directory() -> Result<Self, Error> {
        let dir = std::env::current_dir().map_err(Error::io(Path::new(".")))?;
        // Paths are shown as a person at this directory would write them.
        let mut root = PathBuf::new();
        for _ in dir.ancestors() {
            if let Some(settings) = read(&root)? {
                return Ok(Self::new(&root, settings));
            }
            root.push("..");
        }
        Ok(Self::without_file(Settings::default().codegen.lexicons))
    }

    fn of_lexicons(lexicons: &Path) -> Result<Self, Error> {
        let canonical = fs::canonicalize(lexicons).map_err(Error::io(lexicons))?;
        for root in canonical.ancestors() {
            let Some(settings) = read(root)? else {
                continue;
            };
            let project = Self::new(root, settings);
            if fs::canonicalize(&project.lexicons).is_ok_and(|named| named == canonical) {
                let lexicons = lexicons.to_owned();
                return Ok(Self {
                    lexicons,
                    ..project
                });
            }
            break;
        }
        Ok(Self::without_file(lexicons.to_owned()))
    }

    /// The paths of the settings are relative to their file.
    fn new(root: &Path, settings: Settings) -> Self {
        Self {
            root: root.to_owned(),
            lexicons: root.join(&settings.codegen.lexicons),
            out: settings.codegen.out.as_ref().map(|out| root.join(out)),
            settings,
            has_file: true,
        }
    }

    fn without_file(lexicons: PathBuf) -> Self {
        Self {
            root: PathBuf::new(),
            lexicons,
            out: None,
            settings: Settings::default(),
            has_file: false,
        }
    }
}

/// The settings of a directory, if it has the file.
fn read(root: &Path) -> Result<Option<Settings>, Error> {
    let file = root.join(FILE_NAME);
    match fs::read_to_string(&file) {
        Ok(text) => match Settings::parse(&file, &text) {
            Ok(settings) => Ok(Some(settings)),
            Err(source) => Err(Error::Settings { file, source }),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::io(&file)(error)),
    }
}
