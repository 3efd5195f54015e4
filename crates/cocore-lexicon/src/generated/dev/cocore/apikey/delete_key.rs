// Generated from the lexicons by `lexicon codegen`. Do not edit.
//! `dev.cocore.apikey.deleteKey`
use lexicon_runtime::{self as rt, Validate as _};
pub const NSID: &str = "dev.cocore.apikey.deleteKey";
pub const LEXICON: rt::Lexicon = rt::Lexicon::new(NSID, include_str!("delete_key.json"));
/// Delete an API key with its events. One event stays, with the id of the key alone. A cascade
/// from one of its ancestors still reaches the keys that it created.
#[derive(Clone, Copy, Debug)]
pub struct DeleteKey;
impl rt::XrpcMethod for DeleteKey {
    const NSID: &'static str = NSID;
    const KIND: rt::MethodKind = rt::MethodKind::Procedure;
    const INPUT_ENCODING: Option<&'static str> = Some("application/json");
    const OUTPUT_ENCODING: Option<&'static str> = Some("application/json");
    const BODY_OPTIONS: rt::Options = rt::Options::ANY_JSON;
    type Params = rt::NoParams;
    type Input = DeleteKeyInput;
    type Output = DeleteKeyOutput;
    type Error = DeleteKeyError;
}
rt::object! {
    /// The input of [`DeleteKey`].
    #[derive(Clone, Debug, PartialEq)]
    pub struct DeleteKeyInput {
        /// The `id` of a key, from createKey or listKeys. 1 to 200 bytes.
        pub id: String = required("id", |c, v| c.string(v).bytes(1..=200).end()),
    }
    fn new(id: impl Into<String>);
}
rt::object! {
    /// The output of [`DeleteKey`].
    #[derive(Clone, Debug, PartialEq)]
    pub struct DeleteKeyOutput {
        /// True if this call has deleted a key of the account; false if there was none with this id.
        pub deleted: bool = required("deleted", rt::Checker::boolean),
    }
    fn new(deleted: bool);
}
rt::errors! {
    /// The errors of [`DeleteKey`].
    pub enum DeleteKeyError {
        /// The request carried no credential that is good.
        AuthRequired = "AuthRequired",
        /// The scopes of the key do not allow this call.
        InsufficientScope = "InsufficientScope",
    }
}
