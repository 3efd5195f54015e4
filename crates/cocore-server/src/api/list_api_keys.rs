use cocore_lexicon::dev::cocore::account::list_api_keys::{
    ListApiKeys, ListApiKeysError, ListApiKeysOutput,
};
use lexicon_runtime::{Handler, Request};

use super::Api;
use super::view::view;
use crate::errors::unavailable;
use crate::principal::Principal;

impl Handler<ListApiKeys, Principal> for Api {
    async fn handle(
        &self,
        caller: Principal,
        _: Request<ListApiKeys>,
    ) -> Result<ListApiKeysOutput, ListApiKeysError> {
        let keys = self.keys.list(caller.did.as_str()).await;
        let keys = keys.map_err(|error| unavailable(&error))?;
        let views = keys.into_iter().map(|key| view(key, &caller.did)).collect();
        Ok(ListApiKeysOutput::new(views))
    }
}
