//! The caller of a method, as the key service knows it.

use cocore_keys::{Caller, Origin};
use http::header::USER_AGENT;
use xrpc_server::Head;

use super::Api;
use crate::principal::Principal;

impl Api {
    /// Returns the caller of a request.
    pub(super) fn caller(&self, principal: &Principal, head: &Head) -> Caller {
        let address = head.client_address(self.trusted_proxies);
        let user_agent = head.header(USER_AGENT.as_str());
        let request_id = head.request_id.as_deref().map(str::to_owned);
        Caller {
            did: principal.did.clone(),
            credential: principal.credential.clone(),
            origin: Origin::new(address.map(|at| at.to_string()), user_agent, request_id),
        }
    }
}
