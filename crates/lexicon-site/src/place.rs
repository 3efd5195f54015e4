//! Where in a JSON text a violation is.

use crate::json_text::{Kind, Token};

/// The longest part of a member's name that places show, as `lexicon_runtime::Violation` has it.
const MAX_KEY_CHARS: usize = 100;

/// The token at a place such as `input/items/3/name`, or at the closest one around it that exists: a value that
/// is no array and no object, or the bracket that opens it.
pub(crate) fn locate(tokens: &[Token<'_>], place: &str) -> Option<usize> {
    let wanted: Vec<_> = place.split('/').skip(1).collect();
    let mut open: Vec<Container> = Vec::new();
    let mut best = None;
    for (at, token) in tokens.iter().enumerate() {
        match (token.kind, token.text) {
            (Kind::Space, _) => {}
            (Kind::Key, text) => {
                if let Some(container) = open.last_mut() {
                    container.segment = segment(text);
                }
            }
            (Kind::Mark, "," | ":") => {
                if let Some(container) = open.last_mut()
                    && token.text == ","
                {
                    container.index += 1;
                }
            }
            (Kind::Mark, "}" | "]") => {
                open.pop();
            }
            (_, text) => {
                let depth = open.len();
                let is_on_way = match open.last() {
                    None => true,
                    Some(container) => {
                        container.is_on_way && wanted.get(depth - 1) == Some(&&container.name()[..])
                    }
                };
                if is_on_way {
                    best = Some(at);
                    if depth == wanted.len() {
                        return best;
                    }
                }
                if text == "{" || text == "[" {
                    open.push(Container {
                        is_object: text == "{",
                        is_on_way,
                        index: 0,
                        segment: String::new(),
                    });
                }
            }
        }
    }
    best
}

struct Container {
    is_object: bool,
    /// Whether the place is in it.
    is_on_way: bool,
    index: usize,
    segment: String,
}

impl Container {
    fn name(&self) -> String {
        match self.is_object {
            true => self.segment.clone(),
            false => self.index.to_string(),
        }
    }
}

/// A name as places show it.
fn segment(token: &str) -> String {
    let name: String = serde_json::from_str(token).unwrap_or_default();
    let mut text = String::new();
    for char in name.chars().take(MAX_KEY_CHARS) {
        match char {
            '~' => text.push_str("~0"),
            '/' => text.push_str("~1"),
            char if char.is_control() => text.extend(char.escape_default()),
            char => text.push(char),
        }
    }
    text
}

/// The line of a byte, counted from 1.
pub(crate) fn line(text: &str, at: usize) -> usize {
    let before = &text.as_bytes()[..at.min(text.len())];
    before.iter().filter(|byte| **byte == b'\n').count() + 1
}

/// The place that the message of malformed JSON names: ` at line 3 column 5`.
pub(crate) fn of_message(text: &str, message: &str) -> Option<usize> {
    let (rest, column) = message.rsplit_once(" column ")?;
    let (_, line) = rest.rsplit_once(" at line ")?;
    let (line, column): (usize, usize) = (line.parse().ok()?, column.parse().ok()?);
    let start = match line.checked_sub(2) {
        None => 0,
        Some(number) => text.match_indices('\n').nth(number)?.0 + 1,
    };
    // The column counts bytes from 1; that of an end is one before it.
    let mut at = (start + column.saturating_sub(1)).min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    Some(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json_text::tokens;

    #[track_caller]
    fn check(text: &str, place: &str, expected: &str, start: usize) {
        let tokens = tokens(text);
        let found = locate(&tokens, place).map(|at| (tokens[at].text, tokens[at].start));
        assert_eq!(found, Some((expected, start)));
    }

    #[test]
    fn a_place_is_found_or_what_is_around_it() {
        let text = r#"{"a":[1,{"b~/":"x"}],"a2":null}"#;
        check(text, "value", "{", 0);
        check(text, "value/missing", "{", 0);
        check(text, "value/a", "[", 5);
        check(text, "value/a/0", "1", 6);
        check(text, "value/a/1/b~0~1", "\"x\"", 15);
        check(text, "value/a/1/c/d", "{", 8);
        check(text, "value/a2", "null", 26);
        check("7", "input", "7", 0);
        check(r#"{"":[[]]}"#, "value//0", "[", 5);
    }

    #[test]
    fn malformed_json_has_a_place() {
        let text = "{\n  \"é\": tru\n}";
        let error = serde_json::from_str::<serde_json::Value>(text).unwrap_err();
        let at = of_message(text, &error.to_string()).unwrap();
        assert_eq!(line(text, at), error.line());
        assert_eq!(of_message("", "expected JSON"), None);
        assert_eq!(of_message("x", "at line 7 column 9"), None);
    }
}
