// Generated from the lexicons by `lexicon codegen`. Do not edit.
//! `dev.cocore.proxy.getServiceAuth`
use lexicon_runtime::{self as rt, Validate as _};
pub const NSID: &str = "dev.cocore.proxy.getServiceAuth";
pub const LEXICON: rt::Lexicon = rt::Lexicon::new(NSID, include_str!("get_service_auth.json"));
/// Get a service-auth token of the key's account from the account's own host, for one method of
/// another service. The key needs the scope `rpc:METHOD?aud=SERVICE`. Tokens for this server and
/// for methods of com.atproto are never issued.
#[derive(Clone, Copy, Debug)]
pub struct GetServiceAuth;
impl rt::XrpcMethod for GetServiceAuth {
    const NSID: &'static str = NSID;
    const KIND: rt::MethodKind = rt::MethodKind::Procedure;
    const INPUT_ENCODING: Option<&'static str> = Some("application/json");
    const OUTPUT_ENCODING: Option<&'static str> = Some("application/json");
    type Params = rt::NoParams;
    type Input = GetServiceAuthInput;
    type Output = GetServiceAuthOutput;
    type Error = GetServiceAuthError;
}
rt::object! {
    /// The input of [`GetServiceAuth`].
    #[derive(Clone, Debug, PartialEq)]
    pub struct GetServiceAuthInput {
        /// The service: its DID, or its DID with the fragment of the service. A DID without a fragment
        /// needs a scope for every service (`aud=*`). 1 to 2048 bytes.
        pub aud: String = required("aud", |c, v| c.string(v).bytes(1..=2048).end()),
        /// The NSID of the method.
        pub lxm: rt::Nsid = required("lxm", |c, v| c.format(v, rt::Format::Nsid)),
    }
    fn new(aud: impl Into<String>, lxm: rt::Nsid);
}
rt::object! {
    /// The output of [`GetServiceAuth`].
    #[derive(Clone, Debug)]
    pub struct GetServiceAuthOutput {
        /// The token. It is a credential of the account, and expires after a minute.
        pub token: rt::Secret = required("token", rt::Checker::text),
    }
    fn new(token: rt::Secret);
}
rt::errors! {
    /// The errors of [`GetServiceAuth`].
    pub enum GetServiceAuthError {
        /// The request carried no API key that is good.
        AuthRequired = "AuthRequired",
        /// The scopes of the key do not allow this call. Status 403.
        InsufficientScope = "InsufficientScope",
        /// The person has not connected the record proxy, has not granted this, or their host has ended
        /// the connection. The message says where to connect. Status 403.
        SignInRequired = "SignInRequired",
        /// The account's host cannot be reached, or answered with an error of its own. Status 502.
        PdsError = "PdsError",
        /// The account's host did not answer in time. Whether it has done what was asked is not known.
        /// Status 504.
        PdsTimeout = "PdsTimeout",
        /// The operator of this server does not allow the method of the service. Status 403.
        ServiceNotAllowed = "ServiceNotAllowed",
    }
}
