//! The tables of generated code, such as `rt::object! { .. }`, as text: a formatter of Rust leaves what is in a macro
//! as it is.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

/// The widest line.
const WIDTH: usize = 100;

/// A table, of which `name` is the macro and `lines` the content.
pub(super) fn table(name: &str, lines: &[String]) -> TokenStream {
    let mut text = format!("rt::{name}! {{\n");
    for line in lines.iter().flat_map(|lines| lines.lines()) {
        if !line.is_empty() {
            text.push_str("    ");
        }
        text.push_str(line);
        text.push('\n');
    }
    text.push('}');
    let text = Literal::string(&text);
    quote!(__table! { #text })
}

/// Puts the text of the tables into formatted code.
pub(super) fn place(code: &str) -> String {
    let mut placed = String::with_capacity(code.len());
    let mut rest = code;
    while let Some(start) = start_of_table(rest) {
        let (before, table) = rest.split_at(start);
        let Some((literal, after)) = literal(table) else {
            break;
        };
        let indent = before.len() - before.trim_end_matches(' ').len();
        placed.push_str(&before[..before.len() - indent]);
        let indent = " ".repeat(indent);
        for (number, line) in literal.lines().enumerate() {
            if number > 0 {
                placed.push('\n');
            }
            if !line.is_empty() {
                placed.push_str(&indent);
            }
            placed.push_str(line);
        }
        rest = after;
    }
    placed.push_str(rest);
    placed
}

/// Where the next table begins: on a line of its own. In a description, its name is text.
fn start_of_table(code: &str) -> Option<usize> {
    let mut found = code.match_indices("__table!").map(|(start, _)| start);
    found.find(|start| {
        let line = code[..*start].rsplit('\n').next();
        line.is_some_and(|line| line.trim_start().is_empty())
    })
}

/// The text of a table, and what follows it.
fn literal(table: &str) -> Option<(String, &str)> {
    let start = table.find('"')?;
    let mut is_escaped = false;
    let end = table[start + 1..].find(|c| {
        let is_end = c == '"' && !is_escaped;
        is_escaped = c == '\\' && !is_escaped;
        is_end
    })?;
    let end = start + 1 + end + 1;
    let text = syn::parse_str::<syn::LitStr>(&table[start..end]).ok()?;
    let close = end + table[end..].find('}')? + 1;
    Some((text.value(), &table[close..]))
}

/// A row: `start` and what it is, on two lines if one is too narrow.
pub(super) fn row(start: &str, what: &str) -> String {
    let line = format!("    {start} = {what},");
    // The table itself is indented.
    if line.chars().count() + 4 <= WIDTH {
        return line;
    }
    format!("    {start} =\n{}", broken(what))
}

/// Text that is too long for a line, broken after commas.
fn broken(text: &str) -> String {
    const INDENT: &str = "        ";
    let mut lines = vec![INDENT.to_owned()];
    for piece in pieces(text) {
        let width = |line: &str| line.chars().count() + piece.trim_end().chars().count() + 4;
        if lines
            .last()
            .is_some_and(|line| line.trim().is_empty() || width(line) < WIDTH)
        {
            if let Some(line) = lines.last_mut() {
                line.push_str(piece);
            }
        } else {
            lines.push(format!("{INDENT}    {piece}"));
        }
    }
    let lines: Vec<_> = lines.iter().map(|line| line.trim_end()).collect();
    format!("{},", lines.join("\n"))
}

/// The parts of a text that may stand on lines of their own, each with the comma and the space at its end. The parameters of
/// a closure stay together.
fn pieces(text: &str) -> Vec<&str> {
    let (mut is_text, mut is_escaped, mut is_closure) = (false, false, false);
    let (mut pieces, mut start) = (Vec::new(), 0);
    for (at, c) in text.char_indices() {
        match c {
            '"' if !is_escaped => is_text = !is_text,
            '|' if !is_text => is_closure = !is_closure,
            ' ' if !is_text && !is_closure && text[..at].ends_with(',') => {
                pieces.push(&text[start..=at]);
                start = at + 1;
            }
            _ => {}
        }
        is_escaped = is_text && c == '\\' && !is_escaped;
    }
    pieces.push(&text[start..]);
    pieces
}

/// The lines of a doc comment, each after `indent`.
pub(super) fn docs(indent: &str, lines: &[String]) -> Vec<String> {
    lines
        .iter()
        .map(|line| format!("{indent}///{line}"))
        .collect()
}

/// A call or a declaration with arguments, on several lines if one is too narrow.
pub(super) fn call(start: &str, arguments: &[String], end: &str) -> String {
    let line = format!("{start}({}){end}", arguments.join(", "));
    if line.chars().count() + 4 <= WIDTH {
        return line;
    }
    let mut lines = vec![String::new()];
    for argument in arguments {
        let is_full = |line: &String| line.chars().count() + argument.chars().count() + 10 > WIDTH;
        if lines
            .last()
            .is_some_and(|line| !line.is_empty() && is_full(line))
        {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            let space = if line.is_empty() { "    " } else { " " };
            line.push_str(&format!("{space}{argument},"));
        }
    }
    format!("{start}(\n{}\n){end}", lines.join("\n"))
}
