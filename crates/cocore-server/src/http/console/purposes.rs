//! What a key can be for: the permission sets of this server, which people choose by their titles.

use std::collections::HashMap;
use std::sync::LazyLock;

use cocore_console::Purpose;
use lexicon_runtime::Value;

use crate::service_identity::{Audiences, ServiceIdentity, include_scope};

/// The permission sets that the console offers, as far as the server has their methods, and the fragment of the
/// service of each.
const OFFERED: [(&str, &str); 2] = [
    ("dev.cocore.apikey.authManage", "cocore_account"),
    ("dev.cocore.apikey.authRead", "cocore_account"),
];

/// The titles and details of permission sets, by their NSIDs.
static WORDS: LazyLock<HashMap<&'static str, (String, String)>> = LazyLock::new(|| {
    let sets = cocore_lexicon::LEXICONS.iter().filter_map(|lexicon| {
        let document: Value = serde_json::from_str(lexicon.json).ok()?;
        let main = document.pointer("/defs/main")?;
        let text = |name: &str| Some(main.get(name)?.as_str()?.to_owned());
        Some((lexicon.nsid, (text("title")?, text("detail")?)))
    });
    sets.collect()
});

/// Returns what a key can be for on a server with this identity. A server without one has no service that a scope can
/// name.
pub(super) fn purposes(identity: Option<&ServiceIdentity>) -> Vec<Purpose> {
    let audiences = Audiences::new(identity);
    let offered = OFFERED.into_iter().filter_map(|(nsid, fragment)| {
        let aud = audiences.of_service(fragment)?;
        let (title, detail) = WORDS.get(nsid)?.clone();
        Some(Purpose {
            id: nsid.to_owned(),
            title,
            detail,
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
        let offered = purposes(identity.as_ref());
        assert_eq!(offered.len(), OFFERED.len());
        for purpose in offered {
            assert!(!purpose.title.is_empty() && !purpose.detail.is_empty());
            let scopes = requested::scopes(std::slice::from_ref(&purpose.scopes)).unwrap();
            let aud = "did:web:localhost%3A8080#cocore_account";
            assert!(scopes.allows_rpc("dev.cocore.apikey.listKeys", aud));
            let manages = scopes.allows_rpc("dev.cocore.apikey.createKey", aud);
            assert_eq!(manages, purpose.id.ends_with("authManage"));
        }
        assert!(purposes(None).is_empty());
    }
}
