//! Source: <https://atproto.com/specs/nsid>, "NSID Syntax".

use super::handle::is_label;

/// Of the whole: the official vectors let the authority alone be longer than a domain name.
const MAX_BYTES: usize = 317;
const MAX_NAME: usize = 63;

pub(super) fn is_valid(text: &str) -> bool {
    let Some((authority, name)) = text.rsplit_once('.') else {
        return false;
    };
    let begins_with_letter = |part: &str| part.starts_with(|c: char| c.is_ascii_alphabetic());
    text.len() <= MAX_BYTES
        && authority.contains('.')
        && authority.split('.').all(is_label)
        && begins_with_letter(authority)
        && name.len() <= MAX_NAME
        && begins_with_letter(name)
        && name.bytes().all(|b| b.is_ascii_alphanumeric())
}
