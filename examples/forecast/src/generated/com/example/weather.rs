// Generated from the lexicons by `lexicon codegen`. Do not edit.
pub mod defs;
pub mod get_forecast;
