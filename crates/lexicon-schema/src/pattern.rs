//! Patterns that stand for several NSIDs.

/// Whether an NSID fits a pattern: it is the pattern, or lies below `prefix.` of `prefix.*`.
pub fn matches(pattern: &str, nsid: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(prefix) => prefix.ends_with('.') && nsid.starts_with(prefix),
        None => pattern == nsid,
    }
}
