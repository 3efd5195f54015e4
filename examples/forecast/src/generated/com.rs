// Generated from the lexicons by `cargo xtask codegen`. Do not edit.
pub mod example;
