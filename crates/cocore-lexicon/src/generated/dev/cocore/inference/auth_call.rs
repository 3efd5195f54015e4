// Generated from the lexicons by `lexicon codegen`. Do not edit.
//! `dev.cocore.inference.authCall`
use lexicon_runtime::{self as rt, Validate as _};
pub const NSID: &str = "dev.cocore.inference.authCall";
pub const LEXICON: rt::Lexicon = rt::Lexicon::new(NSID, include_str!("auth_call.json"));
/// Send prompts to the models of this service, on behalf of your account.
pub const TITLE: &str = "Use models";
