//! Source: <https://atproto.com/specs/did>, "DID Syntax".

const MAX_BYTES: usize = 2048;

pub(super) fn is_valid(text: &str) -> bool {
    let Some((method, id)) = text
        .strip_prefix("did:")
        .and_then(|rest| rest.split_once(':'))
    else {
        return false;
    };
    let legal = |b: u8| b.is_ascii_alphanumeric() || b"._:%-".contains(&b);
    text.len() <= MAX_BYTES
        && !method.is_empty()
        && method.bytes().all(|b| b.is_ascii_lowercase())
        && id.bytes().all(legal)
        && id
            .bytes()
            .next_back()
            .is_some_and(|b| b != b':' && b != b'%')
}
