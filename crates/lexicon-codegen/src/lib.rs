//! Lexicon catalog in, Rust source out.
