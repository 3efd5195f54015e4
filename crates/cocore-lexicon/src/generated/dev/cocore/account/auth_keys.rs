// Generated from the lexicons by `lexicon codegen`. Do not edit.
//! `dev.cocore.account.authKeys`
use lexicon_runtime::{self as rt, Validate as _};
pub const NSID: &str = "dev.cocore.account.authKeys";
pub const LEXICON: rt::Lexicon = rt::Lexicon::new(NSID, include_str!("auth_keys.json"));
/// Create, list, revoke and delete the API keys of your account by the methods of
/// dev.cocore.account.
pub const TITLE: &str = "Manage API keys (account methods)";
