// Generated from the lexicons by `lexicon codegen`. Do not edit.
//! `dev.cocore.apikey.defs`: Types that the methods of API keys share.
use lexicon_runtime::{self as rt, Validate as _};
pub const NSID: &str = "dev.cocore.apikey.defs";
pub const LEXICON: rt::Lexicon = rt::Lexicon::new(NSID, include_str!("defs.json"));
rt::object! {
    /// What is spent of a limit in the period that it is now.
    #[derive(Clone, Debug, PartialEq)]
    pub struct BudgetView {
        /// What is counted. Known values: `tokens`, `requests`.
        pub unit: String = required("unit", rt::Checker::text),
        /// For how long the limit is. Known values: `minute`, `day`, `month`.
        pub period: String = required("period", rt::Checker::text),
        /// How much may be spent in a period.
        pub limit: i64 = required("limit", |c, v| c.integer(v).end()),
        /// How much is spent, as far as servers have reported it: they do so every second.
        pub spent: i64 = required("spent", |c, v| c.integer(v).end()),
        /// How much servers hold for calls that have not ended, and for those that come next.
        pub reserved: i64 = required("reserved", |c, v| c.integer(v).end()),
        /// When the next period begins.
        pub renews_at: rt::Datetime =
            required("renewsAt", |c, v| c.format(v, rt::Format::Datetime)),
        /// The id of the key that has the limit. Left out for a limit of the account.
        pub key_id: Option<String> = optional("keyId", rt::Checker::text),
    }
    fn new(
        unit: impl Into<String>, period: impl Into<String>, limit: i64, spent: i64,
        reserved: i64, renews_at: rt::Datetime,
    );
}
rt::object! {
    /// Limits for calls of models. What is left out is not limited.
    #[derive(Clone, Debug, PartialEq)]
    pub struct CallLimits {
        /// Which models. A key that has models of its own may use those that are in both lists. 1 to 100
        /// elements.
        pub models: Option<Vec<String>> =
            optional("models", |c, v| c.array(v, 1..=100, |c, v| c.string(v).bytes(1..=200).end())),
        /// How many calls in a minute. 0 to 9007199254740991.
        pub requests_per_minute: Option<i64> =
            optional("requestsPerMinute", |c, v| c.integer(v).range(0..=9007199254740991).end()),
        /// How many tokens of prompts and answers in a day of UTC. 0 to 9007199254740991.
        pub tokens_per_day: Option<i64> =
            optional("tokensPerDay", |c, v| c.integer(v).range(0..=9007199254740991).end()),
        /// How many tokens of prompts and answers in a month of UTC. 0 to 9007199254740991.
        pub tokens_per_month: Option<i64> =
            optional("tokensPerMonth", |c, v| c.integer(v).range(0..=9007199254740991).end()),
    }
}
rt::object! {
    /// An entry of the audit trail: what was done to a key. It never contains a secret.
    #[derive(Clone, Debug, PartialEq)]
    pub struct EventView {
        /// When it was done.
        pub at: rt::Datetime = required("at", |c, v| c.format(v, rt::Format::Datetime)),
        /// What was done. Known values: `created`, `updated`, `limited`, `rotated`, `revoked`, `deleted`.
        pub kind: String = required("kind", rt::Checker::text),
        /// The id of the key.
        pub key_id: String = required("keyId", rt::Checker::text),
        /// By what kind of credential it was done. Known values: `apiKey`, `session`, `serviceAuth`,
        /// `operator`.
        pub by: String = required("by", rt::Checker::text),
        /// The id of the key that it was done with.
        pub by_key: Option<String> = optional("byKey", rt::Checker::text),
        /// The address of the client.
        pub from: Option<String> = optional("from", rt::Checker::text),
        /// The name of the key at that time. Left out for a deleted key.
        pub key_name: Option<String> = optional("keyName", rt::Checker::text),
        /// The id of the request, as the answer carried it.
        pub request_id: Option<String> = optional("requestId", rt::Checker::text),
        /// What the client called itself, cut at 200 bytes.
        pub user_agent: Option<String> = optional("userAgent", rt::Checker::text),
    }
    fn new(
        at: rt::Datetime, kind: impl Into<String>, key_id: impl Into<String>,
        by: impl Into<String>,
    );
}
rt::object! {
    /// What an account may see of one of its API keys. Neither the secret nor its hash is ever part of
    /// it.
    #[derive(Clone, Debug, PartialEq)]
    pub struct KeyView {
        /// Names the key in the other methods. It never changes.
        pub id: String = required("id", rt::Checker::text),
        /// The account that owns the key.
        pub did: rt::Did = required("did", |c, v| c.format(v, rt::Format::Did)),
        /// The label of the key. At most 100 bytes.
        pub name: String = required("name", |c, v| c.string(v).bytes(..=100).end()),
        /// The first 15 characters of the secret, by which its owner can recognise it.
        pub prefix: String = required("prefix", rt::Checker::text),
        /// When the key was created.
        pub created_at: rt::Datetime =
            required("createdAt", |c, v| c.format(v, rt::Format::Datetime)),
        /// Whether the key authenticates requests, and if not, why. Known values: `active`, `expired`,
        /// `revoked`.
        pub status: String = required("status", rt::Checker::text),
        /// When the key expires. Left out for a key that never expires.
        pub expires_at: Option<rt::Datetime> =
            optional("expiresAt", |c, v| c.format(v, rt::Format::Datetime)),
        /// When the key last authenticated a request. Left out for a key that never did.
        pub last_used_at: Option<rt::Datetime> =
            optional("lastUsedAt", |c, v| c.format(v, rt::Format::Datetime)),
        /// The models that the key may use. Left out for a key that may use all.
        pub models: Option<Vec<String>> =
            optional("models", |c, v| c.array(v, .., rt::Checker::text)),
        /// A note of the owner. At most 300 bytes.
        pub note: Option<String> = optional("note", |c, v| c.string(v).bytes(..=300).end()),
        /// The id of the key that created this one. Left out for a key that was created in another way.
        pub parent: Option<String> = optional("parent", rt::Checker::text),
        /// The id of the key that replaces this one.
        pub replaced_by: Option<String> = optional("replacedBy", rt::Checker::text),
        /// The id of the key that this one replaces.
        pub replaces: Option<String> = optional("replaces", rt::Checker::text),
        /// When the key was revoked. Left out for a key that was not.
        pub revoked_at: Option<rt::Datetime> =
            optional("revokedAt", |c, v| c.format(v, rt::Format::Datetime)),
        /// What the key may do, as permissions of the AT Protocol. Left out for a key that may do
        /// everything that its account may do. An empty list allows nothing.
        pub scopes: Option<Vec<String>> =
            optional("scopes", |c, v| c.array(v, .., rt::Checker::text)),
    }
    fn new(
        id: impl Into<String>, did: rt::Did, name: impl Into<String>, prefix: impl Into<String>,
        created_at: rt::Datetime, status: impl Into<String>,
    );
}
rt::object! {
    /// What the calls of a period have cost, by model and upstream.
    #[derive(Clone, Debug, PartialEq)]
    pub struct UsageView {
        /// When the period began.
        pub start: rt::Datetime = required("start", |c, v| c.format(v, rt::Format::Datetime)),
        /// The model, by the name that the upstream has for it.
        pub model: String = required("model", rt::Checker::text),
        /// The name of the upstream.
        pub upstream: String = required("upstream", rt::Checker::text),
        /// How many calls the upstream got.
        pub calls: i64 = required("calls", |c, v| c.integer(v).end()),
        /// How many of them failed.
        pub errors: i64 = required("errors", |c, v| c.integer(v).end()),
        /// Of how many of them the tokens are estimated, for the upstream did not count to the end.
        pub estimated_calls: i64 = required("estimatedCalls", |c, v| c.integer(v).end()),
        /// The tokens of prompts.
        pub input_tokens: i64 = required("inputTokens", |c, v| c.integer(v).end()),
        /// The tokens of answers.
        pub output_tokens: i64 = required("outputTokens", |c, v| c.integer(v).end()),
        /// How many of the tokens of prompts a cache had.
        pub cached_tokens: i64 = required("cachedTokens", |c, v| c.integer(v).end()),
    }
    fn new(
        start: rt::Datetime, model: impl Into<String>, upstream: impl Into<String>, calls: i64,
        errors: i64, estimated_calls: i64, input_tokens: i64, output_tokens: i64,
        cached_tokens: i64,
    );
}
