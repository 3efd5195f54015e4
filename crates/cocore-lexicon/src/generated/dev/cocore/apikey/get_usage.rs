// Generated from the lexicons by `lexicon codegen`. Do not edit.
//! `dev.cocore.apikey.getUsage`
use lexicon_runtime::{self as rt, Validate as _};
pub const NSID: &str = "dev.cocore.apikey.getUsage";
pub const LEXICON: rt::Lexicon = rt::Lexicon::new(NSID, include_str!("get_usage.json"));
/// Return what calls of models have cost that were made with an API key, or by the whole account,
/// and the limits that hold for them. Servers report every second. The usage of a deleted key
/// stays.
#[derive(Clone, Copy, Debug)]
pub struct GetUsage;
impl rt::XrpcMethod for GetUsage {
    const NSID: &'static str = NSID;
    const KIND: rt::MethodKind = rt::MethodKind::Query;
    const PARAMS: &'static [rt::Param] = &[
        rt::Param::string("from"),
        rt::Param::string("granularity"),
        rt::Param::string("id"),
        rt::Param::string("to"),
    ];
    const OUTPUT_ENCODING: Option<&'static str> = Some("application/json");
    const BODY_OPTIONS: rt::Options = rt::Options::ANY_JSON;
    type Params = GetUsageParams;
    type Input = rt::NoBody;
    type Output = GetUsageOutput;
    type Error = GetUsageError;
}
rt::object! {
    /// The parameters of [`GetUsage`].
    #[derive(Clone, Debug, PartialEq)]
    pub struct GetUsageParams {
        /// When to begin: the period of this time is the first one. By default 24 hours, 30 days or 12
        /// months ago, by the granularity.
        pub from: Option<rt::Datetime> = optional("from", |c, v| c.format(v, rt::Format::Datetime)),
        /// For how long each sum is, in UTC. Of hours there are at most 31 days, of others 400. One of
        /// `hour`, `day`, `month`, default `day`.
        pub granularity: String =
            default("granularity" = "day".to_owned(), |c, v| c.string(v).one_of(&["hour", "day",
                "month"]).end()),
        /// The `id` of a key. Left out for all calls of the account. 1 to 200 bytes.
        pub id: Option<String> = optional("id", |c, v| c.string(v).bytes(1..=200).end()),
        /// When to stop. By default now.
        pub to: Option<rt::Datetime> = optional("to", |c, v| c.format(v, rt::Format::Datetime)),
    }
}
rt::object! {
    /// The output of [`GetUsage`].
    #[derive(Clone, Debug, PartialEq)]
    pub struct GetUsageOutput {
        /// The oldest first. A period without a call is left out.
        pub usage: Vec<super::defs::UsageView> =
            required("usage", |c, v| c.array(v, .., super::defs::UsageView::check)),
        pub limits: super::defs::CallLimits = required("limits", super::defs::CallLimits::check),
        /// What is spent of each limit that holds for these calls: those of the key, of the keys that it
        /// descends from, and of the account.
        pub budgets: Vec<super::defs::BudgetView> =
            required("budgets", |c, v| c.array(v, .., super::defs::BudgetView::check)),
    }
    fn new(
        usage: Vec<super::defs::UsageView>, limits: super::defs::CallLimits,
        budgets: Vec<super::defs::BudgetView>,
    );
}
rt::errors! {
    /// The errors of [`GetUsage`].
    pub enum GetUsageError {
        /// The request carried no credential that is good.
        AuthRequired = "AuthRequired",
        /// The scopes of the key do not allow this call.
        InsufficientScope = "InsufficientScope",
    }
}
