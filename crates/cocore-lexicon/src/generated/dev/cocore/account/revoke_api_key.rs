// Generated from the lexicons by `lexicon codegen`. Do not edit.
//! `dev.cocore.account.revokeApiKey`
use lexicon_runtime::{self as rt, Validate as _};
pub const NSID: &str = "dev.cocore.account.revokeApiKey";
pub const LEXICON: rt::Lexicon = rt::Lexicon::new(NSID, include_str!("revoke_api_key.json"));
/// Ends an API key of the calling account at once and for good. The key stays in listApiKeys,
/// marked with the time of its revocation; deleteApiKey removes it altogether. A second revocation
/// changes nothing, and another account's key is the same as an unknown one.
#[derive(Clone, Copy, Debug)]
pub struct RevokeApiKey;
impl rt::XrpcMethod for RevokeApiKey {
    const NSID: &'static str = NSID;
    const KIND: rt::MethodKind = rt::MethodKind::Procedure;
    const INPUT_ENCODING: Option<&'static str> = Some("application/json");
    const OUTPUT_ENCODING: Option<&'static str> = Some("application/json");
    const BODY_OPTIONS: rt::Options = rt::Options::ANY_JSON;
    type Params = rt::NoParams;
    type Input = RevokeApiKeyInput;
    type Output = RevokeApiKeyOutput;
    type Error = RevokeApiKeyError;
}
rt::object! {
    /// The input of [`RevokeApiKey`].
    #[derive(Clone, Debug, PartialEq)]
    pub struct RevokeApiKeyInput {
        /// The `id` of the key, from createApiKey or listApiKeys. 1 to 200 bytes.
        pub id: String = required("id", |c, v| c.string(v).bytes(1..=200).end()),
    }
    fn new(id: impl Into<String>);
}
rt::object! {
    /// The output of [`RevokeApiKey`].
    #[derive(Clone, Debug, PartialEq)]
    pub struct RevokeApiKeyOutput {
        /// True if this call revoked the key; false if the account has no such key, or it was revoked
        /// before.
        pub revoked: bool = required("revoked", rt::Checker::boolean),
    }
    fn new(revoked: bool);
}
rt::errors! {
    /// The errors of [`RevokeApiKey`].
    pub enum RevokeApiKeyError {
        /// The request carried no credential that is good.
        AuthRequired = "AuthRequired",
    }
}
