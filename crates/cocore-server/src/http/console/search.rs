//! The text that a list of keys is searched for. A key is never searched for as a whole: the text stands in the
//! address of the page. `assets/address.js` of the console does the same.

/// The longest text, in bytes.
const MAX_LENGTH: usize = 100;
/// What a key begins with, and the characters after it that the list shows.
const KEY_START: &str = "cocore-";
const SHOWN: usize = 8;
/// The length from which a word may be a secret.
const LONG: usize = 32;

/// Returns the part of a text that is searched for: of a whole key, the part that the list shows, and nothing of a text
/// that may contain another secret.
pub(super) fn searchable(text: &str) -> &str {
    let text = text[..text.floor_char_boundary(MAX_LENGTH)].trim();
    if text.contains('\0') {
        return "";
    }
    if let Some(key) = key_in(text) {
        return key;
    }
    let is_word = |c: char| c.is_ascii_alphanumeric() || "_+/=.-".contains(c);
    let mut words = text.split(|c| !is_word(c));
    match words.any(|word| word.len() >= LONG && !is_id(word)) {
        true => "",
        false => text,
    }
}

/// Returns whether a text is the id of a key that this server has created.
pub(super) fn is_id(text: &str) -> bool {
    text.len() == 36 && uuid::Uuid::try_parse(text).is_ok()
}

/// Returns the start of a key in a text that contains more of it.
fn key_in(text: &str) -> Option<&str> {
    let start = text.to_ascii_lowercase().find(KEY_START)?;
    let key = &text[start..];
    let is_secret = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-".contains(byte);
    let length = key.bytes().take_while(|byte| is_secret(byte)).count();
    let shown = KEY_START.len() + SHOWN;
    (length > shown).then(|| &key[..shown])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_not_searched_for() {
        let secret = "cocore-AAAAAAAAbbbbbbbbccccccccddddddddeeeeeeeefff";
        let long = "é".repeat(200);
        for (text, expected) in [
            ("laptop", "laptop"),
            (" build runner ", "build runner"),
            (secret, "cocore-AAAAAAAA"),
            (&format!("Bearer {secret}"), "cocore-AAAAAAAA"),
            (&format!("x{secret}"), "cocore-AAAAAAAA"),
            (&secret.to_uppercase(), "COCORE-AAAAAAAA"),
            (&secret[7..], ""),
            ("cocore-AAAA", "cocore-AAAA"),
            ("a\0b", ""),
            (
                "01900000-0000-7000-8000-000000000000",
                "01900000-0000-7000-8000-000000000000",
            ),
            (&long, &long[..100]),
            ("", ""),
        ] {
            assert_eq!(searchable(text), expected, "{text}");
        }
    }
}
