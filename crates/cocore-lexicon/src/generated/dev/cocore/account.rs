// Generated from the lexicons by `lexicon codegen`. Do not edit.
pub mod auth_keys;
pub mod create_api_key;
pub mod defs;
pub mod delete_api_key;
pub mod list_api_keys;
pub mod revoke_api_key;
