//! What the record proxy may be used for: the collections and methods that the operator allows.

use cocore_keys::scope::Audience;
use cocore_keys::{Permission, RepoAction, Scopes};

use crate::failure::Failure;
use crate::settings_text::non_empty;

/// The option with the collections.
const COLLECTIONS: &str = "--proxy-collections (COCORE_PROXY_COLLECTIONS)";
/// The option with the methods.
const METHODS: &str = "--proxy-methods (COCORE_PROXY_METHODS)";

/// What the record proxy may be used for. By default nothing, and the record proxy is off.
#[derive(Clone, Debug, Default)]
pub struct ProxySettings(Option<Scopes>);

impl ProxySettings {
    /// Parses the NSIDs of collections, and the scopes of methods: `rpc:METHOD?aud=SERVICE`.
    ///
    /// # Errors
    /// One line: which setting, what was expected.
    pub fn parse(collections: &[String], methods: &[String]) -> Result<Self, Failure> {
        let collections = non_empty(collections);
        let collections = collections.iter().map(|text| collection(text.trim()));
        let methods = non_empty(methods);
        let methods = methods.iter().map(|text| method(text.trim()));
        let permissions: Vec<_> = collections.chain(methods).collect::<Result<_, _>>()?;
        if permissions.is_empty() {
            return Ok(Self(None));
        }
        let scopes = Scopes::from_permissions(permissions);
        let scopes = scopes.map_err(|error| {
            Failure::new(format!("{COLLECTIONS} and {METHODS}, together: {error}"))
        })?;
        Ok(Self(Some(scopes)))
    }

    /// Whether the record proxy may be used at all.
    pub fn is_on(&self) -> bool {
        self.0.is_some()
    }

    /// What a person grants who connects the record proxy.
    pub fn permissions(&self) -> &[Permission] {
        self.0.as_ref().map_or(&[], Scopes::permissions)
    }

    /// Whether all that a permission allows is allowed.
    pub fn allows(&self, permission: &Permission) -> bool {
        self.0
            .as_ref()
            .is_some_and(|scopes| scopes.covers(permission))
    }

    /// The scope of a connection, as OAuth writes it.
    pub fn oauth_scope(&self) -> Option<String> {
        self.0.as_ref().map(|scopes| format!("atproto {scopes}"))
    }
}

/// Whether a method's tokens are never issued: with one of com.atproto, a key could change the account itself.
pub fn is_reserved(lxm: &str) -> bool {
    lxm.starts_with("com.atproto.")
}

fn collection(text: &str) -> Result<Permission, Failure> {
    let all = RepoAction::ALL.map(RepoAction::name).join("&action=");
    let permission = Permission::parse(&format!("repo?collection={text}&action={all}"));
    let is_plain = text
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte));
    permission.ok().filter(|_| is_plain).ok_or_else(|| {
        Failure::new(format!(
            "{COLLECTIONS}: expected the NSID of a collection, such as com.example.thing, found {text:?}"
        ))
    })
}

fn method(text: &str) -> Result<Permission, Failure> {
    let failure = |why: &str| Failure::new(format!("{METHODS}: {why}, found {text:?}"));
    let permission = Permission::parse(text);
    let permission = permission.map_err(|error| failure(&error.to_string()))?;
    let rpc = permission.as_rpc();
    let Some(listed) = rpc.and_then(|rpc| rpc.methods().listed()) else {
        return Err(failure(
            "expected the scope of a method, such as rpc:com.example.getThing?aud=did:web:example.com%23service",
        ));
    };
    if listed.iter().any(|nsid| is_reserved(nsid.as_str())) {
        return Err(failure("expected no method of com.atproto"));
    }
    Ok(permission)
}

/// Whether a scope names a service of this DID.
pub fn names_did(permission: &Permission, did: &str) -> bool {
    let audience = permission
        .as_rpc()
        .map(cocore_keys::scope::RpcPermission::audience);
    matches!(audience, Some(Audience::Service(service)) if service.did() == did)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(collections: &[&str], methods: &[&str]) -> Result<ProxySettings, String> {
        let owned = |texts: &[&str]| {
            texts
                .iter()
                .map(|text| (*text).to_owned())
                .collect::<Vec<_>>()
        };
        let parsed = ProxySettings::parse(&owned(collections), &owned(methods));
        parsed.map_err(|error| error.to_string())
    }

    #[test]
    fn the_scope_of_a_connection_is_the_setting() {
        let settings = parse(
            &["com.example.thing", " com.example.other "],
            &["rpc:com.example.getThing?aud=did:web:example.com%23svc", ""],
        );
        let settings = settings.unwrap();
        assert_eq!(
            settings.oauth_scope().unwrap(),
            "atproto repo:com.example.other repo:com.example.thing \
             rpc:com.example.getThing?aud=did:web:example.com%23svc"
        );
        let allows = |scope: &str| settings.allows(&Permission::parse(scope).unwrap());
        assert!(allows("repo:com.example.thing?action=delete"));
        assert!(!allows("repo:com.example.things?action=delete"));
        assert!(!allows("repo:*"));
        assert!(!allows("rpc:com.example.getThing?aud=*"));
        let off = parse(&[""], &[]).unwrap();
        assert!(!off.is_on() && off.oauth_scope().is_none());
    }

    #[test]
    fn invalid_settings_name_their_option() {
        for text in [
            "*",
            "com.example.*",
            "thing",
            "com.example.a&action=create",
            "com.example.a%2e",
        ] {
            let error = parse(&[text], &[]).unwrap_err();
            assert!(error.starts_with("--proxy-collections"), "{error}");
        }
        for text in [
            "com.example.getThing",
            "repo:com.example.thing",
            "rpc:*?aud=did:web:example.com%23svc",
            "rpc:com.example.getThing",
            "rpc:com.atproto.server.deleteAccount?aud=*",
        ] {
            let error = parse(&[], &[text]).unwrap_err();
            assert!(error.starts_with("--proxy-methods"), "{error}");
        }
        let many: Vec<_> = (0..65)
            .map(|number| format!("com.example.a{number}"))
            .collect();
        assert!(ProxySettings::parse(&many, &[]).is_err());
    }
}
