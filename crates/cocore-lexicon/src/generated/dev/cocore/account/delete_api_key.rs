// Generated from the lexicons by `lexicon codegen`. Do not edit.
//! `dev.cocore.account.deleteApiKey`
use lexicon_runtime::{self as rt, Validate as _};
pub const NSID: &str = "dev.cocore.account.deleteApiKey";
pub const LEXICON: rt::Lexicon = rt::Lexicon::new(NSID, include_str!("delete_api_key.json"));
/// Hard-delete one of the authenticated account's API keys, removing the row entirely (no audit
/// trail recovery afterwards). For most flows revokeApiKey is preferable; use this to clean up
/// revoked or expired keys you no longer want listed. Scoped to the caller's DID. Idempotent:
/// deleting an unknown key returns `deleted: false`.
#[derive(Clone, Copy, Debug)]
pub struct DeleteApiKey;
impl rt::XrpcMethod for DeleteApiKey {
    const NSID: &'static str = NSID;
    const KIND: rt::MethodKind = rt::MethodKind::Procedure;
    const INPUT_ENCODING: Option<&'static str> = Some("application/json");
    const OUTPUT_ENCODING: Option<&'static str> = Some("application/json");
    const BODY_OPTIONS: rt::Options = rt::Options::ANY_JSON;
    type Params = rt::NoParams;
    type Input = DeleteApiKeyInput;
    type Output = DeleteApiKeyOutput;
    type Error = DeleteApiKeyError;
}
rt::object! {
    /// The input of [`DeleteApiKey`].
    #[derive(Clone, Debug, PartialEq)]
    pub struct DeleteApiKeyInput {
        /// The `id` of the key to delete (from createApiKey or listApiKeys). 1 to 200 bytes.
        pub id: String = required("id", |c, v| c.string(v).bytes(1..=200).end()),
    }
    fn new(id: impl Into<String>);
}
rt::object! {
    /// The output of [`DeleteApiKey`].
    #[derive(Clone, Debug, PartialEq)]
    pub struct DeleteApiKeyOutput {
        /// True if a key owned by the caller was deleted by this call; false if no matching key existed.
        pub deleted: bool = required("deleted", rt::Checker::boolean),
    }
    fn new(deleted: bool);
}
rt::errors! {
    /// The errors of [`DeleteApiKey`].
    pub enum DeleteApiKeyError {
        /// No valid session cookie or bearer key was presented.
        AuthRequired = "AuthRequired",
    }
}
