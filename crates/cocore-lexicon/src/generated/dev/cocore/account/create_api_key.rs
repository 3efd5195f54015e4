// Generated from the lexicons by `lexicon codegen`. Do not edit.
//! `dev.cocore.account.createApiKey`
use lexicon_runtime::{self as rt, Validate as _};
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
    const BODY_OPTIONS: rt::Options = rt::Options::ANY_JSON;
    type Params = rt::NoParams;
    type Input = CreateApiKeyInput;
    type Output = CreateApiKeyOutput;
    type Error = CreateApiKeyError;
}
rt::object! {
    /// The input of [`CreateApiKey`].
    #[derive(Clone, Debug, PartialEq)]
    pub struct CreateApiKeyInput {
        /// Human-readable label so the owner can tell their keys apart. 1 to 100 bytes.
        pub name: String = required("name", |c, v| c.string(v).bytes(1..=100).end()),
        /// Optional RFC3339 expiry. Omit (or send null) for a key that never expires on its own.
        pub expires_at: Option<rt::Datetime> =
            tolerant("expiresAt", |c, v| c.format(v, rt::Format::Datetime)),
    }
    fn new(name: impl Into<String>);
}
rt::object! {
    /// The output of [`CreateApiKey`].
    #[derive(Clone, Debug)]
    pub struct CreateApiKeyOutput {
        pub key: super::defs::ApiKeyView = required("key", super::defs::ApiKeyView::check),
        /// The full plaintext key (`cocore-<43 url-safe base64 chars>`). Shown exactly once; store it now.
        pub secret: rt::Secret = required("secret", rt::Checker::text),
    }
    fn new(key: super::defs::ApiKeyView, secret: rt::Secret);
}
rt::errors! {
    /// The errors of [`CreateApiKey`].
    pub enum CreateApiKeyError {
        /// No valid session cookie or bearer key was presented.
        AuthRequired = "AuthRequired",
    }
}
