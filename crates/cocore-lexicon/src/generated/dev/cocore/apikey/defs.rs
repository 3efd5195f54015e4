// Generated from the lexicons by `lexicon codegen`. Do not edit.
//! `dev.cocore.apikey.defs`: Types that the methods of API keys share.
use lexicon_runtime::{self as rt, Validate as _};
pub const NSID: &str = "dev.cocore.apikey.defs";
pub const LEXICON: rt::Lexicon = rt::Lexicon::new(NSID, include_str!("defs.json"));
rt::object! {
    /// An entry of the audit trail: what was done to a key. It never contains a secret.
    #[derive(Clone, Debug, PartialEq)]
    pub struct EventView {
        /// When it was done.
        pub at: rt::Datetime = required("at", |c, v| c.format(v, rt::Format::Datetime)),
        /// What was done. Known values: `created`, `updated`, `rotated`, `revoked`, `deleted`.
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
