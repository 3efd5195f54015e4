//! What is legal in a lexicon and yet a mistake more often than not.

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

/// Everything that the documents of a catalog break, in the order of the documents.
/// What could not even be read is in [`Loaded::diagnostics`](crate::Loaded).
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
