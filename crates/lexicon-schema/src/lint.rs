//! Lints: what the specification forbids in a lexicon although its meaning is known, and what is valid and
//! likely a mistake.

pub mod allow;
mod findings;
mod media;
mod members;
mod names;
mod permissions;
mod primary;
mod shape;
mod spaces;
mod table;
mod text;
mod tokens;
mod values;

pub use allow::Allow;
pub use table::{LINTS, Level, LevelError, Lint, rule};

use crate::catalog::Catalog;
use crate::data_flow::DataFlow;
use crate::diagnostic::Diagnostic;
use findings::Findings;

/// Reports every violation of a rule, in the order of the files. Why documents were refused when they were
/// read is in [`Loaded::diagnostics`](crate::Loaded); what else is wrong with them is reported here.
pub fn check(catalog: &Catalog) -> Vec<Diagnostic> {
    let flow = DataFlow::of(catalog);
    let mut found = catalog.check_references();
    for document in catalog.documents().chain(catalog.refused_documents()) {
        let mut findings = Findings {
            document,
            found: &mut found,
        };
        names::check(&mut findings);
        primary::check(&mut findings);
        permissions::check(&mut findings);
        spaces::check(&mut findings);
        shape::check(catalog, &flow, &mut findings);
        tokens::check(catalog, &mut findings);
        media::check(&mut findings);
        values::check(&mut findings);
        text::check(&mut findings);
    }
    found.sort();
    found
}
