// Generated from the lexicons by `lexicon codegen`. Do not edit.
pub mod defs;
pub mod delete_report;
pub mod get_forecast;
pub mod put_report;
pub mod upload_photo;
pub mod watch_reports;
