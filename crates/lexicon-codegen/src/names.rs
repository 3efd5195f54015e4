//! Names of the lexicons as unique Rust identifiers.

use std::collections::HashSet;

/// Type names that generated code uses without a path.
const RESERVED_TYPES: &[&str] = &[
    "Box",
    "Clone",
    "Copy",
    "Debug",
    "Default",
    "Deserialize",
    "Eq",
    "Err",
    "From",
    "Into",
    "None",
    "Ok",
    "Option",
    "PartialEq",
    "Result",
    "Schema",
    "Self",
    "Serialize",
    "Some",
    "String",
    "Vec",
];

/// Keywords that cannot be raw identifiers.
const NEVER_RAW: &[&str] = &["Self", "crate", "self", "super", "_"];

/// The words of a name: `fooBar`, `foo_bar` and `foo-bar` are two each, `APIKey` is `api key`. What
/// is not ASCII only parts them: rustc would take two spellings of one letter for the same name.
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

/// A name in `SCREAMING_SNAKE_CASE`.
pub(crate) fn screaming(name: &str) -> String {
    snake(name).to_uppercase()
}

fn begin_with_letter(text: String) -> String {
    if text.is_empty() {
        return "unnamed".to_owned();
    }
    if text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
        return text;
    }
    format!("_{text}")
}

/// An identifier: raw where the text is a keyword.
pub(crate) fn ident(text: &str) -> syn::Ident {
    let span = proc_macro2::Span::call_site();
    if NEVER_RAW.contains(&text) {
        return syn::Ident::new(&format!("{text}_"), span);
    }
    syn::parse_str(text).unwrap_or_else(|_| syn::Ident::new_raw(text, span))
}

/// The name that serde's `rename_all = "camelCase"` gives to a field.
pub(crate) fn serde_camel(field: &str) -> String {
    let mut text = String::new();
    let mut capital = false;
    for c in field.chars() {
        match c {
            '_' => capital = true,
            c if capital => {
                text.push(c.to_ascii_uppercase());
                capital = false;
            }
            c => text.push(c),
        }
    }
    // Serde lowers the first character of what it has made.
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => format!("{}{}", first.to_ascii_lowercase(), chars.as_str()),
        None => text,
    }
}

/// Names that are taken in one scope.
#[derive(Debug, Default)]
pub(crate) struct Scope {
    taken: HashSet<String>,
}

impl Scope {
    /// A scope of types.
    pub(crate) fn of_types() -> Self {
        Self::with(RESERVED_TYPES)
    }

    /// A scope in which some names are taken already.
    pub(crate) fn with(reserved: &[&str]) -> Self {
        Self {
            taken: reserved.iter().map(|name| (*name).to_owned()).collect(),
        }
    }

    /// Takes `name`, or the first of `nameDef`, `name2`, `name3` and so on that is free.
    pub(crate) fn take_type(&mut self, name: &str) -> String {
        self.take(name, &format!("{name}Def"), "")
    }

    /// Takes `name`, or the first of `name_2`, `name_3` and so on that is free.
    pub(crate) fn take_field(&mut self, name: &str) -> String {
        self.take(name, name, "_")
    }

    fn take(&mut self, name: &str, second: &str, separator: &str) -> String {
        let numbered = (2..).map(|n: u32| format!("{name}{separator}{n}"));
        let mut candidates = [name.to_owned(), second.to_owned()]
            .into_iter()
            .chain(numbered);
        loop {
            // The numbers do not end before a free one is met.
            let candidate = candidates.next().unwrap_or_default();
            if self.taken.insert(candidate.clone()) {
                return candidate;
            }
        }
    }
}

/// Names for all of `keys` in one scope; those that are spelled as they should be go first.
pub(crate) fn fields(keys: &[&str], reserved: &[&str]) -> Vec<String> {
    let mut scope = Scope::with(reserved);
    let mut names = vec![None; keys.len()];
    for exact in [true, false] {
        for (index, key) in keys.iter().enumerate() {
            let name = snake(key);
            if names[index].is_none() && (serde_camel(&name) == *key || !exact) {
                names[index] = Some(scope.take_field(&name));
            }
        }
    }
    names.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cases() {
        for (name, expected_pascal, expected_snake) in [
            ("createApiKey", "CreateApiKey", "create_api_key"),
            ("apiKeyView", "ApiKeyView", "api_key_view"),
            ("APIKey", "ApiKey", "api_key"),
            ("getURL", "GetUrl", "get_url"),
            ("30days", "_30days", "_30days"),
            (
                "all-rights-reserved",
                "AllRightsReserved",
                "all_rights_reserved",
            ),
            ("h264Main", "H264Main", "h264_main"),
        ] {
            assert_eq!(pascal(name), expected_pascal);
            assert_eq!(snake(name), expected_snake);
        }
    }

    #[test]
    fn names_that_are_no_words() {
        for (name, expected) in [
            ("", "unnamed"),
            ("_", "unnamed"),
            ("\u{1f511}", "unnamed"),
            ("\u{fc}ber", "ber"),
            ("a.b/c~d", "a_b_c_d"),
            ("x\u{b2}", "x"),
        ] {
            assert_eq!(snake(name), expected);
            assert_eq!(ident(&snake(name)).to_string(), expected);
        }
        assert_eq!(ident("Self").to_string(), "Self_");
    }

    #[test]
    fn keywords_become_raw_identifiers() {
        assert_eq!(ident("type").to_string(), "r#type");
        assert_eq!(ident("self").to_string(), "self_");
        assert_eq!(ident("name").to_string(), "name");
    }

    #[test]
    fn a_taken_name_is_never_given_twice() {
        assert_eq!(
            fields(&["fooBar", "foo_bar", "FooBar"], &[]),
            ["foo_bar", "foo_bar_2", "foo_bar_3"]
        );
        assert_eq!(
            fields(&["foo_bar", "fooBar"], &[]),
            ["foo_bar_2", "foo_bar"]
        );
        let mut scope = Scope::of_types();
        assert_eq!(scope.take_type("Option"), "OptionDef");
        assert_eq!(scope.take_type("Option"), "Option2");
    }
}
