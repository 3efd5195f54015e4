// Generated from the lexicons by `lexicon codegen`. Do not edit.
//! `dev.cocore.apikey.listKeys`
use lexicon_runtime::{self as rt, Validate as _};
pub const NSID: &str = "dev.cocore.apikey.listKeys";
pub const LEXICON: rt::Lexicon = rt::Lexicon::new(NSID, include_str!("list_keys.json"));
/// List the API keys of the calling account, the newest first: active, expired and revoked ones.
/// Keys that are created meanwhile do not change the pages that follow.
#[derive(Clone, Copy, Debug)]
pub struct ListKeys;
impl rt::XrpcMethod for ListKeys {
    const NSID: &'static str = NSID;
    const KIND: rt::MethodKind = rt::MethodKind::Query;
    const PARAMS: &'static [rt::Param] = &[
        rt::Param::string("cursor"),
        rt::Param::integer("limit"),
        rt::Param::string("q"),
        rt::Param::string("status"),
    ];
    const OUTPUT_ENCODING: Option<&'static str> = Some("application/json");
    const BODY_OPTIONS: rt::Options = rt::Options::ANY_JSON;
    type Params = ListKeysParams;
    type Input = rt::NoBody;
    type Output = ListKeysOutput;
    type Error = ListKeysError;
}
rt::object! {
    /// The parameters of [`ListKeys`].
    #[derive(Clone, Debug, PartialEq)]
    pub struct ListKeysParams {
        /// The `cursor` of the page before. At most 300 bytes.
        pub cursor: Option<String> = optional("cursor", |c, v| c.string(v).bytes(..=300).end()),
        /// How many keys to return at most. 1 to 100, default 50.
        pub limit: i64 = default("limit" = 50, |c, v| c.integer(v).range(1..=100).end()),
        /// Only keys whose name contains this text, in upper or lower case, or whose prefix begins with
        /// it. 1 to 100 bytes.
        pub q: Option<String> = optional("q", |c, v| c.string(v).bytes(1..=100).end()),
        /// Only keys in this state. No key is in another one. At most 20 bytes, known values: `active`,
        /// `expired`, `revoked`.
        pub status: Option<String> = optional("status", |c, v| c.string(v).bytes(..=20).end()),
    }
}
rt::object! {
    /// The output of [`ListKeys`].
    #[derive(Clone, Debug, PartialEq)]
    pub struct ListKeysOutput {
        /// By creation time, then by id, both descending.
        pub keys: Vec<super::defs::KeyView> =
            required("keys", |c, v| c.array(v, .., super::defs::KeyView::check)),
        /// Where the next page begins. Left out on the last page.
        pub cursor: Option<String> = optional("cursor", rt::Checker::text),
    }
    fn new(keys: Vec<super::defs::KeyView>);
}
rt::errors! {
    /// The errors of [`ListKeys`].
    pub enum ListKeysError {
        /// The request carried no credential that is good.
        AuthRequired = "AuthRequired",
        /// The scopes of the key do not allow this call.
        InsufficientScope = "InsufficientScope",
    }
}
