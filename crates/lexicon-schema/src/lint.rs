//! Lints: what is valid in a lexicon and likely a mistake.

pub mod allow;
mod findings;
mod keys;
mod primary;
mod shape;
mod table;
mod values;

pub use allow::Allow;
pub use table::{LINTS, Level, Lint, rule};

use crate::catalog::Catalog;
use crate::data_flow::DataFlow;
use crate::diagnostic::Diagnostic;
use findings::Findings;

/// Reports every violation of a rule, in the order of the documents. Documents that could not be read
/// are in [`Loaded::diagnostics`](crate::Loaded).
pub fn check(catalog: &Catalog) -> Vec<Diagnostic> {
    let flow = DataFlow::of(catalog);
    let mut found = catalog.check_references();
    for document in catalog.documents() {
        let mut findings = Findings {
            document,
            found: &mut found,
        };
        primary::check(&mut findings);
        shape::check(catalog, &flow, &mut findings);
        values::check(&mut findings);
        keys::check(&mut findings);
    }
    found.sort();
    found
}
