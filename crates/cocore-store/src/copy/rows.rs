//! The rows that are copied, with all columns of their tables.

use diesel::prelude::*;

use crate::connection::MultiBackend;
use crate::schema::{
    call_budgets, call_limits, call_usage, encrypted_values, key_answers, key_events, key_lineage,
    keys, proxy_sessions, seen_tokens, sessions,
};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = keys, check_for_backend(MultiBackend))]
pub(super) struct KeyRow {
    pub(super) id: String,
    pub(super) did: String,
    pub(super) name: String,
    pub(super) prefix: String,
    pub(super) hash: Vec<u8>,
    pub(super) created_at: i64,
    pub(super) expires_at: Option<i64>,
    pub(super) revoked_at: Option<i64>,
    pub(super) last_used_at: Option<i64>,
    pub(super) scopes: Option<String>,
    pub(super) models: Option<String>,
    pub(super) note: Option<String>,
    pub(super) parent: Option<String>,
    pub(super) replaces: Option<String>,
    pub(super) replaced_by: Option<String>,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = key_lineage, check_for_backend(MultiBackend))]
pub(super) struct LineageRow {
    pub(super) did: String,
    pub(super) ancestor: String,
    pub(super) descendant: String,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = key_events, check_for_backend(MultiBackend))]
pub(super) struct EventRow {
    // The target numbers its rows itself.
    #[diesel(skip_insertion)]
    pub(super) number: i64,
    pub(super) at: i64,
    pub(super) kind: String,
    pub(super) did: String,
    pub(super) key_id: String,
    pub(super) key_name: Option<String>,
    pub(super) credential: String,
    pub(super) by_key: Option<String>,
    pub(super) address: Option<String>,
    pub(super) user_agent: Option<String>,
    pub(super) request_id: Option<String>,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = key_answers, check_for_backend(MultiBackend))]
pub(super) struct AnswerRow {
    pub(super) request: Vec<u8>,
    pub(super) body: Vec<u8>,
    pub(super) sealed: Vec<u8>,
    pub(super) key_id: String,
    pub(super) expires_at: i64,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = sessions, check_for_backend(MultiBackend))]
pub(super) struct SessionRow {
    pub(super) id: String,
    pub(super) hash: Vec<u8>,
    pub(super) did: String,
    pub(super) handle: Option<String>,
    pub(super) browser: String,
    pub(super) address: String,
    pub(super) created_at: i64,
    pub(super) last_seen_at: i64,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = seen_tokens, check_for_backend(MultiBackend))]
pub(super) struct TokenRow {
    pub(super) hash: Vec<u8>,
    pub(super) expires_at: i64,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = encrypted_values, check_for_backend(MultiBackend))]
pub(super) struct EncryptedValueRow {
    pub(super) kind: String,
    pub(super) name: String,
    pub(super) value: Vec<u8>,
    pub(super) expires_at: Option<i64>,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = call_limits, check_for_backend(MultiBackend))]
pub(super) struct LimitsRow {
    pub(super) did: String,
    pub(super) key_id: String,
    pub(super) budget: String,
    pub(super) tokens_per_day: Option<i64>,
    pub(super) tokens_per_month: Option<i64>,
    pub(super) requests_per_minute: Option<i64>,
    pub(super) models: Option<String>,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = call_budgets, check_for_backend(MultiBackend))]
pub(super) struct BudgetRow {
    pub(super) budget: String,
    pub(super) period: String,
    pub(super) starts_at: i64,
    pub(super) taken: i64,
    pub(super) spent: i64,
    pub(super) reported_at: i64,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = call_usage, check_for_backend(MultiBackend))]
pub(super) struct UsageRow {
    pub(super) did: String,
    pub(super) key_id: String,
    pub(super) hour: i64,
    pub(super) model: String,
    pub(super) upstream: String,
    pub(super) calls: i64,
    pub(super) errors: i64,
    pub(super) estimated: i64,
    pub(super) input: i64,
    pub(super) output: i64,
    pub(super) cached: i64,
}

/// Without the lease of a refresh: no server runs.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = proxy_sessions, check_for_backend(MultiBackend))]
pub(super) struct ProxySessionRow {
    pub(super) did: String,
    pub(super) tokens: Vec<u8>,
    pub(super) scope: String,
    pub(super) version: i64,
    pub(super) created_at: i64,
    pub(super) last_used_at: Option<i64>,
}
