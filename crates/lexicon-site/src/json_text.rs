//! JSON as a text: its tokens, in the order in which they stand.

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The name of a member.
    Key,
    String,
    Number,
    /// `true`, `false` or `null`.
    Literal,
    /// A bracket, a comma or a colon.
    Mark,
    Space,
}

/// A part of a JSON text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Token<'t> {
    pub(crate) kind: Kind,
    pub(crate) text: &'t str,
    /// Where it begins, in bytes.
    pub(crate) start: usize,
}

impl Token<'_> {
    /// The class of the style sheet.
    pub(crate) fn class(&self) -> &'static str {
        match self.kind {
            Kind::Key => "key",
            Kind::String => "string",
            Kind::Number => "number",
            Kind::Literal => "literal",
            Kind::Mark | Kind::Space => "",
        }
    }
}

/// The tokens of a text. All of the text is in them, whether it is JSON or not.
pub(crate) fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens: Vec<Token<'_>> = Vec::new();
    let mut start = 0;
    while let Some(first) = text[start..].chars().next() {
        let rest = &text[start..];
        let (kind, length) = match first {
            '"' => (Kind::String, string_length(rest)),
            ' ' | '\t' | '\r' | '\n' => (Kind::Space, run(rest, |c| c.is_ascii_whitespace())),
            '-' | '0'..='9' => {
                let is_part = |c: char| c.is_ascii_digit() || "+-.eE".contains(c);
                (Kind::Number, run(rest, is_part))
            }
            'a'..='z' => (Kind::Literal, run(rest, |c| c.is_ascii_lowercase())),
            other => (Kind::Mark, other.len_utf8()),
        };
        if first == ':' {
            let before = tokens.iter_mut().rev();
            let key = before.take(2).find(|token| token.kind == Kind::String);
            if let Some(key) = key {
                key.kind = Kind::Key;
            }
        }
        let token = &rest[..length];
        tokens.push(Token {
            kind,
            text: token,
            start,
        });
        start += length;
    }
    tokens
}

fn run(text: &str, is_part: impl Fn(char) -> bool) -> usize {
    text.find(|c| !is_part(c)).unwrap_or(text.len())
}

/// The length of the string that begins here.
fn string_length(text: &str) -> usize {
    let mut escaped = false;
    for (at, char) in text.char_indices().skip(1) {
        match char {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// The text with a line for each member and element, unless it has several lines already. The order and the
/// way in which values are written stay as they are.
pub(crate) fn indent(text: &str) -> String {
    let text = text.trim();
    if text.contains('\n') {
        return text.to_owned();
    }
    let mut written = String::new();
    let mut depth = 0_usize;
    let mut before = "";
    let line = |written: &mut String, depth: usize| {
        written.push('\n');
        written.push_str(&"  ".repeat(depth));
    };
    for token in tokens(text) {
        match token.text {
            _ if token.kind == Kind::Space => continue,
            "{" | "[" if token.kind == Kind::Mark => {
                open(&mut written, before, depth, line);
                depth += 1;
            }
            "}" | "]" if token.kind == Kind::Mark => {
                depth = depth.saturating_sub(1);
                if !is_open(before) {
                    line(&mut written, depth);
                }
            }
            "," | ":" if token.kind == Kind::Mark => {}
            _ => open(&mut written, before, depth, line),
        }
        written.push_str(token.text);
        before = token.text;
    }
    written
}

fn open(written: &mut String, before: &str, depth: usize, line: impl Fn(&mut String, usize)) {
    match before {
        ":" => written.push(' '),
        "{" | "[" | "," => line(written, depth),
        _ => {}
    }
}

fn is_open(text: &str) -> bool {
    text == "{" || text == "["
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_is_indented_in_its_order() {
        for (text, expected) in [
            ("{}", "{}"),
            ("[1,[]]", "[\n  1,\n  []\n]"),
            (
                r#"{"b":"\"x, {","a":[true,-1.5e3]}"#,
                "{\n  \"b\": \"\\\"x, {\",\n  \"a\": [\n    true,\n    -1.5e3\n  ]\n}",
            ),
            ("{\n\"a\":1}", "{\n\"a\":1}"),
        ] {
            assert_eq!(indent(text), expected);
        }
    }

    #[test]
    fn every_text_is_kept_and_keys_are_found() {
        for text in ["{\"a\" : \"b\"}", "\"open", "é{:}\u{0}", "tru e", "\"a\\"] {
            let found: String = tokens(text).iter().map(|token| token.text).collect();
            assert_eq!(found, text);
        }
        let kinds = tokens("{\"a\" : \"b\"}");
        let kinds: Vec<_> = kinds.iter().map(|token| token.kind).collect();
        let value = Kind::String;
        use Kind::{Key, Mark, Space};
        assert_eq!(kinds, [Mark, Key, Space, Mark, Space, value, Mark]);
    }
}
