//! The keys of all accounts, for the operator.

use cocore_keys::StoreError;
use cocore_lexicon::dev::cocore::account::defs::ApiKeyView;
use cocore_store::Store;
use lexicon_runtime::Did;
use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::Error;

use super::Api;
use super::view::view;

/// The most keys of a page.
const PAGE_SIZE: u16 = 1000;

impl Api {
    /// Returns the next keys of all accounts, by id, after a key. The last page is empty.
    ///
    /// # Errors
    /// The store is unavailable.
    pub async fn page(&self, store: &Store, after: &str) -> Result<Vec<ApiKeyView>, StoreError> {
        let page = store.key_page(after, PAGE_SIZE).await?.into_iter();
        let views = page.filter_map(|stored| {
            let key = self.keys.with_last_use(stored);
            // As it is stored: another program may have written it.
            let did: Result<Did, Error> = Did::deserialize((&*key.did).into_deserializer());
            Some(view(key, &did.ok()?))
        });
        Ok(views.collect())
    }
}
