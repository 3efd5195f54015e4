// Generated from the lexicons by `lexicon codegen`. Do not edit.
//! `dev.cocore.apikey.getKey`
use lexicon_runtime::{self as rt, Validate as _};
pub const NSID: &str = "dev.cocore.apikey.getKey";
pub const LEXICON: rt::Lexicon = rt::Lexicon::new(NSID, include_str!("get_key.json"));
/// Get one of the account's API keys.
#[derive(Clone, Copy, Debug)]
pub struct GetKey;
impl rt::XrpcMethod for GetKey {
    const NSID: &'static str = NSID;
    const KIND: rt::MethodKind = rt::MethodKind::Query;
    const PARAMS: &'static [rt::Param] = &[rt::Param::string("id")];
    const OUTPUT_ENCODING: Option<&'static str> = Some("application/json");
    const BODY_OPTIONS: rt::Options = rt::Options::ANY_JSON;
    type Params = GetKeyParams;
    type Input = rt::NoBody;
    type Output = GetKeyOutput;
    type Error = GetKeyError;
}
rt::object! {
    /// The parameters of [`GetKey`].
    #[derive(Clone, Debug, PartialEq)]
    pub struct GetKeyParams {
        /// The `id` of a key, from createKey or listKeys. 1 to 200 bytes.
        pub id: String = required("id", |c, v| c.string(v).bytes(1..=200).end()),
    }
    fn new(id: impl Into<String>);
}
rt::object! {
    /// The output of [`GetKey`].
    #[derive(Clone, Debug, PartialEq)]
    pub struct GetKeyOutput {
        pub key: super::defs::KeyView = required("key", super::defs::KeyView::check),
    }
    fn new(key: super::defs::KeyView);
}
rt::errors! {
    /// The errors of [`GetKey`].
    pub enum GetKeyError {
        /// The request carried no credential that is good.
        AuthRequired = "AuthRequired",
        /// The scopes of the key do not allow this call.
        InsufficientScope = "InsufficientScope",
        /// The account has no key with this id.
        KeyNotFound = "KeyNotFound",
    }
}
