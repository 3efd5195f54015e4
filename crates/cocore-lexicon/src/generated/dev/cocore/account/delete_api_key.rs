// Generated from the lexicons by `lexicon codegen`. Do not edit.
//! `dev.cocore.account.deleteApiKey`
use lexicon_runtime::{self as rt, Validate as _};
use serde::{Deserialize, Serialize};
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
    type Params = rt::NoParams;
    type Input = DeleteApiKeyInput;
    type Output = DeleteApiKeyOutput;
    type Error = DeleteApiKeyError;
}
/// The input of [`DeleteApiKey`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)] #[non_exhaustive]
pub struct DeleteApiKeyInput {
    /// The `id` of the key to delete (from createApiKey or listApiKeys). 1 to 200 bytes.
    pub id: String,
}
impl DeleteApiKeyInput {
    pub fn new(id: impl Into<String>) -> Self {
        Self { id: id.into() }
    }
}
impl rt::Validate for DeleteApiKeyInput {
    fn check(c: &mut rt::Checker, v: rt::Node<'_>) {
        let Some(o) = c.object(v) else { return };
        c.required(o, "id", |c, v| c.string(v).bytes(1..=200).end());
    }
}
/// The output of [`DeleteApiKey`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)] #[non_exhaustive]
pub struct DeleteApiKeyOutput {
    /// True if a key owned by the caller was deleted by this call; false if no matching key existed.
    pub deleted: bool,
}
impl DeleteApiKeyOutput {
    pub fn new(deleted: bool) -> Self {
        Self { deleted }
    }
}
impl rt::Validate for DeleteApiKeyOutput {
    fn check(c: &mut rt::Checker, v: rt::Node<'_>) {
        let Some(o) = c.object(v) else { return };
        c.required(o, "deleted", rt::Checker::boolean);
    }
}
/// The errors of [`DeleteApiKey`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "rt::ErrorBody", into = "rt::ErrorBody")] #[non_exhaustive]
pub enum DeleteApiKeyError {
    /// No valid session cookie or bearer key was presented.
    AuthRequired(Option<String>),
    /// An error that the lexicon does not declare.
    Other(rt::ErrorBody),
}
impl From<rt::ErrorBody> for DeleteApiKeyError {
    fn from(body: rt::ErrorBody) -> Self {
        match body.error.as_str() {
            "AuthRequired" => Self::AuthRequired(body.message),
            _ => Self::Other(body),
        }
    }
}
impl From<DeleteApiKeyError> for rt::ErrorBody {
    fn from(error: DeleteApiKeyError) -> Self {
        match error {
            DeleteApiKeyError::AuthRequired(message) => Self::new("AuthRequired", message),
            DeleteApiKeyError::Other(body) => body,
        }
    }
}
impl std::fmt::Display for DeleteApiKeyError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        rt::ErrorBody::from(self.clone()).fmt(f)
    }
}
impl std::error::Error for DeleteApiKeyError {}
impl rt::MethodError for DeleteApiKeyError {
    const NAMES: &'static [&'static str] = &["AuthRequired"];
}
