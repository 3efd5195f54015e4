//! A text with marks where violations are.

use lexicon_runtime::Violation;

use crate::json_text::{Token, tokens};
use crate::place::{line, locate, of_message};

/// The longest text that is shown with colours, in bytes.
const MAX_HIGHLIGHTED: usize = 1 << 19;

/// A piece of a text.
pub(crate) struct Piece<'t> {
    pub(crate) text: &'t str,
    pub(crate) class: &'static str,
    /// The number of the violation that is marked here, from 1.
    pub(crate) mark: Option<usize>,
}

/// The pieces of a text without marks.
pub(crate) fn highlighted(text: &str) -> Vec<Piece<'_>> {
    let plain = |token: Token<'_>| (token.class(), None);
    match text.len() > MAX_HIGHLIGHTED {
        true => vec![piece(text, "", None)],
        false => pieces(text, &tokens(text), |_, token| plain(token)),
    }
}

/// The pieces of a text, and for each violation the line of its mark, if it has one.
pub(crate) fn marked<'t>(
    text: &'t str,
    violations: &[Violation],
) -> (Vec<Piece<'t>>, Vec<Option<usize>>) {
    if let [violation] = violations
        && let Some(at) = of_message(text, &violation.message)
    {
        return malformed(text, at);
    }
    let tokens = tokens(text);
    let places = violations.iter();
    let places: Vec<_> = places
        .map(|violation| locate(&tokens, &violation.place))
        .collect();
    let lines = places
        .iter()
        .map(|place| place.map(|at| line(text, tokens[at].start)));
    let lines = lines.collect();
    let mark = |at: usize| places.iter().position(|place| *place == Some(at));
    let pieces = pieces(text, &tokens, |at, token| {
        (token.class(), mark(at).map(|number| number + 1))
    });
    (pieces, lines)
}

/// A text that is no JSON from a byte on.
fn malformed(text: &str, at: usize) -> (Vec<Piece<'_>>, Vec<Option<usize>>) {
    let (before, rest) = text.split_at(at);
    let end = rest.chars().next().map_or(0, char::len_utf8);
    let (wrong, after) = rest.split_at(end);
    // There is something to mark at the end too.
    let wrong = if wrong.trim().is_empty() {
        "⏎"
    } else {
        wrong
    };
    let after = if end > 0 && rest.starts_with(wrong) {
        after
    } else {
        rest
    };
    let pieces = vec![
        piece(before, "", None),
        piece(wrong, "", Some(1)),
        piece(after, "", None),
    ];
    (pieces, vec![Some(line(text, at))])
}

fn piece<'t>(text: &'t str, class: &'static str, mark: Option<usize>) -> Piece<'t> {
    Piece { text, class, mark }
}

/// Joins neighbours that look the same.
fn pieces<'t>(
    text: &'t str,
    tokens: &[Token<'t>],
    look: impl Fn(usize, Token<'t>) -> (&'static str, Option<usize>),
) -> Vec<Piece<'t>> {
    let mut pieces: Vec<Piece<'t>> = Vec::new();
    let mut start = 0;
    for (at, token) in tokens.iter().enumerate() {
        let (class, mark) = look(at, *token);
        let end = token.start + token.text.len();
        match pieces.last_mut() {
            Some(last) if last.class == class && mark.is_none() && last.mark.is_none() => {
                last.text = &text[start..end];
            }
            _ => {
                start = token.start;
                pieces.push(piece(token.text, class, mark));
            }
        }
    }
    pieces
}
