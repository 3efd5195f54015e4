//! What permissions allow, beside an enumeration of everything that they allow in a small world.
//!
//! The world has two NSIDs, services and media types of each kind that permissions name, and one of each that
//! none of them names. That one stands for all the others, whose number is not bounded.

use std::collections::BTreeSet;

use cocore_keys::scope::{
    AccountAction, AccountAttribute, IdentityPermission, Permission, RepoAction, Scopes,
};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};

const NSIDS: [&str; 3] = ["a.a.a", "b.b.b", "other.n.n"];
const SERVICES: [&str; 3] = ["did:plc:a#s", "did:plc:a#t", "did:web:other#s"];
const TYPES: [&str; 6] = [
    "image/png",
    "image/gif",
    "image/other",
    "text/html",
    "text/other",
    "other/other",
];

/// The concrete actions that a permission allows, as texts.
fn actions(permission: &Permission) -> BTreeSet<String> {
    let mut actions = BTreeSet::new();
    match permission {
        Permission::Repo(repo) => {
            for collection in NSIDS {
                let listed = repo.collections().listed();
                if listed.is_none_or(|listed| listed.iter().any(|nsid| *nsid == collection)) {
                    actions.extend(
                        repo.actions()
                            .map(|action| format!("{action:?} {collection}")),
                    );
                }
            }
        }
        Permission::Rpc(rpc) => {
            for (lxm, aud) in NSIDS.iter().flat_map(|lxm| SERVICES.map(|aud| (*lxm, aud))) {
                let listed = rpc.methods().listed();
                let has_method = listed.is_none_or(|listed| listed.iter().any(|nsid| *nsid == lxm));
                if has_method && ["*", aud].contains(&rpc.audience().as_str()) {
                    actions.insert(format!("{lxm} {aud}"));
                }
            }
        }
        Permission::Blob(blob) => {
            for kind in TYPES {
                let all = format!("{}/*", kind.split('/').next().unwrap());
                let matches = |range: &str| ["*/*", &all, kind].contains(&range);
                if blob.accept().iter().any(|range| matches(range.as_str())) {
                    actions.insert(kind.to_owned());
                }
            }
        }
        Permission::Account(account) => {
            let attribute = match account.attribute {
                AccountAttribute::Email => "email",
                AccountAttribute::Repo => "repo",
            };
            actions.insert(format!("read {attribute}"));
            if account.action == AccountAction::Manage {
                actions.insert(format!("manage {attribute}"));
            }
        }
        Permission::Identity(identity) => {
            actions.insert("handle".to_owned());
            if *identity == IdentityPermission::All {
                actions.insert("the rest of the DID document".to_owned());
            }
        }
    }
    actions
}

/// Some of the values, as the values of a parameter.
fn some(random: &mut StdRng, parameter: &str, values: &[&str]) -> String {
    let count = random.random_range(1..=3);
    let values = (0..count).map(|_| *values.choose(random).unwrap());
    let values = values.map(|value| format!("{parameter}={}", value.replace('#', "%23")));
    values.collect::<Vec<_>>().join("&")
}

fn permission(random: &mut StdRng) -> Permission {
    let nsids = ["a.a.a", "b.b.b", "a.a.a", "b.b.b", "*"];
    loop {
        let text = match random.random_range(0..11) {
            0..=3 => {
                let collections = some(random, "collection", &nsids);
                let actions = some(random, "action", &["create", "update", "delete"]);
                match random.random_bool(0.2) {
                    true => format!("repo?{collections}"),
                    false => format!("repo?{collections}&{actions}"),
                }
            }
            4..=6 => {
                let aud = ["did:plc:a%23s", "did:plc:a%23t", "*"]
                    .choose(random)
                    .unwrap();
                format!("rpc?{}&aud={aud}", some(random, "lxm", &nsids))
            }
            7 | 8 => {
                let ranges = [
                    "image/png",
                    "image/gif",
                    "text/html",
                    "image/*",
                    "text/*",
                    "*/*",
                ];
                format!("blob?{}", some(random, "accept", &ranges))
            }
            9 => {
                let (attr, action) = (
                    ["email", "repo"].choose(random).unwrap(),
                    ["read", "manage"].choose(random).unwrap(),
                );
                format!("account:{attr}?action={action}")
            }
            _ => format!("identity:{}", ["handle", "*"].choose(random).unwrap()),
        };
        // All methods of all services are no permission.
        if let Ok(permission) = Permission::parse(&text) {
            return permission;
        }
    }
}

fn scopes(random: &mut StdRng) -> Scopes {
    let count = random.random_range(1..=6);
    let permissions = (0..count).map(|_| permission(random)).collect();
    Scopes::from_permissions(permissions).unwrap()
}

fn all_actions(scopes: &Scopes) -> BTreeSet<String> {
    scopes.permissions().iter().flat_map(actions).collect()
}

#[test]
fn a_permission_covers_another_if_it_allows_everything_that_the_other_allows() {
    let mut random = StdRng::seed_from_u64(1);
    let mut covered = 0;
    for _ in 0..30_000 {
        let (one, other) = (permission(&mut random), permission(&mut random));
        // Permissions of two resources share no action.
        let expected = actions(&other).is_subset(&actions(&one));
        assert_eq!(one.covers(&other), expected, "{one} covers {other}");
        covered += u32::from(expected);
    }
    assert!((1_000..15_000).contains(&covered), "{covered}");
}

#[test]
fn scopes_cover_others_if_they_allow_everything_that_the_others_allow() {
    let mut random = StdRng::seed_from_u64(2);
    let (mut covered, mut together) = (0, 0);
    for _ in 0..20_000 {
        let (parent, child) = (scopes(&mut random), permission(&mut random));
        let expected = actions(&child).is_subset(&all_actions(&parent));
        assert_eq!(parent.covers(&child), expected, "{parent} covers {child}");
        covered += u32::from(expected);
        let mut alone = parent.permissions().iter();
        together += u32::from(expected && !alone.any(|permission| permission.covers(&child)));

        let child = scopes(&mut random);
        let wider = child.permissions().iter();
        let wider = wider
            .clone()
            .find(|wider| !actions(wider).is_subset(&all_actions(&parent)));
        assert_eq!(
            parent.covers_all(&child).err(),
            wider,
            "{parent} covers {child}"
        );
    }
    assert!((1_000..16_000).contains(&covered), "{covered}");
    assert!(together > 100, "{together}");
}

#[test]
fn a_request_is_allowed_if_a_permission_for_it_alone_is_covered() {
    let mut random = StdRng::seed_from_u64(3);
    for _ in 0..3_000 {
        let scopes = scopes(&mut random);
        let allowed = all_actions(&scopes);
        for nsid in NSIDS {
            for service in SERVICES {
                let expected = allowed.contains(&format!("{nsid} {service}"));
                assert_eq!(scopes.allows_rpc(nsid, service), expected, "{scopes}");
                assert_eq!(
                    scopes.covers(&Permission::rpc(nsid, service).unwrap()),
                    expected
                );
            }
            for action in RepoAction::ALL {
                let expected = allowed.contains(&format!("{action:?} {nsid}"));
                assert_eq!(scopes.allows_repo(nsid, action), expected, "{scopes}");
                assert_eq!(
                    scopes.covers(&Permission::repo(nsid, action).unwrap()),
                    expected
                );
            }
        }
    }
}

#[test]
fn permissions_cover_others_together() {
    for (parent, child, expected) in [
        (
            "repo:a.b.c?action=create repo:a.b.c?action=update",
            "repo:a.b.c?action=create&action=update",
            true,
        ),
        (
            "repo:a.b.c?action=create repo:a.b.c?action=update",
            "repo:a.b.c",
            false,
        ),
        (
            "repo:a.b.c?action=create repo:*?action=update",
            "repo:a.b.c?action=create&action=update",
            true,
        ),
        (
            "repo:a.b.c repo:x.y.z",
            "repo?collection=a.b.c&collection=x.y.z",
            true,
        ),
        (
            "repo:a.b.c repo:x.y.z?action=create",
            "repo?collection=a.b.c&collection=x.y.z",
            false,
        ),
        (
            "repo:*?action=create repo:*?action=update repo:*?action=delete",
            "repo:*",
            true,
        ),
        (
            "rpc:a.b.c?aud=did:plc:a%23s rpc:x.y.z?aud=*",
            "rpc?lxm=a.b.c&lxm=x.y.z&aud=did:plc:a%23s",
            true,
        ),
        (
            "rpc:a.b.c?aud=did:plc:a%23s rpc:x.y.z?aud=*",
            "rpc?lxm=a.b.c&lxm=x.y.z&aud=*",
            false,
        ),
        (
            "rpc:*?aud=did:plc:a%23s",
            "rpc:a.b.c?aud=did:plc:a%23s",
            true,
        ),
        (
            "rpc:*?aud=did:plc:a%23s",
            "rpc:a.b.c?aud=did:plc:a%23t",
            false,
        ),
        ("rpc:*?aud=did:plc:a%23s", "rpc:a.b.c?aud=*", false),
        ("rpc:a.b.c?aud=*", "rpc:*?aud=did:plc:a%23s", false),
        (
            "blob:image/* blob:text/html",
            "blob?accept=image/png&accept=text/html",
            true,
        ),
        (
            "blob:image/* blob:text/html",
            "blob?accept=image/png&accept=text/plain",
            false,
        ),
        ("blob:image/* blob:text/*", "blob:*/*", false),
        ("blob:image/*", "blob:imagery/x", false),
        ("account:email?action=manage", "account:email", true),
        ("account:email", "account:email?action=manage", false),
        ("account:email", "account:repo", false),
        ("identity:*", "identity:handle", true),
        ("identity:handle", "identity:*", false),
        ("repo:*", "rpc:a.b.c?aud=*", false),
    ] {
        let parent = Scopes::parse(parent).unwrap();
        let child = Permission::parse(child).unwrap();
        assert_eq!(parent.covers(&child), expected, "{parent} covers {child}");
    }
}
