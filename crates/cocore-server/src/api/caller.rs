//! The caller of a method, as the key service knows it.

use cocore_keys::{Caller, Origin};
use http::header::USER_AGENT;
use xrpc_server::Head;

use super::Api;
use crate::principal::Principal;

impl Api {
    /// Returns the caller of a request.
    pub(super) fn caller(&self, principal: &Principal, head: &Head) -> Caller {
        Caller {
            did: principal.did.clone(),
            credential: principal.credential.clone(),
            origin: origin(head, self.trusted_proxies),
        }
    }
}

/// Returns where a request comes from, behind this number of proxies.
pub(crate) fn origin(head: &Head, trusted_proxies: usize) -> Origin {
    let address = head.client_address(trusted_proxies);
    let user_agent = head.header(USER_AGENT.as_str());
    let request_id = head.request_id.as_deref().map(str::to_owned);
    Origin::new(address.map(|at| at.to_string()), user_agent, request_id)
}
