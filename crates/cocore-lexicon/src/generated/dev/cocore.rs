// Generated from the lexicons by `lexicon codegen`. Do not edit.
pub mod account;
pub mod apikey;
pub mod inference;
pub mod proxy;
