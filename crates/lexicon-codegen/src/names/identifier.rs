//! Rust identifiers.

use proc_macro2::{Ident, Span};

/// The keywords of every edition, and those that are reserved for later ones.
const KEYWORDS: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do", "dyn",
    "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let",
    "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return",
    "static", "struct", "trait", "true", "try", "type", "typeof", "unsafe", "unsized", "use",
    "virtual", "where", "while", "yield",
];

/// Keywords that cannot be raw identifiers.
const NEVER_RAW: &[&str] = &["Self", "crate", "self", "super", "_"];

/// Whether a name is a keyword of any edition.
pub(crate) fn is_keyword(name: &str) -> bool {
    KEYWORDS.contains(&name) || NEVER_RAW.contains(&name)
}

/// An identifier: raw where the text is a keyword of any edition.
pub(crate) fn ident(text: &str) -> Ident {
    let span = Span::call_site();
    if NEVER_RAW.contains(&text) {
        Ident::new(&format!("{text}_"), span)
    } else if KEYWORDS.contains(&text) {
        Ident::new_raw(text, span)
    } else {
        Ident::new(text, span)
    }
}
