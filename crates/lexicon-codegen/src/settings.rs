//! The file `lexicon.toml`.

use std::path::{Path, PathBuf};

use lexicon_schema::lint::{Allow, allow};
use lexicon_schema::{Catalog, Diagnostic, Pointer};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use thiserror::Error;

use crate::config::{Config, default_file};

/// The content of `lexicon.toml`. Its paths are relative to the file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
#[non_exhaustive]
pub struct Settings {
    /// What is generated, and where.
    pub codegen: Config,
    /// How lexicons are checked.
    pub lint: LintSettings,
    /// What the crate `lexicon-openapi` reads.
    openapi: toml::Table,
    /// What the crate `lexicon-site` reads.
    site: toml::Table,
}

/// How lexicons are checked.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
#[non_exhaustive]
pub struct LintSettings {
    /// Findings that are accepted.
    pub allow: Vec<Allow>,
    /// The name of the file in diagnostics.
    #[serde(skip, default = "default_file")]
    file: PathBuf,
}

impl Default for LintSettings {
    fn default() -> Self {
        Self {
            allow: Vec::new(),
            file: default_file(),
        }
    }
}

/// A text that is no `lexicon.toml`.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct SettingsError(toml::de::Error);

impl Settings {
    /// Reads the text of the file. Diagnostics will name the file as `file`.
    ///
    /// # Errors
    /// Malformed TOML, an unknown setting, or a value that a setting cannot have; the message has the
    /// line.
    pub fn parse(file: &Path, text: &str) -> Result<Self, SettingsError> {
        let mut settings: Self = toml::from_str(text).map_err(SettingsError)?;
        settings.codegen.file = file.to_owned();
        settings.lint.file = file.to_owned();
        Ok(settings)
    }

    /// Reads the table `[openapi]` as the settings of the crate `lexicon-openapi`, on which this one does not
    /// depend.
    ///
    /// # Errors
    /// An unknown setting, or a value that a setting cannot have.
    pub fn openapi<T: DeserializeOwned>(&self) -> Result<T, SettingsError> {
        self.openapi.clone().try_into().map_err(SettingsError)
    }

    /// Reads the table `[site]` as the settings of the crate `lexicon-site`, on which this one does not depend.
    ///
    /// # Errors
    /// As [`openapi`](Self::openapi).
    pub fn site<T: DeserializeOwned>(&self) -> Result<T, SettingsError> {
        self.site.clone().try_into().map_err(SettingsError)
    }
}

impl LintSettings {
    /// Removes the accepted findings, and adds the entries that are wrong or fit no finding.
    pub fn apply(&self, catalog: &Catalog, found: Vec<Diagnostic>) -> Vec<Diagnostic> {
        let pointer = Pointer::root().join("lint").join("allow");
        allow::apply(&self.allow, catalog, found, &self.file, &pointer)
    }
}
