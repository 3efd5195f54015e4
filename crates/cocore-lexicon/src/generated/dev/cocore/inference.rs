// Generated from the lexicons by `lexicon codegen`. Do not edit.
pub mod auth_call;
