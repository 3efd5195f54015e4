// Generated from the lexicons by `lexicon codegen`. Do not edit.
//! `dev.cocore.apikey.whoAmI`
use lexicon_runtime::{self as rt, Validate as _};
pub const NSID: &str = "dev.cocore.apikey.whoAmI";
pub const LEXICON: rt::Lexicon = rt::Lexicon::new(NSID, include_str!("who_am_i.json"));
/// Return the account and the credential of this call: what a program asks first.
#[derive(Clone, Copy, Debug)]
pub struct WhoAmI;
impl rt::XrpcMethod for WhoAmI {
    const NSID: &'static str = NSID;
    const KIND: rt::MethodKind = rt::MethodKind::Query;
    const OUTPUT_ENCODING: Option<&'static str> = Some("application/json");
    const BODY_OPTIONS: rt::Options = rt::Options::ANY_JSON;
    type Params = rt::NoParams;
    type Input = rt::NoBody;
    type Output = WhoAmIOutput;
    type Error = WhoAmIError;
}
rt::object! {
    /// The output of [`WhoAmI`].
    #[derive(Clone, Debug, PartialEq)]
    pub struct WhoAmIOutput {
        /// The account.
        pub did: rt::Did = required("did", |c, v| c.format(v, rt::Format::Did)),
        /// How the call was authenticated. Known values: `apiKey`, `session`, `serviceAuth`.
        pub credential: String = required("credential", rt::Checker::text),
        /// When the key expires. Left out if it never does.
        pub expires_at: Option<rt::Datetime> =
            optional("expiresAt", |c, v| c.format(v, rt::Format::Datetime)),
        /// The id of the key.
        pub key_id: Option<String> = optional("keyId", rt::Checker::text),
        /// The name of the key.
        pub key_name: Option<String> = optional("keyName", rt::Checker::text),
        /// What the key may do. Left out if it may do everything that its account may do.
        pub scopes: Option<Vec<String>> =
            optional("scopes", |c, v| c.array(v, .., rt::Checker::text)),
    }
    fn new(did: rt::Did, credential: impl Into<String>);
}
rt::errors! {
    /// The errors of [`WhoAmI`].
    pub enum WhoAmIError {
        /// The request carried no credential that is good.
        AuthRequired = "AuthRequired",
        /// The scopes of the key do not allow this call.
        InsufficientScope = "InsufficientScope",
    }
}
