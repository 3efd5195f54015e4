// Generated from the lexicons by `lexicon codegen`. Do not edit.
//! `dev.cocore.account.listApiKeys`
use lexicon_runtime::{self as rt, Validate as _};
use serde::{Deserialize, Serialize};
pub const NSID: &str = "dev.cocore.account.listApiKeys";
pub const LEXICON: rt::Lexicon = rt::Lexicon::new(NSID, include_str!("list_api_keys.json"));
/// Lists all API keys of the calling account, the newest first: live, expired and revoked ones. No
/// secret is part of the answer.
#[derive(Clone, Copy, Debug)]
pub struct ListApiKeys;
impl rt::XrpcMethod for ListApiKeys {
    const NSID: &'static str = NSID;
    const KIND: rt::MethodKind = rt::MethodKind::Query;
    const OUTPUT_ENCODING: Option<&'static str> = Some("application/json");
    type Params = rt::NoParams;
    type Input = rt::NoBody;
    type Output = ListApiKeysOutput;
    type Error = ListApiKeysError;
}
/// The output of [`ListApiKeys`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)] #[non_exhaustive]
pub struct ListApiKeysOutput {
    /// By creation time, then by id, both descending.
    pub keys: Vec<super::defs::ApiKeyView>,
}
impl ListApiKeysOutput {
    pub fn new(keys: Vec<super::defs::ApiKeyView>) -> Self {
        Self { keys }
    }
}
impl rt::Validate for ListApiKeysOutput {
    fn check(c: &mut rt::Checker, v: rt::Node<'_>) {
        let Some(o) = c.object(v) else { return };
        c.required(o, "keys", |c, v| c.array(v, .., super::defs::ApiKeyView::check));
    }
}
/// The errors of [`ListApiKeys`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "rt::ErrorBody", into = "rt::ErrorBody")] #[non_exhaustive]
pub enum ListApiKeysError {
    /// The request carried no credential that is good.
    AuthRequired(Option<String>),
    /// An error that the lexicon does not declare.
    Other(rt::ErrorBody),
}
impl From<rt::ErrorBody> for ListApiKeysError {
    fn from(body: rt::ErrorBody) -> Self {
        match body.error.as_str() {
            "AuthRequired" => Self::AuthRequired(body.message),
            _ => Self::Other(body),
        }
    }
}
impl From<ListApiKeysError> for rt::ErrorBody {
    fn from(error: ListApiKeysError) -> Self {
        match error {
            ListApiKeysError::AuthRequired(message) => Self::new("AuthRequired", message),
            ListApiKeysError::Other(body) => body,
        }
    }
}
impl std::fmt::Display for ListApiKeysError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        rt::ErrorBody::from(self.clone()).fmt(f)
    }
}
impl std::error::Error for ListApiKeysError {}
impl rt::MethodError for ListApiKeysError {
    const NAMES: &'static [&'static str] = &["AuthRequired"];
}
