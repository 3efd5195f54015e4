//! The audit trail of all accounts, for the operator.

use cocore_keys::StoreError;
use cocore_lexicon::dev::cocore::apikey::defs::EventView;
use cocore_store::Store;
use serde::{Deserialize, Serialize};

use super::Api;
use super::event_view::event_view;

/// The most events of a page.
const PAGE_SIZE: u16 = 1000;

/// Which events a page has.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct EventPosition {
    /// Only those of this account.
    pub did: Option<String>,
    /// Only those of the key with this id.
    pub key: Option<String>,
    /// Only those before this number.
    pub before: Option<i64>,
}

/// A page of the audit trail, the newest event first.
#[derive(Debug, Deserialize, Serialize)]
pub struct EventPage {
    /// The events.
    pub events: Vec<AccountEvent>,
    /// Before which number the next page begins. `None` on the last page.
    pub next: Option<i64>,
}

/// An event, with the account that owns the key.
#[derive(Debug, Deserialize, Serialize)]
pub struct AccountEvent {
    /// The account.
    pub did: String,
    /// The event.
    #[serde(flatten)]
    pub event: EventView,
}

impl Api {
    /// Returns a page of the audit trail.
    ///
    /// # Errors
    /// The store is unavailable.
    pub async fn event_page(
        &self,
        store: &Store,
        position: &EventPosition,
    ) -> Result<EventPage, StoreError> {
        let EventPosition { did, key, before } = position;
        let key = key.as_deref();
        // PostgreSQL has no text with a NUL in it.
        let is_possible = |text: &str| !text.contains('\0');
        if !did.iter().map(String::as_str).chain(key).all(is_possible) {
            return Ok(EventPage {
                events: Vec::new(),
                next: None,
            });
        }
        let page = match did {
            Some(did) => self.keys.events(did, key, *before, PAGE_SIZE).await?,
            None => store.event_page(key, *before, PAGE_SIZE).await?,
        };
        let is_last = page.len() < usize::from(PAGE_SIZE);
        let next = page.last().filter(|_| !is_last).map(|last| last.number);
        let events = page.into_iter().map(|stored| AccountEvent {
            did: stored.event.did.clone(),
            event: event_view(stored.event),
        });
        Ok(EventPage {
            events: events.collect(),
            next,
        })
    }
}
