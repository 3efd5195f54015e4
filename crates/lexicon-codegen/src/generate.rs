//! From a catalog to code.

use lexicon_schema::{Catalog, Diagnostic};

use crate::config::Config;
use crate::emit;
use crate::files::Files;
use crate::plan::Plan;

/// Generates the code for every document of a catalog: one file for each module, and each document
/// beside its module.
///
/// # Errors
/// References that lead nowhere, and entries of the configuration that fit nothing.
pub fn generate(catalog: &Catalog, config: &Config) -> Result<Files, Vec<Diagnostic>> {
    emit::files(&plan(catalog, config)?)
}

/// Generates the same code as one file, for `include!` in a module. The documents are in it.
///
/// # Errors
/// As [`generate`].
pub fn generate_file(catalog: &Catalog, config: &Config) -> Result<String, Vec<Diagnostic>> {
    emit::file(&plan(catalog, config)?)
}

fn plan<'c>(catalog: &'c Catalog, config: &'c Config) -> Result<Plan<'c>, Vec<Diagnostic>> {
    let mut diagnostics = catalog.check_references();
    diagnostics.extend(config.check(catalog));
    if diagnostics.is_empty() {
        Ok(Plan::new(catalog, config))
    } else {
        Err(diagnostics)
    }
}
