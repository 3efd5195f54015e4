//! What permission sets grant.

use cocore_keys::scope::{Include, InvalidScopeReason as Reason, Permission, Scopes};
use serde_json::{Value, json};

const WITH_AUD: &str = "include:com.example.authFull?aud=did:web:api.example.com%23svc";
const WITHOUT_AUD: &str = "include:com.example.authFull";

/// What entries grant, as text; empty if they grant nothing.
fn granted(include: &str, entries: &Value) -> String {
    let include = Include::parse(include).unwrap();
    let entries: &Vec<_> = entries.as_array().unwrap();
    match include.expand(entries) {
        Ok(permissions) => {
            let texts: Vec<_> = permissions.iter().map(Permission::to_string).collect();
            texts.join(" ")
        }
        Err(error) => {
            assert_eq!(error.reason(), Reason::GrantsNothing);
            assert_eq!(error.scope(), include.to_string());
            String::new()
        }
    }
}

/// An entry of the set, with its type.
fn entry(mut members: Value) -> Value {
    members["type"] = json!("permission");
    json!([members])
}

#[test]
fn a_set_grants_permissions_for_records_and_methods() {
    for (include, members, expected) in [
        (
            WITHOUT_AUD,
            json!({ "resource": "repo", "collection": ["com.example.thing"] }),
            "repo:com.example.thing",
        ),
        (
            WITHOUT_AUD,
            json!({ "resource": "repo", "collection": ["com.example.b", "com.example.a.c"], "action": ["delete", "create"] }),
            "repo?collection=com.example.a.c&collection=com.example.b&action=create&action=delete",
        ),
        (
            WITHOUT_AUD,
            json!({ "resource": "rpc", "lxm": ["com.example.getThing"], "aud": "*" }),
            "rpc:com.example.getThing?aud=*",
        ),
        (
            WITHOUT_AUD,
            json!({ "resource": "rpc", "lxm": ["com.example.getThing"], "aud": "*", "inheritAud": false }),
            "rpc:com.example.getThing?aud=*",
        ),
        (
            WITH_AUD,
            json!({ "resource": "rpc", "lxm": ["com.example.getThing"], "inheritAud": true }),
            "rpc:com.example.getThing?aud=did:web:api.example.com%23svc",
        ),
        (
            WITH_AUD,
            json!({ "resource": "rpc", "lxm": ["com.example.getThing"], "aud": "*", "description": "d" }),
            "rpc:com.example.getThing?aud=*",
        ),
    ] {
        assert_eq!(granted(include, &entry(members)), expected);
    }
}

#[test]
fn what_a_set_cannot_grant_is_ignored() {
    for (include, members) in [
        // Wildcards.
        (WITH_AUD, json!({ "resource": "repo", "collection": ["*"] })),
        (
            WITH_AUD,
            json!({ "resource": "repo", "collection": ["com.example.thing", "*"] }),
        ),
        (
            WITH_AUD,
            json!({ "resource": "rpc", "lxm": ["*"], "inheritAud": true }),
        ),
        (
            WITH_AUD,
            json!({ "resource": "rpc", "lxm": ["com.example.*"], "inheritAud": true }),
        ),
        // The service: `*` or inherited, and not both.
        (
            WITH_AUD,
            json!({ "resource": "rpc", "lxm": ["com.example.get"] }),
        ),
        (
            WITH_AUD,
            json!({ "resource": "rpc", "lxm": ["com.example.get"], "inheritAud": false }),
        ),
        (
            WITH_AUD,
            json!({ "resource": "rpc", "lxm": ["com.example.get"], "aud": "*", "inheritAud": true }),
        ),
        (
            WITHOUT_AUD,
            json!({ "resource": "rpc", "lxm": ["com.example.get"], "inheritAud": true }),
        ),
        (
            WITH_AUD,
            json!({ "resource": "rpc", "lxm": ["com.example.get"], "aud": "did:web:api.example.com#svc" }),
        ),
        (
            WITH_AUD,
            json!({ "resource": "rpc", "lxm": ["com.example.get"], "inheritAud": "true" }),
        ),
        (
            WITH_AUD,
            json!({ "resource": "rpc", "lxm": ["com.example.get"], "aud": null, "inheritAud": true }),
        ),
        // Other groups: a sibling, a parent, one with a longer name.
        (
            WITH_AUD,
            json!({ "resource": "repo", "collection": ["com.other.thing"] }),
        ),
        (
            WITH_AUD,
            json!({ "resource": "repo", "collection": ["com.examples.thing"] }),
        ),
        (
            WITH_AUD,
            json!({ "resource": "repo", "collection": ["com.example.thing", "org.example.thing"] }),
        ),
        (
            "include:com.example.feed.auth",
            json!({ "resource": "repo", "collection": ["com.example.thing"] }),
        ),
        (
            "include:com.example.feed.auth",
            json!({ "resource": "repo", "collection": ["com.example.actor.thing"] }),
        ),
        (
            "include:com.example.feed.auth",
            json!({ "resource": "repo", "collection": ["com.example.feed"] }),
        ),
        // Other resources.
        (WITH_AUD, json!({ "resource": "blob", "accept": ["*/*"] })),
        (WITH_AUD, json!({ "resource": "account", "attr": "email" })),
        (
            WITH_AUD,
            json!({ "resource": "identity", "attr": "handle" }),
        ),
        (
            WITH_AUD,
            json!({ "resource": "include", "nsid": "com.example.authOther" }),
        ),
        (
            WITH_AUD,
            json!({ "resource": "space", "collection": ["com.example.thing"] }),
        ),
        (
            WITH_AUD,
            json!({ "resource": ["repo"], "collection": ["com.example.thing"] }),
        ),
        (WITH_AUD, json!({ "collection": ["com.example.thing"] })),
        // Unknown parameters and values.
        (
            WITH_AUD,
            json!({ "resource": "repo", "collection": ["com.example.thing"], "max": 1 }),
        ),
        (
            WITH_AUD,
            json!({ "resource": "repo", "collection": ["com.example.thing"], "aud": "*" }),
        ),
        (
            WITH_AUD,
            json!({ "resource": "repo", "collection": ["com.example.thing"], "action": ["read"] }),
        ),
        (
            WITH_AUD,
            json!({ "resource": "repo", "collection": ["com.example.thing"], "action": [] }),
        ),
        (
            WITH_AUD,
            json!({ "resource": "repo", "collection": ["com.example.thing"], "action": "create" }),
        ),
        (
            WITH_AUD,
            json!({ "resource": "repo", "collection": ["com.example.thing", 1] }),
        ),
        (
            WITH_AUD,
            json!({ "resource": "repo", "collection": "com.example.thing" }),
        ),
        (WITH_AUD, json!({ "resource": "repo", "collection": [] })),
        (WITH_AUD, json!({ "resource": "repo" })),
        (WITH_AUD, json!({ "resource": "rpc", "aud": "*" })),
    ] {
        assert_eq!(granted(include, &entry(members.clone())), "", "{members}");
    }
    for other in [
        json!([]),
        json!([null, 1, "repo:com.example.thing", [], {}]),
        json!([{ "resource": "repo", "collection": ["com.example.thing"] }]),
        json!([{ "type": "string", "resource": "repo", "collection": ["com.example.thing"] }]),
    ] {
        assert_eq!(granted(WITH_AUD, &other), "", "{other}");
    }
}

#[test]
fn other_entries_of_the_set_are_granted() {
    let entries = json!([
        { "type": "permission", "resource": "identity", "attr": "*" },
        { "type": "permission", "resource": "rpc", "lxm": ["com.example.get"], "inheritAud": true },
        { "type": "permission", "resource": "repo", "collection": ["*"] },
        { "type": "permission", "resource": "repo", "collection": ["com.example.thing"] },
    ]);
    let both = "rpc:com.example.get?aud=did:web:api.example.com%23svc repo:com.example.thing";
    assert_eq!(granted(WITH_AUD, &entries), both);
    assert_eq!(granted(WITHOUT_AUD, &entries), "repo:com.example.thing");
}

#[test]
fn a_large_set_exceeds_the_bounds_of_a_key() {
    let lxm: Vec<_> = (0..400)
        .map(|index| format!("com.example.method{index}"))
        .collect();
    let entries = [json!({ "type": "permission", "resource": "rpc", "lxm": lxm, "aud": "*" })];
    let include = Include::parse(WITHOUT_AUD).unwrap();
    let error = Scopes::from_permissions(include.expand(&entries).unwrap()).unwrap_err();
    assert_eq!(error.reason(), Reason::TooLong);
}
