//! Media types, as a lexicon declares them: `application/json`, `image/*`, `*/*`.
//! Source: RFC 9110, section 8.3.1; <https://atproto.com/specs/lexicon>, "Procedure".

/// The type and subtype, without parameters.
pub(crate) fn essence(content_type: &str) -> &str {
    let (essence, _) = content_type.split_once(';').unwrap_or((content_type, ""));
    essence.trim()
}

/// Whether a media type is one that a declaration allows. Case and parameters do not count.
pub(crate) fn matches(declared: &str, found: &str) -> bool {
    let (declared, found) = (essence(declared), essence(found));
    let Some((kind, subkind)) = found.split_once('/') else {
        return false;
    };
    match declared.split_once('/') {
        Some(("*", "*")) => !kind.is_empty() && !subkind.is_empty(),
        Some((declared_kind, "*")) => {
            kind.eq_ignore_ascii_case(declared_kind) && !subkind.is_empty()
        }
        _ => found.eq_ignore_ascii_case(declared),
    }
}

/// Whether a declaration allows more than one media type.
pub(crate) fn is_glob(declared: &str) -> bool {
    declared.contains('*')
}
