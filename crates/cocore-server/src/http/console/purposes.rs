//! What a key can be for: the permission sets of this server, which people choose by their titles.

use cocore_console::Purpose;

use crate::permission_sets::PERMISSION_SETS;
use crate::service_identity::{Audiences, ServiceIdentity, include_scope, service_of};

/// The permission sets that the console offers.
const OFFERED: [&str; 2] = ["dev.cocore.apikey.authManage", "dev.cocore.apikey.authRead"];
/// The one that it offers on a server with upstreams.
const INFERENCE: &str = "dev.cocore.inference.authCall";

/// Returns what a key can be for on a server with this identity. A server without one has no service that a scope can
/// name.
pub(super) fn purposes(identity: Option<&ServiceIdentity>, has_inference: bool) -> Vec<Purpose> {
    let audiences = Audiences::new(identity);
    let inference = has_inference.then_some(INFERENCE);
    let offered = OFFERED.into_iter().chain(inference).filter_map(|nsid| {
        let aud = audiences.of_service(service_of(nsid)?)?;
        let set = PERMISSION_SETS.get(nsid)?;
        Some(Purpose {
            id: nsid.to_owned(),
            title: set.title.clone()?,
            detail: set.detail.clone()?,
            scopes: include_scope(nsid, aud),
        })
    });
    offered.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::requested;
    use crate::listen::{Listen, ListenAddress};

    #[test]
    fn each_purpose_has_words_and_scopes() {
        let listen = Listen {
            address: ListenAddress::parse("--listen", "127.0.0.1:8080").unwrap(),
            public_url: None,
        };
        let identity = ServiceIdentity::new(&listen, &listen.address);
        let with_inference = purposes(identity.as_ref(), true);
        assert_eq!(with_inference.len(), OFFERED.len() + 1);
        let scope = &with_inference[OFFERED.len()].scopes;
        let scopes = requested::scopes(std::slice::from_ref(scope)).unwrap();
        let aud = "did:web:localhost%3A8080#cocore_inference";
        assert!(scopes.allows_rpc("dev.cocore.inference.dispatch", aud));
        let offered = purposes(identity.as_ref(), false);
        assert_eq!(offered.len(), OFFERED.len());
        for purpose in offered {
            assert!(!purpose.title.is_empty() && !purpose.detail.is_empty());
            let scopes = requested::scopes(std::slice::from_ref(&purpose.scopes)).unwrap();
            let aud = "did:web:localhost%3A8080#cocore_account";
            assert!(scopes.allows_rpc("dev.cocore.apikey.listKeys", aud));
            let manages = scopes.allows_rpc("dev.cocore.apikey.createKey", aud);
            assert_eq!(manages, purpose.id.ends_with("authManage"));
        }
        assert!(purposes(None, true).is_empty());
    }
}
