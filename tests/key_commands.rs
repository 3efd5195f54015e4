//! The rest of a key's life on the command line: scopes, changes, rotation and cascades.

use serde_json::json;

use crate::support::operator::{id, with_and_without_a_server};
use crate::support::{ALICE, BOB, Place, Server};

const SCOPE: &str = "rpc:dev.cocore.apikey.listKeys?aud=did:web:keys.example.com%23cocore_account";
const BUNDLE: &str =
    "include:dev.cocore.apikey.authRead?aud=did:web:keys.example.com%23cocore_account";

#[test]
fn a_key_is_created_with_scopes_models_and_a_note() {
    with_and_without_a_server(|operator| {
        let plain = operator.json(&["create", "--name", "plain"]);
        assert_eq!(plain["key"].get("status"), None, "as it was before");
        let created = operator.json(&[
            "create",
            "--name",
            "reader",
            "--scope",
            SCOPE,
            "--scope",
            BUNDLE,
            "--model",
            "small",
            "--model",
            "large",
            "--note",
            "for the\nreport",
            "--expires-at",
            "2099-01-31",
        ]);
        let view = &created["key"];
        assert_eq!(view["status"], "active");
        assert_eq!(view["note"], "for the\nreport");
        assert_eq!(view["models"], json!(["large", "small"]));
        assert!(view["scopes"].as_array().unwrap().len() > 1, "{view}");
        assert_eq!(
            operator.json(&["show", id(&created)]),
            json!({ "key": view })
        );
        let shown = operator.key(&["get", id(&created)]);
        for line in [
            "name: \"reader\"",
            "status: active",
            "models: large small",
            "note: \"for the\\nreport\"",
            "expires: 2099-01-31T23:59:59.999Z",
        ] {
            assert!(shown.lines().any(|found| found == line), "{line}: {shown}");
        }
        let shown = operator.key(&["show", id(&plain)]);
        assert!(
            shown.contains("\nscopes: everything that the account may do\nmodels: all\n"),
            "{shown}"
        );
        let secret = operator.key(&["create", "--name", "n", "--note", "x"]);
        assert!(
            operator.accepts(secret.trim_end()),
            "standard output has the secret alone"
        );
    });
}

#[test]
fn a_key_is_changed() {
    with_and_without_a_server(|operator| {
        let created = operator.json(&[
            "create",
            "--name",
            "n",
            "--expires-at",
            "90d",
            "--note",
            "old",
        ]);
        let id = id(&created);
        let change = |arguments: &[&str]| {
            operator.json(&[&["update", id], arguments].concat())["key"].clone()
        };
        let changed = change(&["--name", "m", "--note", "", "--expires-at", "never"]);
        assert_eq!(changed["name"], "m");
        assert_eq!(
            (changed.get("note"), changed.get("expiresAt")),
            (None, None)
        );
        let changed = change(&["--expires-at", "2099-01-31", "--scope", SCOPE]);
        assert_eq!(changed["expiresAt"], "2099-01-31T23:59:59.999Z");
        assert_eq!(changed["scopes"].as_array().unwrap().len(), 1);
        assert!(
            operator
                .key(&["update", id, "--name", "k"])
                .contains("name: \"k\"\n")
        );
        assert_eq!(operator.json(&["show", id])["key"]["name"], "k");
    });
}

#[test]
fn a_key_is_rotated() {
    with_and_without_a_server(|operator| {
        let created = operator.json(&["create", "--name", "n", "--note", "x"]);
        let rotated = operator.run(&[
            "key",
            "rotate",
            "--did",
            ALICE,
            id(&created),
            "--grace",
            "1h",
        ]);
        let secret = String::from_utf8(rotated.stdout).unwrap();
        assert!(operator.accepts(secret.trim_end()));
        assert!(operator.accepts(created["secret"].as_str().unwrap()));
        let old = operator.json(&["show", id(&created)]);
        let new = old["key"]["replacedBy"].as_str().unwrap();
        let again = operator.json(&["rotate", new]);
        assert_eq!(again["key"]["replaces"], new);
        assert_eq!(again["key"]["note"], "x");
        assert!(!operator.accepts(secret.trim_end()));
        assert!(operator.accepts(again["secret"].as_str().unwrap()));
    });
}

/// What the key has created ends with it.
#[test]
fn a_cascade_revokes_all_descendants() {
    let place = Place::new();
    let server = Server::on(&place.url);
    let key = server.first_key(ALICE);
    let child = server.create_key(&key, &json!({ "name": "child" }));
    let other = server.first_key(ALICE);
    let list = server.list(&other);
    let first = list.last().unwrap()["id"].as_str().unwrap();
    let revoke = |arguments: &[&str]| {
        let revoke = ["key", "revoke", "--did", ALICE, "--cascade"];
        server.command(&[&revoke, arguments].concat())
    };
    let output = revoke(&[first]);
    assert!(output.status.success(), "{output:?}");
    let child_id = child["key"]["id"].as_str().unwrap();
    let expected = format!("revoked {first}\nrevoked {child_id}\n");
    assert_eq!(String::from_utf8(output.stdout).unwrap(), expected);
    assert!(!server.accepts(child["secret"].as_str().unwrap()));
    assert!(server.accepts(&other));
    let again = revoke(&[first, "--json"]);
    assert!(again.status.success());
    assert_eq!(again.stdout, b"{\"revoked\":[]}\n");
    assert_eq!(revoke(&["no-such-id"]).status.code(), Some(1));
    assert!(revoke(&["no-such-id", "--ignore-missing"]).status.success());
}

#[test]
fn lists_have_the_keys_in_one_state() {
    with_and_without_a_server(|operator| {
        let create = |name: &str| {
            let created = operator.json(&["create", "--name", name]);
            id(&created).to_owned()
        };
        let (active, revoked) = (create("active"), create("revoked"));
        operator.key(&["revoke", &revoked]);
        for (status, expected) in [
            ("active", Some(&active)),
            ("revoked", Some(&revoked)),
            ("expired", None),
        ] {
            let list = operator.json(&["list", "--status", status]);
            let ids: Vec<_> = list["keys"]
                .as_array()
                .unwrap()
                .iter()
                .map(|key| &key["id"])
                .collect();
            assert_eq!(ids, expected.into_iter().collect::<Vec<_>>(), "{status}");
            let people = operator.key(&["list", "--status", status]);
            assert_eq!(people.lines().count(), ids.len(), "{people}");
            let all = operator.run(&["key", "list", "--all", "--json", "--status", status]);
            assert_eq!(
                String::from_utf8(all.stdout).unwrap().lines().count(),
                ids.len()
            );
        }
        let unknown = operator.run(&["key", "list", "--all", "--status", "gone"]);
        assert_eq!(unknown.status.code(), Some(2));
    });
}

/// More than a page of the method.
#[test]
fn a_list_of_one_state_has_all_pages() {
    let server = Server::start();
    let key = server.first_key(ALICE);
    for _ in 0..250 {
        server.create_key(&key, &json!({ "name": "n" }));
    }
    let list = server.command(&["key", "list", "--did", ALICE, "--status", "active"]);
    let list = String::from_utf8(list.stdout).unwrap();
    let ids: std::collections::BTreeSet<_> =
        list.lines().map(|line| line.split(' ').next()).collect();
    assert_eq!((list.lines().count(), ids.len()), (251, 251));
}

#[test]
fn what_cannot_be_done_is_one_line() {
    with_and_without_a_server(|operator| {
        let created = operator.json(&["create", "--name", "n", "--scope", SCOPE]);
        let revoked = operator.json(&["create", "--name", "n"]);
        operator.key(&["revoke", id(&revoked)]);
        let (id, revoked) = (id(&created), id(&revoked));
        for (arguments, expected) in [
            (
                &["show", "no-such-id"][..],
                "this account has no key with this id",
            ),
            (&["show", ""], "params/id"),
            (
                &["update", "no-such-id", "--name", "n"],
                "this account has no key with this id",
            ),
            (
                &["update", id, "--expires-at", "soon"],
                "--expires-at: expected a datetime",
            ),
            (
                &["update", id, "--expires-at", "2001-01-01"],
                "input/expiresAt",
            ),
            (&["update", id, "--name", " "], "input/name"),
            (&["update", id, "--scope", "nonsense"], "nonsense"),
            (
                &["update", id, "--scope", BUNDLE],
                "can only be made narrower",
            ),
            (
                &["update", revoked, "--expires-at", "never"],
                "only active keys can be changed",
            ),
            (&["rotate", revoked], "only active keys can be changed"),
            (
                &["rotate", "no-such-id"],
                "this account has no key with this id",
            ),
            (
                &["rotate", id, "--grace", "soon"],
                "--grace: expected a number of seconds",
            ),
            (&["rotate", id, "--grace", "8d"], "input/graceSeconds"),
            (
                &[
                    "create",
                    "--name",
                    "n",
                    "--scope",
                    "include:com.example.none",
                ],
                "com.example.none",
            ),
            (
                &["create", "--name", "n", "--note", &"n".repeat(301)],
                "input/note",
            ),
        ] {
            let output = operator.run(&[&["key"], arguments, &["--did", ALICE]].concat());
            let printed = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(1), "{arguments:?}: {printed}");
            assert!(
                printed.starts_with("error: ") && printed.contains(expected),
                "{arguments:?}: {printed}"
            );
            assert_eq!(printed.lines().count(), 1, "{printed}");
            assert!(output.stdout.is_empty());
        }
        // Another account's key is unknown.
        let other = operator.run(&["key", "show", "--did", BOB, id]);
        assert_eq!(other.status.code(), Some(1));
        let nothing = operator.run(&["key", "update", "--did", ALICE, id]);
        assert_eq!(nothing.status.code(), Some(2));
    });
}
