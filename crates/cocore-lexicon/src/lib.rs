//! Rust types, checks and the service trait of the `dev.cocore` lexicons.
//!
//! Everything but this file is generated from `lexicons/` by `lexicon codegen`.

#[rustfmt::skip]
mod generated;

pub use generated::*;

/// Compiles what the README shows.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
