//! Source: <https://atproto.com/specs/at-uri-scheme>, "Restricted AT URI Syntax": no query and no
//! fragment.

use super::{did, handle, nsid, record_key};

const MAX_BYTES: usize = 8192;

pub(super) fn is_valid(text: &str) -> bool {
    let Some(rest) = text
        .strip_prefix("at://")
        .filter(|_| text.len() <= MAX_BYTES)
    else {
        return false;
    };
    let mut parts = rest.split('/');
    let authority = parts.next().unwrap_or_default();
    (did::is_valid(authority) || handle::is_valid(authority))
        && parts.next().is_none_or(nsid::is_valid)
        && parts.next().is_none_or(record_key::is_valid)
        && parts.next().is_none()
}
