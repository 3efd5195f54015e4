//! `whoAmI`: returns the account and the credential of the caller.

use cocore_keys::CallerCredential;
use cocore_lexicon::dev::cocore::apikey::who_am_i::{WhoAmI, WhoAmIError, WhoAmIOutput};
use lexicon_runtime::Datetime;
use xrpc_server::{Handler, HandlerError, Request, Response};

use super::Api;
use super::key_view::scope_texts;
use crate::errors::{invalid_bearer, unavailable};
use crate::principal::Principal;

impl Handler<WhoAmI, Principal> for Api {
    async fn handle(
        &self,
        request: Request<WhoAmI, Principal>,
    ) -> Result<Response<WhoAmIOutput>, HandlerError<WhoAmIError>> {
        let Principal { did, credential } = request.caller;
        let output = |name: &str| WhoAmIOutput::new(did.as_ref().clone(), name);
        let id = match credential {
            CallerCredential::ApiKey { id, .. } => id.to_string(),
            CallerCredential::Session => return Ok(output("session").into()),
            CallerCredential::ServiceAuth => return Ok(output("serviceAuth").into()),
            CallerCredential::Operator => return Ok(output("operator").into()),
        };
        let found = self.keys.find(did.as_str(), &id).await;
        let found = found.map_err(|error| unavailable(&error))?;
        // It may have been deleted meanwhile.
        let key = found.ok_or_else(invalid_bearer)?;
        let mut output = output("apiKey");
        output.key_id = Some(id);
        output.key_name = Some(key.name);
        output.scopes = key.access.scopes().map(scope_texts);
        output.expires_at = key.expires_at.map(Datetime::from_utc);
        Ok(output.into())
    }
}
