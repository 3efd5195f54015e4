//! What several commands print in the same way.

use lexicon_schema::Diagnostic;
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

/// A number with its noun, which takes an `s` in the plural.
pub(crate) fn count(number: usize, noun: &str) -> String {
    match number {
        1 => format!("1 {noun}"),
        _ => format!("{number} {noun}s"),
    }
}
