// Generated from the lexicons by `lexicon codegen`. Do not edit.
//! `dev.cocore.apikey.revokeKey`
use lexicon_runtime::{self as rt, Validate as _};
pub const NSID: &str = "dev.cocore.apikey.revokeKey";
pub const LEXICON: rt::Lexicon = rt::Lexicon::new(NSID, include_str!("revoke_key.json"));
/// Revoke an API key, and with `cascade` all keys that descend from it: those that it created,
/// those that they created, and those that they replaced. The key itself may be revoked, replaced
/// or deleted before. All of them are dead on every server when this is answered.
#[derive(Clone, Copy, Debug)]
pub struct RevokeKey;
impl rt::XrpcMethod for RevokeKey {
    const NSID: &'static str = NSID;
    const KIND: rt::MethodKind = rt::MethodKind::Procedure;
    const INPUT_ENCODING: Option<&'static str> = Some("application/json");
    const OUTPUT_ENCODING: Option<&'static str> = Some("application/json");
    const BODY_OPTIONS: rt::Options = rt::Options::ANY_JSON;
    type Params = rt::NoParams;
    type Input = RevokeKeyInput;
    type Output = RevokeKeyOutput;
    type Error = RevokeKeyError;
}
rt::object! {
    /// The input of [`RevokeKey`].
    #[derive(Clone, Debug, PartialEq)]
    pub struct RevokeKeyInput {
        /// The `id` of a key, from createKey or listKeys. 1 to 200 bytes.
        pub id: String = required("id", |c, v| c.string(v).bytes(1..=200).end()),
        /// Whether to revoke all keys that descend from this one, too. Default false.
        pub cascade: bool = default("cascade" = false, rt::Checker::boolean),
    }
    fn new(id: impl Into<String>);
}
rt::object! {
    /// The output of [`RevokeKey`].
    #[derive(Clone, Debug, PartialEq)]
    pub struct RevokeKeyOutput {
        /// The ids of the keys that this call has revoked. Empty for an unknown key, and for one that was
        /// revoked before.
        pub revoked: Vec<String> = required("revoked", |c, v| c.array(v, .., rt::Checker::text)),
    }
    fn new(revoked: Vec<String>);
}
rt::errors! {
    /// The errors of [`RevokeKey`].
    pub enum RevokeKeyError {
        /// The request carried no credential that is good.
        AuthRequired = "AuthRequired",
        /// The scopes of the key do not allow this call.
        InsufficientScope = "InsufficientScope",
    }
}
