//! What a key can be for: the permission sets of this server, which people choose by their titles.

use cocore_console::Purpose;
use cocore_keys::Permission;

use super::scope_words::words;
use crate::permission_sets::PERMISSION_SETS;
use crate::record_proxy::RecordProxy;
use crate::service_identity::{Audiences, ServiceIdentity, include_scope, service_of};

/// The permission sets that the console offers.
const OFFERED: [&str; 2] = ["dev.cocore.apikey.authManage", "dev.cocore.apikey.authRead"];
/// The one that it offers on a server with upstreams.
const INFERENCE: &str = "dev.cocore.inference.authCall";

/// Returns what a key can be for on a server with this identity. A server without one has no service that a scope can
/// name.
pub(super) fn purposes(
    identity: Option<&ServiceIdentity>,
    has_inference: bool,
    records: Option<&RecordProxy>,
) -> Vec<Purpose> {
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
    let records = records.and_then(|proxy| records_purpose(proxy.settings().permissions()));
    offered.chain(records).collect()
}

/// What a key for the record proxy is for, if the operator allows collections.
fn records_purpose(allowed: &[Permission]) -> Option<Purpose> {
    let writes = allowed.iter().filter(|one| one.as_repo().is_some());
    let scopes: Vec<_> = writes.clone().map(Permission::to_string).collect();
    let words: Vec<_> = writes.map(|permission| words(permission, None)).collect();
    (!scopes.is_empty()).then(|| Purpose {
        id: "records".to_owned(),
        title: "Write records".to_owned(),
        detail: format!("In your repository, at your host: {}", words.join(" ")),
        scopes: scopes.join("\n"),
    })
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
        let with_inference = purposes(identity.as_ref(), true, None);
        assert_eq!(with_inference.len(), OFFERED.len() + 1);
        let scope = &with_inference[OFFERED.len()].scopes;
        let scopes = requested::scopes(std::slice::from_ref(scope)).unwrap();
        let aud = "did:web:localhost%3A8080#cocore_inference";
        assert!(scopes.allows_rpc("dev.cocore.inference.dispatch", aud));
        let offered = purposes(identity.as_ref(), false, None);
        assert_eq!(offered.len(), OFFERED.len());
        for purpose in offered {
            assert!(!purpose.title.is_empty() && !purpose.detail.is_empty());
            let scopes = requested::scopes(std::slice::from_ref(&purpose.scopes)).unwrap();
            let aud = "did:web:localhost%3A8080#cocore_account";
            assert!(scopes.allows_rpc("dev.cocore.apikey.listKeys", aud));
            let manages = scopes.allows_rpc("dev.cocore.apikey.createKey", aud);
            assert_eq!(manages, purpose.id.ends_with("authManage"));
        }
        assert!(purposes(None, true, None).is_empty());
    }

    #[test]
    fn a_key_for_records_has_the_collections_of_the_operator() {
        let parse = |scope| Permission::parse(scope).unwrap();
        let methods = [parse("rpc:com.example.get?aud=*")];
        assert!(records_purpose(&methods).is_none());
        let allowed = ["repo:com.example.a", "repo:com.example.b"].map(parse);
        let purpose = records_purpose(&allowed).unwrap();
        assert_eq!(purpose.scopes, "repo:com.example.a\nrepo:com.example.b");
        assert!(purpose.detail.contains("com.example.a"));
    }
}
