// Generated from the lexicons by `lexicon codegen`. Do not edit.
//! `dev.cocore.account.createApiKey`
use lexicon_runtime::{self as rt, Validate as _};
use serde::{Deserialize, Serialize};
pub const NSID: &str = "dev.cocore.account.createApiKey";
pub const LEXICON: rt::Lexicon = rt::Lexicon::new(NSID, include_str!("create_api_key.json"));
/// Mint a new cocore API key for the authenticated account. Authenticate with either a console
/// session cookie or an existing `Authorization: Bearer cocore-...` key. The full secret is
/// returned exactly once in `secret` and is never retrievable again — only its SHA-256 hash is
/// stored. Use the returned key to authenticate subsequent automated requests (inference, the
/// record proxy, and these key-management methods themselves).
#[derive(Clone, Copy, Debug)]
pub struct CreateApiKey;
impl rt::XrpcMethod for CreateApiKey {
    const NSID: &'static str = NSID;
    const KIND: rt::MethodKind = rt::MethodKind::Procedure;
    const INPUT_ENCODING: Option<&'static str> = Some("application/json");
    const OUTPUT_ENCODING: Option<&'static str> = Some("application/json");
    type Params = rt::NoParams;
    type Input = CreateApiKeyInput;
    type Output = CreateApiKeyOutput;
    type Error = CreateApiKeyError;
}
/// The input of [`CreateApiKey`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")] #[non_exhaustive]
pub struct CreateApiKeyInput {
    /// Human-readable label so the owner can tell their keys apart. 1 to 100 bytes.
    pub name: String,
    /// Optional RFC3339 expiry. Omit (or send null) for a key that never expires on its own.
    #[serde(skip_serializing_if = "Option::is_none")] pub expires_at: Option<rt::Datetime>,
}
impl CreateApiKeyInput {
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), expires_at: None }
    }
}
impl rt::Validate for CreateApiKeyInput {
    fn check(c: &mut rt::Checker, v: rt::Node<'_>) {
        let Some(o) = c.object(v) else { return };
        c.required(o, "name", |c, v| c.string(v).bytes(1..=100).end());
        c.optional_nullable(o, "expiresAt", |c, v| c.format(v, rt::Format::Datetime));
    }
}
/// The output of [`CreateApiKey`].
#[derive(Clone, Debug, Serialize, Deserialize)] #[non_exhaustive]
pub struct CreateApiKeyOutput {
    pub key: super::defs::ApiKeyView,
    /// The full plaintext key (`cocore-<43 url-safe base64 chars>`). Shown exactly once; store it now.
    pub secret: rt::Secret,
}
impl CreateApiKeyOutput {
    pub fn new(key: super::defs::ApiKeyView, secret: rt::Secret) -> Self {
        Self { key, secret }
    }
}
impl rt::Validate for CreateApiKeyOutput {
    fn check(c: &mut rt::Checker, v: rt::Node<'_>) {
        let Some(o) = c.object(v) else { return };
        c.required(o, "key", super::defs::ApiKeyView::check);
        c.required(o, "secret", rt::Checker::text);
    }
}
/// The errors of [`CreateApiKey`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "rt::ErrorBody", into = "rt::ErrorBody")] #[non_exhaustive]
pub enum CreateApiKeyError {
    /// No valid session cookie or bearer key was presented.
    AuthRequired(Option<String>),
    /// An error that the lexicon does not declare.
    Other(rt::ErrorBody),
}
impl From<rt::ErrorBody> for CreateApiKeyError {
    fn from(body: rt::ErrorBody) -> Self {
        match body.error.as_str() {
            "AuthRequired" => Self::AuthRequired(body.message),
            _ => Self::Other(body),
        }
    }
}
impl From<CreateApiKeyError> for rt::ErrorBody {
    fn from(error: CreateApiKeyError) -> Self {
        match error {
            CreateApiKeyError::AuthRequired(message) => Self::new("AuthRequired", message),
            CreateApiKeyError::Other(body) => body,
        }
    }
}
impl std::fmt::Display for CreateApiKeyError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        rt::ErrorBody::from(self.clone()).fmt(f)
    }
}
impl std::error::Error for CreateApiKeyError {}
impl rt::MethodError for CreateApiKeyError {
    const NAMES: &'static [&'static str] = &["AuthRequired"];
}
