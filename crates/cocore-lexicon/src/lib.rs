//! Rust types, checks and the service trait of the `dev.cocore` lexicons.
//!
//! Everything but this file is generated from `lexicons/` by `lexicon codegen`.

#[rustfmt::skip]
mod generated;

pub use generated::*;

/// Compiles what the page of the API shows.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/api.md")]
struct ApiPage;
