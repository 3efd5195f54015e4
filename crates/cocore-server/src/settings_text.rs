//! Texts of settings.

/// Returns the entries of a list that are not blank: a variable that is set to nothing is one that is not set.
pub(crate) fn non_empty(entries: &[String]) -> Vec<String> {
    let entries = entries.iter().filter(|entry| !entry.trim().is_empty());
    entries.cloned().collect()
}
