// Generated from the lexicons by `lexicon codegen`. Do not edit.
//! `dev.cocore.apikey.rotateKey`
use lexicon_runtime::{self as rt, Validate as _};
pub const NSID: &str = "dev.cocore.apikey.rotateKey";
pub const LEXICON: rt::Lexicon = rt::Lexicon::new(NSID, include_str!("rotate_key.json"));
/// Replace an active API key by a new one with the same name, note, expiry, scopes and models, and
/// another secret. The old key is revoked, or, with a grace period, expires after it. With an
/// `Idempotency-Key` header, the same request creates one key within 24 hours, and is answered in
/// the same way.
#[derive(Clone, Copy, Debug)]
pub struct RotateKey;
impl rt::XrpcMethod for RotateKey {
    const NSID: &'static str = NSID;
    const KIND: rt::MethodKind = rt::MethodKind::Procedure;
    const INPUT_ENCODING: Option<&'static str> = Some("application/json");
    const OUTPUT_ENCODING: Option<&'static str> = Some("application/json");
    const BODY_OPTIONS: rt::Options = rt::Options::ANY_JSON;
    type Params = rt::NoParams;
    type Input = RotateKeyInput;
    type Output = RotateKeyOutput;
    type Error = RotateKeyError;
}
rt::object! {
    /// The input of [`RotateKey`].
    #[derive(Clone, Debug, PartialEq)]
    pub struct RotateKeyInput {
        /// The `id` of a key, from createKey or listKeys. 1 to 200 bytes.
        pub id: String = required("id", |c, v| c.string(v).bytes(1..=200).end()),
        /// For how many seconds the old key still works: up to seven days, and never past its own expiry.
        /// 0 to 604800, default 0.
        pub grace_seconds: i64 =
            default("graceSeconds" = 0, |c, v| c.integer(v).range(0..=604800).end()),
    }
    fn new(id: impl Into<String>);
}
rt::object! {
    /// The output of [`RotateKey`].
    #[derive(Clone, Debug)]
    pub struct RotateKeyOutput {
        pub key: super::defs::KeyView = required("key", super::defs::KeyView::check),
        /// The full plaintext key: `cocore-` and 43 characters of URL-safe base64. It is returned only
        /// here; store it now.
        pub secret: rt::Secret = required("secret", rt::Checker::text),
    }
    fn new(key: super::defs::KeyView, secret: rt::Secret);
}
rt::errors! {
    /// The errors of [`RotateKey`].
    pub enum RotateKeyError {
        /// The request carried no credential that is good.
        AuthRequired = "AuthRequired",
        /// The scopes of the key do not allow this call.
        InsufficientScope = "InsufficientScope",
        /// The account has no key with this id.
        KeyNotFound = "KeyNotFound",
        /// The key is revoked, expired or replaced. What has ended never comes back.
        KeyNotActive = "KeyNotActive",
        /// The key would have more than the key that makes this call, or than it had before. The message
        /// names the scope.
        ScopeTooWide = "ScopeTooWide",
        /// The account has as many keys as it may have.
        KeyQuotaExceeded = "KeyQuotaExceeded",
        /// The `Idempotency-Key` was used for a request with another body.
        IdempotencyConflict = "IdempotencyConflict",
    }
}
