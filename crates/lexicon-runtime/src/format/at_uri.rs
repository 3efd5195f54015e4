//! Source: <https://atproto.com/specs/at-uri-scheme>, "Restricted AT URI Syntax": no query and no
//! fragment. The forms with a space are those of proposal 0016, which is a draft.

use super::{did, handle, nsid, record_key};

const MAX_BYTES: usize = 8192;
/// The segment after which a space is named. It is no NSID, so the forms cannot be confused.
pub(super) const SPACE: &str = "space";

pub(super) fn is_valid(text: &str) -> bool {
    let Some(mut parts) = parts(text) else {
        return false;
    };
    let authority = parts.next().unwrap_or_default();
    match parts.next() {
        None => did::is_valid(authority) || handle::is_valid(authority),
        Some(SPACE) => {
            did::is_valid(authority)
                && is_record(&mut parts)
                && match parts.next() {
                    None => true,
                    Some(author) => did::is_valid(author) && is_record(&mut parts),
                }
        }
        Some(collection) => {
            (did::is_valid(authority) || handle::is_valid(authority))
                && nsid::is_valid(collection)
                && parts.next().is_none_or(record_key::is_valid)
        }
    }
    &&parts.next().is_none()
}

/// The segments of a text that may be an AT URI.
pub(super) fn parts(text: &str) -> Option<std::str::Split<'_, char>> {
    let rest = text.strip_prefix("at://")?;
    (text.len() <= MAX_BYTES).then(|| rest.split('/'))
}

/// An NSID and a key: of a record, or the type of a space and the key of the space.
pub(super) fn is_record<'t>(parts: &mut impl Iterator<Item = &'t str>) -> bool {
    parts.next().is_some_and(nsid::is_valid) && parts.next().is_some_and(record_key::is_valid)
}
