// Generated from the lexicons by `lexicon codegen`. Do not edit.
//! `dev.cocore.account.listApiKeys`
use lexicon_runtime::{self as rt, Validate as _};
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
    const BODY_OPTIONS: rt::Options = rt::Options::ANY_JSON;
    type Params = rt::NoParams;
    type Input = rt::NoBody;
    type Output = ListApiKeysOutput;
    type Error = ListApiKeysError;
}
rt::object! {
    /// The output of [`ListApiKeys`].
    #[derive(Clone, Debug, PartialEq)]
    pub struct ListApiKeysOutput {
        /// By creation time, then by id, both descending.
        pub keys: Vec<super::defs::ApiKeyView> =
            required("keys", |c, v| c.array(v, .., super::defs::ApiKeyView::check)),
    }
    fn new(keys: Vec<super::defs::ApiKeyView>);
}
rt::errors! {
    /// The errors of [`ListApiKeys`].
    pub enum ListApiKeysError {
        /// The request carried no credential that is good.
        AuthRequired = "AuthRequired",
    }
}
