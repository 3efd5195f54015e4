//! The methods: one file each, each a handler of its generated type.

mod all_events;
pub(crate) mod caller;
mod create_api_key;
mod create_key;
mod create_record;
mod creation;
pub(crate) mod cursor;
mod delete_api_key;
mod delete_key;
mod delete_record;
mod event_view;
mod get_key;
mod get_service_auth;
mod get_usage;
mod key_view;
mod limits_view;
mod list_api_keys;
mod list_events;
mod list_keys;
mod page;
mod put_record;
mod record;
pub(crate) mod requested;
mod revoke_api_key;
mod revoke_key;
mod rotate_key;
mod set_limits;
mod update_key;
mod view;
mod who_am_i;

use std::sync::Arc;

use cocore_keys::Keys;
use cocore_store::Store;

use crate::account_limit::AccountLimit;
use crate::idempotency::Idempotency;
use crate::inference::{HeldLimits, Readings};
use crate::rate_limits::RateLimits;
use crate::record_proxy::RecordProxy;

pub use all_events::{AccountEvent, EventPage, EventPosition};

/// Implements the methods on the key service.
#[derive(Clone)]
pub struct Api {
    /// The key service.
    pub keys: Arc<Keys<Store>>,
    /// Recognizes requests that are repeated.
    idempotency: Idempotency,
    /// How often an account creates keys.
    rate_limits: RateLimits,
    /// The limits of those that call models.
    limits: Arc<HeldLimits>,
    /// What calls have cost.
    readings: Readings,
    /// The number of proxies in front of the server that append to `X-Forwarded-For`.
    trusted_proxies: usize,
    /// How many lists of one account are made and sent at once.
    lists: Arc<AccountLimit>,
    /// The record proxy, if it is on.
    record_proxy: Option<Arc<RecordProxy>>,
}

impl Api {
    /// The methods on a key service, for a server behind this number of proxies that append to `X-Forwarded-For`.
    pub fn new(
        keys: Arc<Keys<Store>>,
        idempotency: Idempotency,
        rate_limits: RateLimits,
        limits: Arc<HeldLimits>,
        readings: Readings,
        trusted_proxies: usize,
        record_proxy: Option<Arc<RecordProxy>>,
    ) -> Self {
        let lists = Arc::new(AccountLimit::of_lists());
        Self {
            keys,
            idempotency,
            rate_limits,
            limits,
            readings,
            trusted_proxies,
            lists,
            record_proxy,
        }
    }

    /// Returns whether the record proxy is on.
    pub fn writes_records(&self) -> bool {
        self.record_proxy.is_some()
    }
}
