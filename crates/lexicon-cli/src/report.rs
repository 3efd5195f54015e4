//! What several commands print in the same way.

use std::collections::BTreeSet;

use lexicon_schema::Diagnostic;
use lexicon_schema::breaking::{Affected, Change};
use serde_json::{Value, json};

/// One line for each diagnostic.
pub(crate) fn lines(diagnostics: &[Diagnostic]) -> String {
    let lines: Vec<_> = diagnostics.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

/// The same, below another line.
pub(crate) fn lines_below(diagnostics: &[Diagnostic]) -> String {
    let lines = diagnostics.iter().map(|found| format!("\n{found}"));
    lines.collect()
}

/// A diagnostic as `--json` prints it.
pub(crate) fn to_json(diagnostic: &Diagnostic) -> Value {
    let Diagnostic {
        file,
        pointer,
        rule,
        message,
        ..
    } = diagnostic;
    json!({
        "file": file.display().to_string(), "pointer": pointer.as_str(), "rule": rule,
        "message": message,
    })
}

/// A change with whom it breaks, and below it what is advised.
pub(crate) fn change_lines(change: &Change) -> String {
    let Change {
        diagnostic,
        impact,
        breaks,
        safe,
        ..
    } = change;
    let list = |whom: &BTreeSet<Affected>| {
        let whom: Vec<_> = whom.iter().map(ToString::to_string).collect();
        whom.join(", ")
    };
    let whom = match (breaks.is_empty(), safe.is_empty()) {
        (true, true) => String::new(),
        (true, false) => format!("; safe for {}", list(safe)),
        (false, _) => format!("; breaks {}", list(breaks)),
    };
    let advice = match change.advice() {
        "" => String::new(),
        advice => format!("\n  {advice}"),
    };
    format!("{impact}: {diagnostic}{whom}{advice}")
}

/// A change as `--json` prints it.
pub(crate) fn change_to_json(change: &Change) -> Value {
    let mut value = to_json(&change.diagnostic);
    value["impact"] = change.impact.name().into();
    value["breaks"] = change.breaks.iter().map(|whom| whom.name()).collect();
    value["safe"] = change.safe.iter().map(|whom| whom.name()).collect();
    value["advice"] = change.advice().into();
    value
}

/// A number with its noun, which takes an `s` in the plural.
pub(crate) fn count(number: usize, noun: &str) -> String {
    match number {
        1 => format!("1 {noun}"),
        _ => format!("{number} {noun}s"),
    }
}
