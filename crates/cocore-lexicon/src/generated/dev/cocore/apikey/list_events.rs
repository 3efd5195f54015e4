// Generated from the lexicons by `lexicon codegen`. Do not edit.
//! `dev.cocore.apikey.listEvents`
use lexicon_runtime::{self as rt, Validate as _};
pub const NSID: &str = "dev.cocore.apikey.listEvents";
pub const LEXICON: rt::Lexicon = rt::Lexicon::new(NSID, include_str!("list_events.json"));
/// List what was done to the API keys of the calling account, the newest first.
#[derive(Clone, Copy, Debug)]
pub struct ListEvents;
impl rt::XrpcMethod for ListEvents {
    const NSID: &'static str = NSID;
    const KIND: rt::MethodKind = rt::MethodKind::Query;
    const PARAMS: &'static [rt::Param] = &[
        rt::Param::string("cursor"),
        rt::Param::string("id"),
        rt::Param::integer("limit"),
    ];
    const OUTPUT_ENCODING: Option<&'static str> = Some("application/json");
    const BODY_OPTIONS: rt::Options = rt::Options::ANY_JSON;
    type Params = ListEventsParams;
    type Input = rt::NoBody;
    type Output = ListEventsOutput;
    type Error = ListEventsError;
}
rt::object! {
    /// The parameters of [`ListEvents`].
    #[derive(Clone, Debug, PartialEq)]
    pub struct ListEventsParams {
        /// The `cursor` of the page before. At most 100 bytes.
        pub cursor: Option<String> = optional("cursor", |c, v| c.string(v).bytes(..=100).end()),
        /// Only events of the key with this id. 1 to 200 bytes.
        pub id: Option<String> = optional("id", |c, v| c.string(v).bytes(1..=200).end()),
        /// How many events to return at most. 1 to 100, default 50.
        pub limit: i64 = default("limit" = 50, |c, v| c.integer(v).range(1..=100).end()),
    }
}
rt::object! {
    /// The output of [`ListEvents`].
    #[derive(Clone, Debug, PartialEq)]
    pub struct ListEventsOutput {
        /// The newest first.
        pub events: Vec<super::defs::EventView> =
            required("events", |c, v| c.array(v, .., super::defs::EventView::check)),
        /// Where the next page begins. Left out on the last page.
        pub cursor: Option<String> = optional("cursor", rt::Checker::text),
    }
    fn new(events: Vec<super::defs::EventView>);
}
rt::errors! {
    /// The errors of [`ListEvents`].
    pub enum ListEventsError {
        /// The request carried no credential that is good.
        AuthRequired = "AuthRequired",
        /// The scopes of the key do not allow this call.
        InsufficientScope = "InsufficientScope",
    }
}
