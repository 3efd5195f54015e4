//! `cocore-server events`.

use serde_json::{Value, json};

use crate::support::operator::{id, with_and_without_a_server};
use crate::support::{ALICE, BOB, Server, key_method};

/// The operator's commands are in the audit trail, with those of the account.
#[test]
fn the_audit_trail_is_printed() {
    with_and_without_a_server(|operator| {
        let created = operator.json(&["create", "--name", "first"]);
        let id = id(&created);
        operator.key(&["update", id, "--name", "second"]);
        let rotated = operator.json(&["rotate", id]);
        let new = rotated["key"]["id"].as_str().unwrap();
        operator.key(&["delete", new]);
        let of_bob = operator.run(&["key", "create", "--did", BOB, "--name", "bob"]);
        assert!(of_bob.status.success());
        if let Some(server) = &operator.server {
            let secret = String::from_utf8(of_bob.stdout).unwrap();
            let create = server.post(&key_method("createKey"), &json!({ "name": "child" }));
            create
                .header("user-agent", "test")
                .key(secret.trim_end())
                .send()
                .expect(200);
        }
        let events = |arguments: &[&str]| {
            let output = operator.run(&[&["events"], arguments].concat());
            assert!(output.status.success(), "{output:?}");
            String::from_utf8(output.stdout).unwrap()
        };
        let json = |arguments: &[&str]| -> Vec<Value> {
            let printed = events(&[arguments, &["--json"]].concat());
            printed
                .lines()
                .map(|line| serde_json::from_str(line).unwrap())
                .collect()
        };
        let of_alice = json(&["--did", ALICE]);
        let kinds: Vec<_> = of_alice
            .iter()
            .map(|event| event["kind"].as_str().unwrap())
            .collect();
        assert_eq!(kinds, ["deleted", "rotated", "updated", "created"]);
        for event in &of_alice {
            assert_eq!(
                (&event["did"], &event["by"]),
                (&json!(ALICE), &json!("operator"))
            );
        }
        assert_eq!(json(&["--key", id]), of_alice[1..]);
        assert_eq!(json(&["--key", id, "--did", ALICE]), of_alice[1..]);
        assert_eq!(json(&["--key", id, "--did", BOB]), [] as [Value; 0]);
        let all = json(&[]);
        let others = if operator.server.is_some() { 2 } else { 1 };
        assert_eq!(all[others..], of_alice);
        let people = events(&[]);
        assert_eq!(people.lines().count(), all.len());
        assert!(
            people.lines().nth(others).unwrap().starts_with(ALICE),
            "{people}"
        );
        assert!(
            people.contains("  updated  ") && people.contains("  by operator"),
            "{people}"
        );
        assert!(!people.contains('\u{1b}'), "{people}");
        let none = operator.run(&["events", "--key", "no-such-id"]);
        assert_eq!(none.stderr, b"there are no such events\n");
        if operator.server.is_some() {
            let event = &all[0];
            assert_eq!(event["by"], "apiKey");
            assert_eq!(event["byKey"], all[1]["keyId"]);
            assert_eq!(event["from"], "127.0.0.1");
        }
    });
}

/// More than a page, while events are added.
#[test]
fn the_audit_trail_of_all_accounts_has_all_pages() {
    let server = Server::start();
    let key = server.first_key(ALICE);
    std::thread::scope(|scope| {
        for _ in 0..7 {
            scope.spawn(|| {
                for _ in 0..300 {
                    server.create_key(&key, &json!({ "name": "n" }));
                }
            });
        }
    });
    for arguments in [
        &["events", "--json"][..],
        &["events", "--json", "--did", ALICE],
    ] {
        let printed = String::from_utf8(server.command(arguments).stdout).unwrap();
        let ids: std::collections::BTreeSet<_> = printed.lines().collect();
        assert_eq!((printed.lines().count(), ids.len()), (2101, 2101));
    }
}
