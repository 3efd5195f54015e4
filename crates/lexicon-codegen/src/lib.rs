//! A catalog of lexicons in, Rust source files out. It touches no disk and knows no framework.
//!
//! Three steps, each of its own: [`plan`] gives every type its name and its module, [`emit`]
//! writes each module, [`generate`] puts the files together.

mod config;
mod emit;
mod external;
mod files;
mod generated_type;
mod names;
mod plan;
mod preamble;
mod rust_path;
pub mod settings;

pub use config::{Config, Entry, FILE_NAME};
pub use external::{External, ExternalError};
pub use files::Files;
pub use generated_type::{GeneratedType, generated_types};
use lexicon_schema::{Catalog, Diagnostic};
pub use preamble::{PREAMBLE, is_generated};
pub use rust_path::{RustPath, RustPathError};
pub use settings::{Settings, SettingsError};

/// Generates the code for every document of a catalog.
///
/// # Errors
/// References that lead nowhere, and entries of the configuration that fit nothing.
pub fn generate(catalog: &Catalog, config: &Config) -> Result<Files, Vec<Diagnostic>> {
    let mut diagnostics = catalog.check_references();
    diagnostics.extend(config.check(catalog));
    if !diagnostics.is_empty() {
        return Err(diagnostics);
    }
    let plan = plan::Plan::new(catalog, config);
    emit::files(&plan)
}
