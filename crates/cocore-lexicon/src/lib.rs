//! Rust types, checks and the service trait of the `dev.cocore` lexicons.
//!
//! Everything but this file is generated from `lexicons/` by `cargo xtask codegen`.

#[rustfmt::skip]
mod generated;

pub use generated::*;
