// Generated from the lexicons by `lexicon codegen`. Do not edit.
//! `dev.cocore.apikey.createKey`
use lexicon_runtime::{self as rt, Validate as _};
pub const NSID: &str = "dev.cocore.apikey.createKey";
pub const LEXICON: rt::Lexicon = rt::Lexicon::new(NSID, include_str!("create_key.json"));
/// Create an API key for the calling account. The secret is returned only in this answer; only its
/// SHA-256 is stored. A key that makes this call hands on no more than it has: what is left out,
/// it hands on as it has it. With an `Idempotency-Key` header, the same request creates one key
/// within 24 hours, and is answered in the same way.
#[derive(Clone, Copy, Debug)]
pub struct CreateKey;
impl rt::XrpcMethod for CreateKey {
    const NSID: &'static str = NSID;
    const KIND: rt::MethodKind = rt::MethodKind::Procedure;
    const INPUT_ENCODING: Option<&'static str> = Some("application/json");
    const OUTPUT_ENCODING: Option<&'static str> = Some("application/json");
    const BODY_OPTIONS: rt::Options = rt::Options::ANY_JSON;
    type Params = rt::NoParams;
    type Input = CreateKeyInput;
    type Output = CreateKeyOutput;
    type Error = CreateKeyError;
}
rt::object! {
    /// The input of [`CreateKey`].
    #[derive(Clone, Debug, PartialEq)]
    pub struct CreateKeyInput {
        /// A label by which the owner tells keys apart. 1 to 100 bytes.
        pub name: String = required("name", |c, v| c.string(v).bytes(1..=100).end()),
        /// When the key expires. Left out for a key that never does.
        pub expires_at: Option<rt::Datetime> =
            optional("expiresAt", |c, v| c.format(v, rt::Format::Datetime)),
        /// The models that the key may use. Left out for all. 1 to 100 elements.
        pub models: Option<Vec<String>> =
            optional("models", |c, v| c.array(v, 1..=100, |c, v| c.string(v).bytes(1..=200).end())),
        /// A note for the owner. At most 300 bytes.
        pub note: Option<String> = optional("note", |c, v| c.string(v).bytes(..=300).end()),
        /// What the key may do, as permissions of the AT Protocol. `include:` of a permission set of this
        /// service is expanded now. Left out for a key that may do everything that its account may do. 1
        /// to 64 elements.
        pub scopes: Option<Vec<String>> =
            optional("scopes", |c, v| c.array(v, 1..=64, |c, v| c.string(v).bytes(1..=1000).end())),
    }
    fn new(name: impl Into<String>);
}
rt::object! {
    /// The output of [`CreateKey`].
    #[derive(Clone, Debug)]
    pub struct CreateKeyOutput {
        pub key: super::defs::KeyView = required("key", super::defs::KeyView::check),
        /// The full plaintext key: `cocore-` and 43 characters of URL-safe base64. It is returned only
        /// here; store it now.
        pub secret: rt::Secret = required("secret", rt::Checker::text),
    }
    fn new(key: super::defs::KeyView, secret: rt::Secret);
}
rt::errors! {
    /// The errors of [`CreateKey`].
    pub enum CreateKeyError {
        /// The request carried no credential that is good.
        AuthRequired = "AuthRequired",
        /// The scopes of the key do not allow this call.
        InsufficientScope = "InsufficientScope",
        /// A scope is not a permission of the AT Protocol that this server knows. The message names it.
        InvalidScope = "InvalidScope",
        /// The key would have more than the key that makes this call, or than it had before. The message
        /// names the scope.
        ScopeTooWide = "ScopeTooWide",
        /// The account has as many keys as it may have.
        KeyQuotaExceeded = "KeyQuotaExceeded",
        /// The `Idempotency-Key` was used for a request with another body.
        IdempotencyConflict = "IdempotencyConflict",
    }
}
