//! Permissions in words.

use cocore_keys::Permission;
use cocore_keys::scope::{
    AccountAction, AccountAttribute, Audience, IdentityPermission, RepoAction, RpcPermission,
};

/// The methods of this server, and what each lets a program do.
const METHODS: [(&str, &str); 16] = [
    ("dev.cocore.inference.dispatch", "call models"),
    ("dev.cocore.apikey.createKey", "create keys"),
    ("dev.cocore.account.createApiKey", "create keys"),
    ("dev.cocore.apikey.updateKey", "change keys"),
    ("dev.cocore.apikey.setLimits", "set the limits of keys"),
    ("dev.cocore.apikey.rotateKey", "rotate keys"),
    ("dev.cocore.apikey.revokeKey", "revoke keys"),
    ("dev.cocore.account.revokeApiKey", "revoke keys"),
    ("dev.cocore.apikey.deleteKey", "delete keys"),
    ("dev.cocore.account.deleteApiKey", "delete keys"),
    ("dev.cocore.apikey.listKeys", "read keys"),
    ("dev.cocore.apikey.getKey", "read keys"),
    ("dev.cocore.account.listApiKeys", "read keys"),
    ("dev.cocore.apikey.listEvents", "read the history of keys"),
    ("dev.cocore.apikey.getUsage", "read the usage of keys"),
    ("dev.cocore.apikey.whoAmI", "read what it may do itself"),
];

/// Returns what a permission allows, as a sentence. `did` is the DID of this server.
pub(super) fn words(permission: &Permission, did: Option<&str>) -> String {
    let text = match permission {
        Permission::Rpc(rpc) => rpc_words(rpc, did),
        Permission::Repo(repo) => {
            let actions: Vec<_> = repo.actions().map(RepoAction::name).collect();
            let collections = match repo.collections().listed() {
                None => "every collection".to_owned(),
                Some(listed) => and(listed.iter().map(|nsid| nsid.to_string())),
            };
            format!("{} records of {collections}", and(actions))
        }
        Permission::Blob(blob) => {
            let accept = blob.accept().iter().map(|range| range.as_str());
            format!("upload blobs of the type {}", or(accept))
        }
        Permission::Account(account) => {
            let action = match account.action {
                AccountAction::Read => "read",
                AccountAction::Manage => "read and change",
            };
            let attribute = match account.attribute {
                AccountAttribute::Email => "email address",
                AccountAttribute::Repo => "repository",
            };
            format!("{action} the account’s {attribute} at its host")
        }
        Permission::Identity(IdentityPermission::Handle) => {
            "change the account’s handle".to_owned()
        }
        Permission::Identity(IdentityPermission::All) => "change the account’s identity".to_owned(),
    };
    sentence(&text)
}

fn rpc_words(rpc: &RpcPermission, did: Option<&str>) -> String {
    let place = match rpc.audience() {
        Audience::Any => "on every server".to_owned(),
        Audience::Service(service) if Some(service.did()) == did => "on this server".to_owned(),
        Audience::Service(service) => format!("on {}", service.as_str()),
    };
    let Some(listed) = rpc.methods().listed() else {
        return match rpc.audience() {
            Audience::Service(service) => {
                format!("call every method of {} {place}", service.fragment())
            }
            Audience::Any => format!("call every method {place}"),
        };
    };
    let is_listed = |nsid: &str| listed.iter().any(|one| one.as_str() == nsid);
    let mut found: Vec<_> = METHODS
        .into_iter()
        .filter(|(nsid, _)| is_listed(nsid))
        .map(|(_, does)| does.to_owned())
        .collect();
    found.dedup();
    let is_known = |nsid: &str| METHODS.iter().any(|(known, _)| *known == nsid);
    let others = listed.iter().filter(|nsid| !is_known(nsid.as_str()));
    found.extend(others.map(|nsid| format!("call {nsid}")));
    format!("{} {place}", and(found))
}

/// "a, b and c".
fn and(parts: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    joined(parts, "and")
}

/// "a, b or c".
fn or(parts: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    joined(parts, "or")
}

fn joined(parts: impl IntoIterator<Item = impl AsRef<str>>, word: &str) -> String {
    let parts: Vec<_> = parts.into_iter().collect();
    let mut text = String::new();
    for (place, part) in parts.iter().enumerate() {
        match place {
            0 => {}
            _ if place + 1 == parts.len() => text.push_str(&format!(" {word} ")),
            _ => text.push_str(", "),
        }
        text.push_str(part.as_ref());
    }
    text
}

fn sentence(text: &str) -> String {
    let (first, rest) = text.split_at(text.ceil_char_boundary(1));
    format!("{}{rest}.", first.to_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_permission_has_words() {
        let did = "did:web:keys.example.com";
        for (scope, expected) in [
            (
                "rpc?aud=did:web:keys.example.com%23cocore_account&lxm=dev.cocore.apikey.whoAmI\
                 &lxm=dev.cocore.apikey.listKeys&lxm=dev.cocore.apikey.getKey&lxm=com.example.get",
                "Read keys, read what it may do itself and call com.example.get on this server.",
            ),
            (
                "rpc:com.example.get?aud=did:web:other.example%23svc",
                "Call com.example.get on did:web:other.example#svc.",
            ),
            (
                "rpc:*?aud=did:web:keys.example.com%23cocore_account",
                "Call every method of cocore_account on this server.",
            ),
            (
                "rpc:dev.cocore.apikey.createKey?aud=*",
                "Create keys on every server.",
            ),
            (
                "repo:com.example.a?action=create&action=delete",
                "Create and delete records of com.example.a.",
            ),
            (
                "repo:*",
                "Create, update and delete records of every collection.",
            ),
            (
                "blob?accept=image/*&accept=video/mp4",
                "Upload blobs of the type image/* or video/mp4.",
            ),
            (
                "account:email",
                "Read the account’s email address at its host.",
            ),
            (
                "account:repo?action=manage",
                "Read and change the account’s repository at its host.",
            ),
            ("identity:handle", "Change the account’s handle."),
            ("identity:*", "Change the account’s identity."),
        ] {
            let permission = Permission::parse(scope).unwrap();
            assert_eq!(words(&permission, Some(did)), expected, "{scope}");
        }
    }

    #[test]
    fn every_method_has_words() {
        for lexicon in cocore_lexicon::LEXICONS {
            let (group, _) = lexicon.nsid.rsplit_once('.').unwrap();
            let is_method =
                lexicon.json.contains("\"query\"") || lexicon.json.contains("\"procedure\"");
            if is_method && ["dev.cocore.account", "dev.cocore.apikey"].contains(&group) {
                let is_known = METHODS.iter().any(|(nsid, _)| *nsid == lexicon.nsid);
                assert!(is_known, "{}", lexicon.nsid);
            }
        }
    }
}
