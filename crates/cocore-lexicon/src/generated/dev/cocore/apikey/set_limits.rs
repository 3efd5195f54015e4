// Generated from the lexicons by `lexicon codegen`. Do not edit.
//! `dev.cocore.apikey.setLimits`
use lexicon_runtime::{self as rt, Validate as _};
pub const NSID: &str = "dev.cocore.apikey.setLimits";
pub const LEXICON: rt::Lexicon = rt::Lexicon::new(NSID, include_str!("set_limits.json"));
/// Replace the limits for calls of models of an active API key. They hold together for all calls
/// that are made with the key, with the key that replaces it, and with the keys that descend from
/// it. A key that makes this call sets only limits of keys that descend from it, and the limits of
/// an account are set by the operator of the server. What is set holds at once on the server that
/// answers, and on the others within five seconds.
#[derive(Clone, Copy, Debug)]
pub struct SetLimits;
impl rt::XrpcMethod for SetLimits {
    const NSID: &'static str = NSID;
    const KIND: rt::MethodKind = rt::MethodKind::Procedure;
    const INPUT_ENCODING: Option<&'static str> = Some("application/json");
    const OUTPUT_ENCODING: Option<&'static str> = Some("application/json");
    const BODY_OPTIONS: rt::Options = rt::Options::ANY_JSON;
    type Params = rt::NoParams;
    type Input = SetLimitsInput;
    type Output = SetLimitsOutput;
    type Error = SetLimitsError;
}
rt::object! {
    /// The input of [`SetLimits`].
    #[derive(Clone, Debug, PartialEq)]
    pub struct SetLimitsInput {
        pub limits: super::defs::CallLimits = required("limits", super::defs::CallLimits::check),
        /// The `id` of a key, from createKey or listKeys. Left out for the account. 1 to 200 bytes.
        pub id: Option<String> = optional("id", |c, v| c.string(v).bytes(1..=200).end()),
    }
    fn new(limits: super::defs::CallLimits);
}
rt::object! {
    /// The output of [`SetLimits`].
    #[derive(Clone, Debug, PartialEq)]
    pub struct SetLimitsOutput {
        pub limits: super::defs::CallLimits = required("limits", super::defs::CallLimits::check),
    }
    fn new(limits: super::defs::CallLimits);
}
rt::errors! {
    /// The errors of [`SetLimits`].
    pub enum SetLimitsError {
        /// The request carried no credential that is good.
        AuthRequired = "AuthRequired",
        /// The scopes of the key do not allow this call.
        InsufficientScope = "InsufficientScope",
        /// The account has no key with this id.
        KeyNotFound = "KeyNotFound",
        /// The key is revoked, expired or replaced. What has ended never comes back.
        KeyNotActive = "KeyNotActive",
        /// No caller sets limits that hold for itself: a key sets those of its descendants, the operator
        /// those of an account.
        OwnLimits = "OwnLimits",
    }
}
