//! The permissions of keys: their grammar, and what they allow.
#![allow(clippy::unwrap_used)]

#[path = "scopes/grammar.rs"]
mod grammar;
#[path = "scopes/inclusion.rs"]
mod inclusion;
