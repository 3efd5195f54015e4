// Generated from the lexicons by `lexicon codegen`. Do not edit.
//! `dev.cocore.account.defs`: Types that the account methods share.
use lexicon_runtime::{self as rt, Validate as _};
pub const NSID: &str = "dev.cocore.account.defs";
pub const LEXICON: rt::Lexicon = rt::Lexicon::new(NSID, include_str!("defs.json"));
rt::object! {
    /// What an account may see of one of its API keys. Neither the secret nor its hash is ever part of
    /// it.
    #[derive(Clone, Debug, PartialEq)]
    pub struct ApiKeyView {
        /// Names the key in revokeApiKey and deleteApiKey. It never changes.
        pub id: String = required("id", rt::Checker::text),
        /// The account that owns the key.
        pub did: rt::Did = required("did", |c, v| c.format(v, rt::Format::Did)),
        /// The label that was given when the key was minted. At most 100 bytes.
        pub name: String = required("name", |c, v| c.string(v).bytes(..=100).end()),
        /// The first 15 characters of the secret, by which its owner can recognise it.
        pub prefix: String = required("prefix", rt::Checker::text),
        /// When the key was minted.
        pub created_at: rt::Datetime =
            required("createdAt", |c, v| c.format(v, rt::Format::Datetime)),
        /// When the key stops working by itself. Left out for a key without an end.
        pub expires_at: Option<rt::Datetime> =
            optional("expiresAt", |c, v| c.format(v, rt::Format::Datetime)),
        /// When the key last authenticated a request. Left out for a key that never did.
        pub last_used_at: Option<rt::Datetime> =
            optional("lastUsedAt", |c, v| c.format(v, rt::Format::Datetime)),
        /// When the key was revoked. Left out for a key that was not.
        pub revoked_at: Option<rt::Datetime> =
            optional("revokedAt", |c, v| c.format(v, rt::Format::Datetime)),
    }
    fn new(
        id: impl Into<String>, did: rt::Did, name: impl Into<String>, prefix: impl Into<String>,
        created_at: rt::Datetime,
    );
}
