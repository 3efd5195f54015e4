//! From a catalog to code.

use lexicon_schema::model::DefKind;
use lexicon_schema::{Catalog, Diagnostic};

use crate::config::{Config, faults};
use crate::emit;
use crate::existing::ExistingModule;
use crate::files::Files;
use crate::plan::Plan;

/// Generates the code for every document of a catalog: one file for each module, and each document
/// beside its module.
///
/// # Errors
/// References that lead nowhere, items of the same name, and entries of the configuration that fit nothing.
pub fn generate(catalog: &Catalog, config: &Config) -> Result<Files, Vec<Diagnostic>> {
    emit::files(&complete_plan(catalog, config)?, &[])
}

/// Generates the same code as one file, for `include!` in a module. The documents are in it.
///
/// # Errors
/// As [`generate`].
pub fn generate_file(catalog: &Catalog, config: &Config) -> Result<String, Vec<Diagnostic>> {
    emit::file(&complete_plan(catalog, config)?)
}

/// Generates the code for every document that allows it. The others, and those that depend on them, are removed from
/// the catalog, and the reasons are added to `refused`, which has those of documents that were refused before.
///
/// While a document is refused, the modules `existing` of earlier code stay part of the code, and their methods of the
/// service, in case that they are its own. Their files are not among those returned.
///
/// # Errors
/// The configuration has a fault.
pub fn generate_valid(
    catalog: &mut Catalog,
    config: &Config,
    refused: &mut Vec<Diagnostic>,
    existing: &[ExistingModule],
) -> Result<Files, Vec<Diagnostic>> {
    none(faults::of_settings(config))?;
    refused.extend(catalog.prune());
    let found = foreign_references(catalog, config);
    refuse(catalog, found, refused);
    let collisions = Plan::new(catalog, config).names().collisions();
    refuse(catalog, collisions, refused);
    let plan = Plan::new(catalog, config);
    none(faults::unused(config, &plan, refused.is_empty()))?;
    emit::files(&plan, if refused.is_empty() { &[] } else { existing })
}

/// Reports the items of the generated code that would have the same name. No code is generated from their documents.
pub fn name_collisions(catalog: &Catalog, config: &Config) -> Vec<Diagnostic> {
    Plan::new(catalog, config).names().collisions()
}

/// Removes the documents that diagnostics are about, and those that depend on them.
fn refuse(catalog: &mut Catalog, found: Vec<Diagnostic>, refused: &mut Vec<Diagnostic>) {
    if !found.is_empty() {
        catalog.refuse(&found);
        refused.extend(found);
        refused.extend(catalog.prune());
    }
}

/// The plan of all documents.
fn complete_plan<'c>(
    catalog: &'c Catalog,
    config: &'c Config,
) -> Result<Plan<'c>, Vec<Diagnostic>> {
    let mut found = faults::of_settings(config);
    found.extend(catalog.check_references());
    found.extend(foreign_references(catalog, config));
    none(found)?;
    let plan = Plan::new(catalog, config);
    let mut found = plan.names().collisions();
    found.extend(faults::unused(config, &plan, true));
    none(found)?;
    Ok(plan)
}

fn none(found: Vec<Diagnostic>) -> Result<(), Vec<Diagnostic>> {
    if found.is_empty() { Ok(()) } else { Err(found) }
}

/// References to types that are neither generated nor known to be in another crate.
fn foreign_references(catalog: &Catalog, config: &Config) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    if config.referenced.is_empty() {
        return found;
    }
    let is_generated = |nsid: &str| config.generates(nsid);
    for document in catalog
        .documents()
        .filter(|document| is_generated(document.nsid.as_str()))
    {
        let mut check = |reference: &str, at| {
            let Some(target) = catalog.resolve(document, reference) else {
                return;
            };
            let nsid = target.document.nsid.as_str();
            let has_type = !matches!(target.def.kind, DefKind::Token);
            if has_type && !is_generated(nsid) && config.external_path(nsid).is_none() {
                let message = format!(
                    "no code is generated from {nsid}: name the crate that has its types by --external or \
                     [[codegen.external]]"
                );
                found.push(Diagnostic::new(
                    &document.file,
                    at,
                    "not-generated",
                    message,
                ));
            }
        };
        document.each_reference(&mut check);
    }
    found
}
