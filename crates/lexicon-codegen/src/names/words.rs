//! The words of a name, and the ways to write them.

/// The words of a name: `fooBar`, `foo_bar` and `foo-bar` are two each, `APIKey` is `api key`. What
/// is not ASCII only parts them: rustc would take two spellings of one letter for the same name. A name
/// without ASCII letters and digits is its code points.
fn words(name: &str) -> Vec<String> {
    let chars: Vec<char> = name.chars().collect();
    let mut words = vec![String::new()];
    for (i, c) in chars.iter().copied().enumerate() {
        if !c.is_ascii_alphanumeric() {
            words.push(String::new());
            continue;
        }
        let before = i.checked_sub(1).map(|i| chars[i]);
        let starts = c.is_uppercase()
            && match before {
                Some(b) if b.is_lowercase() || b.is_numeric() => true,
                // The last capital of a run begins the next word.
                Some(b) => b.is_uppercase() && chars.get(i + 1).is_some_and(|a| a.is_lowercase()),
                None => false,
            };
        if starts {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.extend(c.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    if words.is_empty() {
        words.extend(chars.iter().map(|c| format!("u{:x}", u32::from(*c))));
    }
    if words.is_empty() {
        words.push("empty".to_owned());
    }
    words
}

/// A name in `PascalCase`.
pub(crate) fn pascal(name: &str) -> String {
    let mut text = String::new();
    for word in words(name) {
        let mut chars = word.chars();
        text.extend(chars.next().into_iter().flat_map(char::to_uppercase));
        text.push_str(chars.as_str());
    }
    begin_with_letter(text)
}

/// A name in `snake_case`, keywords not yet escaped.
pub(crate) fn snake(name: &str) -> String {
    begin_with_letter(words(name).join("_"))
}

fn begin_with_letter(text: String) -> String {
    if text.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return text;
    }
    format!("_{text}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cases() {
        for (name, expected_pascal, expected_snake) in [
            ("createApiKey", "CreateApiKey", "create_api_key"),
            ("APIKey", "ApiKey", "api_key"),
            ("getURL", "GetUrl", "get_url"),
            ("30days", "_30days", "_30days"),
            (
                "all-rights-reserved",
                "AllRightsReserved",
                "all_rights_reserved",
            ),
            ("h264Main", "H264Main", "h264_main"),
            ("a.b/c~d", "ABCD", "a_b_c_d"),
            ("\u{fc}ber", "Ber", "ber"),
            ("x\u{b2}", "X", "x"),
            ("", "Empty", "empty"),
            ("_", "U5f", "u5f"),
            ("\u{1f511}", "U1f511", "u1f511"),
            ("\u{30a8}\u{30e9}", "U30a8U30e9", "u30a8_u30e9"),
        ] {
            assert_eq!(pascal(name), expected_pascal, "{name}");
            assert_eq!(snake(name), expected_snake, "{name}");
        }
    }
}
