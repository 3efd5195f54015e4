//! The first line of every generated Rust file, by which it is known to be generated.

/// The first line of every generated Rust file.
pub const PREAMBLE: &str = "// Generated from the lexicons by `lexicon codegen`. Do not edit.\n";

/// Whether a Rust file was generated, by this version or by an earlier one.
pub fn is_generated(text: &str) -> bool {
    text.starts_with("// Generated from the lexicons by ")
}
