//! A catalog of lexicons in, Rust source files out. It touches no disk and knows no framework.
//!
//! Three steps, each of its own: [`plan`] gives every type its name and its module, [`emit`]
//! writes each module, [`generate`] puts the files together.

pub mod config;
mod emit;
mod generated_type;
mod names;
pub mod plan;

use std::collections::BTreeMap;

pub use config::{Config, External};
pub use emit::PREAMBLE;
pub use generated_type::{GeneratedType, generated_types};
use lexicon_schema::{Catalog, Diagnostic};

/// Files by their path below the output directory, `/` between the steps.
pub type Files = BTreeMap<String, String>;

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
