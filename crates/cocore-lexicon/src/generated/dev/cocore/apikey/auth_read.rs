// Generated from the lexicons by `lexicon codegen`. Do not edit.
//! `dev.cocore.apikey.authRead`
use lexicon_runtime::{self as rt, Validate as _};
pub const NSID: &str = "dev.cocore.apikey.authRead";
pub const LEXICON: rt::Lexicon = rt::Lexicon::new(NSID, include_str!("auth_read.json"));
/// List the API keys of your account and what was done to them and with them, without their
/// secrets.
pub const TITLE: &str = "Read API keys";
