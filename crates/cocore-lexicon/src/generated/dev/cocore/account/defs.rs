// Generated from the lexicons by `lexicon codegen`. Do not edit.
//! `dev.cocore.account.defs`: Types that the account methods share.
use lexicon_runtime::{self as rt, Validate as _};
use serde::{Deserialize, Serialize};
pub const NSID: &str = "dev.cocore.account.defs";
pub const LEXICON: rt::Lexicon = rt::Lexicon::new(NSID, include_str!("defs.json"));
/// What an account may see of one of its API keys. Neither the secret nor its hash is ever part of
/// it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")] #[non_exhaustive]
pub struct ApiKeyView {
    /// Names the key in revokeApiKey and deleteApiKey. It never changes.
    pub id: String,
    /// The account that owns the key.
    pub did: rt::Did,
    /// The label that was given when the key was minted. At most 100 bytes.
    pub name: String,
    /// The first 15 characters of the secret, by which its owner can recognise it.
    pub prefix: String,
    /// When the key was minted.
    pub created_at: rt::Datetime,
    /// When the key stops working by itself. Left out for a key without an end.
    #[serde(skip_serializing_if = "Option::is_none")] pub expires_at: Option<rt::Datetime>,
    /// When the key last authenticated a request. Left out for a key that never did.
    #[serde(skip_serializing_if = "Option::is_none")] pub last_used_at: Option<rt::Datetime>,
    /// When the key was revoked. Left out for a key that was not.
    #[serde(skip_serializing_if = "Option::is_none")] pub revoked_at: Option<rt::Datetime>,
}
impl ApiKeyView {
    pub fn new(
        id: impl Into<String>,
        did: rt::Did,
        name: impl Into<String>,
        prefix: impl Into<String>,
        created_at: rt::Datetime,
    ) -> Self {
        Self {
            id: id.into(), did, name: name.into(), prefix: prefix.into(), created_at,
            expires_at: None, last_used_at: None, revoked_at: None,
        }
    }
}
impl rt::Validate for ApiKeyView {
    fn check(c: &mut rt::Checker, v: rt::Node<'_>) {
        let Some(o) = c.object(v) else { return };
        c.required(o, "id", rt::Checker::text);
        c.required(o, "did", |c, v| c.format(v, rt::Format::Did));
        c.required(o, "name", |c, v| c.string(v).bytes(..=100).end());
        c.required(o, "prefix", rt::Checker::text);
        c.required(o, "createdAt", |c, v| c.format(v, rt::Format::Datetime));
        c.optional(o, "expiresAt", |c, v| c.format(v, rt::Format::Datetime));
        c.optional(o, "lastUsedAt", |c, v| c.format(v, rt::Format::Datetime));
        c.optional(o, "revokedAt", |c, v| c.format(v, rt::Format::Datetime));
    }
}
