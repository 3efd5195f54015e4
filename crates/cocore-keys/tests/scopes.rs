//! The permissions of keys: their grammar, and what they allow.
#![allow(missing_docs, unreachable_pub, dead_code, clippy::unwrap_used)]

#[path = "scopes/generator.rs"]
mod generator;
#[path = "scopes/grammar.rs"]
mod grammar;
#[path = "scopes/hostile.rs"]
mod hostile;
#[path = "scopes/inclusion.rs"]
mod inclusion;
#[path = "../../../tests/support/network.rs"]
mod network;
#[path = "scopes/official.rs"]
mod official;
#[path = "scopes/permission_sets.rs"]
mod permission_sets;
#[path = "../../../tests/support/skip.rs"]
mod skip;
