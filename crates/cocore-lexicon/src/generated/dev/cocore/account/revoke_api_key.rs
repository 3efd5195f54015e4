// Generated from the lexicons by `lexicon codegen`. Do not edit.
//! `dev.cocore.account.revokeApiKey`
use lexicon_runtime::{self as rt, Validate as _};
use serde::{Deserialize, Serialize};
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
    type Params = rt::NoParams;
    type Input = RevokeApiKeyInput;
    type Output = RevokeApiKeyOutput;
    type Error = RevokeApiKeyError;
}
/// The input of [`RevokeApiKey`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)] #[non_exhaustive]
pub struct RevokeApiKeyInput {
    /// The `id` of the key, from createApiKey or listApiKeys. 1 to 200 bytes.
    pub id: String,
}
impl RevokeApiKeyInput {
    pub fn new(id: impl Into<String>) -> Self {
        Self { id: id.into() }
    }
}
impl rt::Validate for RevokeApiKeyInput {
    fn check(c: &mut rt::Checker, v: rt::Node<'_>) {
        let Some(o) = c.object(v) else { return };
        c.required(o, "id", |c, v| c.string(v).bytes(1..=200).end());
    }
}
/// The output of [`RevokeApiKey`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)] #[non_exhaustive]
pub struct RevokeApiKeyOutput {
    /// True if this call revoked the key; false if the account has no such key, or it was revoked
    /// before.
    pub revoked: bool,
}
impl RevokeApiKeyOutput {
    pub fn new(revoked: bool) -> Self {
        Self { revoked }
    }
}
impl rt::Validate for RevokeApiKeyOutput {
    fn check(c: &mut rt::Checker, v: rt::Node<'_>) {
        let Some(o) = c.object(v) else { return };
        c.required(o, "revoked", rt::Checker::boolean);
    }
}
/// The errors of [`RevokeApiKey`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "rt::ErrorBody", into = "rt::ErrorBody")] #[non_exhaustive]
pub enum RevokeApiKeyError {
    /// The request carried no credential that is good.
    AuthRequired(Option<String>),
    /// An error that the lexicon does not declare.
    Other(rt::ErrorBody),
}
impl From<rt::ErrorBody> for RevokeApiKeyError {
    fn from(body: rt::ErrorBody) -> Self {
        match body.error.as_str() {
            "AuthRequired" => Self::AuthRequired(body.message),
            _ => Self::Other(body),
        }
    }
}
impl From<RevokeApiKeyError> for rt::ErrorBody {
    fn from(error: RevokeApiKeyError) -> Self {
        match error {
            RevokeApiKeyError::AuthRequired(message) => Self::new("AuthRequired", message),
            RevokeApiKeyError::Other(body) => body,
        }
    }
}
impl std::fmt::Display for RevokeApiKeyError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        rt::ErrorBody::from(self.clone()).fmt(f)
    }
}
impl std::error::Error for RevokeApiKeyError {}
impl rt::MethodError for RevokeApiKeyError {
    const NAMES: &'static [&'static str] = &["AuthRequired"];
}
