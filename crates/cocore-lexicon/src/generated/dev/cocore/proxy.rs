// Generated from the lexicons by `lexicon codegen`. Do not edit.
pub mod create_record;
pub mod delete_record;
pub mod get_service_auth;
pub mod put_record;
