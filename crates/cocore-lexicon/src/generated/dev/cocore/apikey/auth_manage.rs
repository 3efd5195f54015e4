// Generated from the lexicons by `lexicon codegen`. Do not edit.
//! `dev.cocore.apikey.authManage`
use lexicon_runtime::{self as rt, Validate as _};
pub const NSID: &str = "dev.cocore.apikey.authManage";
pub const LEXICON: rt::Lexicon = rt::Lexicon::new(NSID, include_str!("auth_manage.json"));
/// Create, change, replace, revoke and delete the API keys of your account, list them, and limit
/// what they may cost.
pub const TITLE: &str = "Manage API keys";
