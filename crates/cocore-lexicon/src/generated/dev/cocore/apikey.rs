// Generated from the lexicons by `lexicon codegen`. Do not edit.
pub mod auth_manage;
pub mod auth_read;
pub mod create_key;
pub mod defs;
pub mod delete_key;
pub mod get_key;
pub mod get_usage;
pub mod list_events;
pub mod list_keys;
pub mod revoke_key;
pub mod rotate_key;
pub mod set_limits;
pub mod update_key;
pub mod who_am_i;
