//! Tokens as source text, as a person would space them: a formatter of Rust leaves what is in a macro as it is.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// The text of a type or an expression.
pub(super) fn source(tokens: &TokenStream) -> String {
    let mut text = String::new();
    write(tokens, &mut text);
    text
}

fn write(tokens: &TokenStream, text: &mut String) {
    let mut is_closure = false;
    for token in tokens.clone() {
        let is_word = !matches!(token, TokenTree::Punct(_) | TokenTree::Group(_));
        if is_word && text.ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '"') {
            text.push(' ');
        }
        match token {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::Brace => ("{ ", " }"),
                    Delimiter::None => ("", ""),
                };
                text.push_str(open);
                write(&group.stream(), text);
                text.push_str(close);
            }
            TokenTree::Punct(punct) => {
                text.push(punct.as_char());
                // The parameters of a closure end with the second bar.
                let is_bar = punct.as_char() == '|';
                if punct.as_char() == ',' || (is_bar && is_closure) {
                    text.push(' ');
                }
                is_closure ^= is_bar;
            }
            TokenTree::Ident(ident) => text.push_str(&ident.to_string()),
            TokenTree::Literal(literal) => text.push_str(&literal.to_string()),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::source;

    #[test]
    fn as_a_person_would_space_them() {
        for text in [
            "Option<Vec<rt::Did>>",
            "|c, v| c.string(v).bytes(..=300).one_of(&[\"a, b\", \"c\"]).end()",
            "|c, v| c.array(v, 1..=3, |c, v| c.format(v, rt::Format::Did))",
            "|c, v| c.integer(v).range(-5..).end()",
            "impl Into<String>",
            "\"a\".to_owned()",
            "rt::Checker::text",
        ] {
            assert_eq!(source(&text.parse().unwrap()), text);
        }
    }
}
