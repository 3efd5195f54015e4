//! Who may call which method: every method without a credential, with a key of another account, with a key whose
//! scopes do not suffice, and with one whose scopes just do.

use serde_json::{Value, json};

use crate::support::{ALICE, Answer, BOB, Server, id_and_secret, key_method};

/// A method, and how its key is named in a call: in the query, in the body, or not at all.
struct Case {
    nsid: &'static str,
    /// The query parameters or the body of a call, for the id of a key.
    input: fn(&str) -> Value,
    /// The answer for a key of another account, which is the same as for an unknown one. `None` for a method that
    /// names no key.
    foreign: Option<Value>,
}

const UNKNOWN: &str = "01900000-0000-7000-8000-000000000000";

fn cases() -> Vec<Case> {
    let nothing: fn(&str) -> Value = |_| json!({});
    let id: fn(&str) -> Value = |id| json!({ "id": id });
    let not_found =
        json!({ "error": "KeyNotFound", "message": "this account has no key with this id" });
    let case = |nsid, input, foreign| Case {
        nsid,
        input,
        foreign,
    };
    vec![
        case(
            "dev.cocore.account.createApiKey",
            |_| json!({ "name": "n" }),
            None,
        ),
        case("dev.cocore.account.listApiKeys", nothing, None),
        case(
            "dev.cocore.account.revokeApiKey",
            id,
            Some(json!({ "revoked": false })),
        ),
        case(
            "dev.cocore.account.deleteApiKey",
            id,
            Some(json!({ "deleted": false })),
        ),
        case(
            "dev.cocore.apikey.createKey",
            |_| json!({ "name": "n" }),
            None,
        ),
        case("dev.cocore.apikey.getKey", id, Some(not_found.clone())),
        case("dev.cocore.apikey.listKeys", nothing, None),
        case(
            "dev.cocore.apikey.updateKey",
            |id| json!({ "id": id, "name": "m" }),
            Some(not_found.clone()),
        ),
        case("dev.cocore.apikey.rotateKey", id, Some(not_found.clone())),
        case(
            "dev.cocore.apikey.setLimits",
            |id| json!({ "id": id, "limits": { "tokensPerDay": 5 } }),
            Some(not_found),
        ),
        case(
            "dev.cocore.apikey.getUsage",
            id,
            Some(json!({ "usage": [], "limits": {}, "budgets": [] })),
        ),
        case(
            "dev.cocore.apikey.revokeKey",
            |id| json!({ "id": id, "cascade": true }),
            Some(json!({ "revoked": [] })),
        ),
        case(
            "dev.cocore.apikey.deleteKey",
            id,
            Some(json!({ "deleted": false })),
        ),
        case(
            "dev.cocore.apikey.listEvents",
            id,
            Some(json!({ "events": [] })),
        ),
        case("dev.cocore.apikey.whoAmI", nothing, None),
    ]
}

/// The methods of the lexicons: NSID and type. Those of the record proxy, whose scopes depend on their input, have a table
/// of their own in `record_proxy/access.rs`.
fn methods() -> Vec<(&'static str, String)> {
    let methods = cocore_lexicon::LEXICONS.iter().filter_map(|lexicon| {
        let document: Value = serde_json::from_str(lexicon.json).unwrap();
        let kind = document.pointer("/defs/main/type")?.as_str()?.to_owned();
        let is_method = matches!(&*kind, "query" | "procedure");
        let is_of_records = lexicon.nsid.starts_with("dev.cocore.proxy.");
        (is_method && !is_of_records).then_some((lexicon.nsid, kind))
    });
    methods.collect()
}

fn call(server: &Server, case: &Case, kind: &str, key: Option<&str>, id: &str) -> Answer {
    let path = format!("/xrpc/{}", case.nsid);
    let input = (case.input)(id);
    let call = if kind == "query" {
        let fields = input.as_object().unwrap().iter();
        let query: Vec<_> = fields
            .map(|(name, value)| format!("{name}={}", value.as_str().unwrap()))
            .collect();
        server.get(&format!("{path}?{}", query.join("&")))
    } else {
        server.post(&path, &input)
    };
    key.into_iter().fold(call, |call, key| call.key(key)).send()
}

/// Rows 20 and 21 of the list of attacks, for every method.
#[test]
fn every_method_is_for_those_whom_it_is_for() {
    let server = Server::with(&["--max-active-keys", "0"]);
    let (cases, methods) = (cases(), methods());
    let named: Vec<_> = cases.iter().map(|case| case.nsid).collect();
    for (nsid, _) in &methods {
        assert!(named.contains(nsid), "{nsid} has no case here");
    }
    assert_eq!(named.len(), methods.len());
    let alice = server.first_key(ALICE);
    let bob = server.first_key(BOB);
    for case in &cases {
        let (_, kind) = methods.iter().find(|(nsid, _)| *nsid == case.nsid).unwrap();
        let made = server.create_key(&alice, &json!({ "name": "target" }));
        let id = made["key"]["id"].as_str().unwrap();
        call(&server, case, kind, None, id).expect_error(401, "AuthRequired");

        if let Some(expected) = &case.foreign {
            for (id, whose) in [(id, "another account's"), (UNKNOWN, "unknown")] {
                let answer = call(&server, case, kind, Some(&bob), id);
                assert_eq!(&answer.value(), expected, "{}: {whose}", case.nsid);
            }
        }

        // Every method but this one, and this one of another service.
        let others = methods.iter().filter(|(nsid, _)| *nsid != case.nsid);
        let mut others: Vec<_> = others.map(|(nsid, _)| server.scope_of(nsid)).collect();
        others.push(format!(
            "rpc:{}?aud=did:web:other.example%23cocore_account",
            case.nsid
        ));
        others.push(
            server
                .scope_of(case.nsid)
                .replace("cocore_account", "cocore_console"),
        );
        others.push("repo:*".to_owned());
        let (_, weak) = scoped(&server, &alice, &others);
        let answer = call(&server, case, kind, Some(&weak), id);
        answer.expect_error(403, "InsufficientScope");
        let scope = server.scope_of(case.nsid);
        assert_eq!(
            answer.header("www-authenticate"),
            Some(&*format!(
                "Bearer error=\"insufficient_scope\", scope=\"{scope}\""
            )),
            "{}",
            case.nsid
        );

        let (enough_id, enough) = scoped(&server, &alice, &[scope]);
        // A key with scopes does not replace one that has none.
        let is_rotation = case.nsid == "dev.cocore.apikey.rotateKey";
        let id = if is_rotation { &enough_id } else { id };
        let answer = call(&server, case, kind, Some(&enough), id);
        // A key limits only its descendants. This one may not create any.
        if case.nsid == "dev.cocore.apikey.setLimits" {
            answer.expect_error(400, "OwnLimits");
            continue;
        }
        assert_eq!(answer.status, 200, "{}: {:?}", case.nsid, answer.value());
    }
}

/// Creates a key with scopes. Returns its id and its secret.
fn scoped(server: &Server, key: &str, scopes: &[String]) -> (String, String) {
    let input = json!({ "name": "scoped", "scopes": scopes });
    let made = server.call_key_method("createKey", key, &input);
    id_and_secret(&made.expect(200))
}

#[test]
fn a_scope_is_checked_before_the_body() {
    let server = Server::start();
    let first = server.first_key(ALICE);
    let (_, read) = scoped(
        &server,
        &first,
        &[server.scope_of("dev.cocore.apikey.listKeys")],
    );
    let create = server.call("POST", &key_method("createKey")).key(&read);
    let answer = create.bytes("application/json", b"no JSON").send();
    answer.expect_error(403, "InsufficientScope");
}

#[test]
fn scopes_are_parsed_and_never_ignored() {
    let server = Server::start();
    let first = server.first_key(ALICE);
    let create = |scopes: &Value| {
        let input = json!({ "name": "n", "scopes": scopes });
        server.call_key_method("createKey", &first, &input)
    };
    for scopes in [
        json!(["resource:x"]),
        json!(["repo:com.example.*"]),
        json!(["rpc:dev.cocore.apikey.listKeys"]),
        json!(["rpc:*?aud=*"]),
        json!(["identity:*", "identity:none"]),
        json!(["identity:* identity:handle"]),
        json!(["include:com.example.unknown?aud=did:web:example.com%23a"]),
        // Without a service, the set grants nothing.
        json!(["include:dev.cocore.apikey.authRead"]),
    ] {
        create(&scopes).expect_error(400, "InvalidScope");
    }
    for scopes in [
        json!([]),
        json!([""]),
        json!("identity:*"),
        json!([1]),
        json!(null),
    ] {
        create(&scopes).expect_error(400, "InvalidRequest");
    }
    let many: Vec<_> = (0..65)
        .map(|number| format!("repo:com.example.a{number}"))
        .collect();
    create(&json!(many)).expect_error(400, "InvalidRequest");
    let long: Vec<_> = (0..9)
        .map(|number| format!("repo:com.{}.a{number}", vec!["a".repeat(60); 4].join(".")))
        .collect();
    create(&json!(long)).expect(200);
    let longer: Vec<_> = (0..20)
        .map(|number| format!("repo:com.{}.a{number}", vec!["a".repeat(60); 4].join(".")))
        .collect();
    create(&json!(longer)).expect_error(400, "InvalidScope");
}

#[test]
fn a_permission_set_is_expanded_when_the_key_is_created() {
    let server = Server::start();
    let first = server.first_key(ALICE);
    let aud = server.scope_of("x.y.z");
    let (_, aud) = aud.split_once("aud=").unwrap();
    let input = json!({
        "name": "reads",
        "scopes": [format!("include:dev.cocore.apikey.authRead?aud={aud}"), "identity:*"],
    });
    let made = server
        .call_key_method("createKey", &first, &input)
        .expect(200);
    let scopes: Vec<_> = made["key"]["scopes"].as_array().unwrap().iter().collect();
    assert!(
        scopes
            .iter()
            .all(|scope| !scope.as_str().unwrap().starts_with("include"))
    );
    let reads = made["secret"].as_str().unwrap();
    server
        .get(&key_method("listKeys"))
        .key(reads)
        .send()
        .expect(200);
    server
        .get(&key_method("whoAmI"))
        .key(reads)
        .send()
        .expect(200);
    server
        .call_key_method("createKey", reads, &json!({ "name": "n" }))
        .expect_error(403, "InsufficientScope");
}

#[test]
fn a_key_hands_on_no_more_than_it_has() {
    let server = Server::start();
    let first = server.first_key(ALICE);
    let methods = ["createKey", "updateKey", "rotateKey", "listKeys", "whoAmI"];
    let mut scopes: Vec<_> = methods
        .iter()
        .map(|name| server.scope_of(&format!("dev.cocore.apikey.{name}")))
        .collect();
    scopes.push(server.scope_of("dev.cocore.account.createApiKey"));
    scopes.push("repo:com.example.a?action=create&action=update".to_owned());
    let input = json!({
        "name": "parent", "scopes": scopes, "models": ["a", "b"],
        "expiresAt": "2099-01-01T00:00:00.000Z",
    });
    let create = |key: &str, input: &Value| server.call_key_method("createKey", key, input);
    let parent = create(&first, &input).expect(200);
    let secret = parent["secret"].as_str().unwrap();

    let (unlimited, _) = scoped(&server, &first, &scopes);
    let refused = server.call_key_method("rotateKey", secret, &json!({ "id": unlimited }));
    // Neither the models nor the expiry are in the input.
    refused.expect_error(400, "ScopeTooWide");
    let input = json!({ "name": "lasts", "scopes": scopes, "models": ["a"] });
    let lasting = create(&first, &input).expect(200);
    let input = json!({ "id": lasting["key"]["id"] });
    let refused = server.call_key_method("rotateKey", secret, &input);
    let message = refused.expect_error(400, "ScopeTooWide");
    assert!(message.contains("expire later"), "{message}");

    let by_account_method = server.create_key(secret, &json!({ "name": "child" }));
    let id = &by_account_method["key"]["id"];
    let get = format!("{}?id={}", key_method("getKey"), id.as_str().unwrap());
    let inherited = server.get(&get).key(&first).send().expect(200)["key"].clone();
    let left_out = create(secret, &json!({ "name": "child" })).expect(200)["key"].clone();
    for child in [&inherited, &left_out] {
        for field in ["scopes", "models", "expiresAt"] {
            assert_eq!(child[field], parent["key"][field], "{field}");
        }
        assert_eq!(child["parent"], parent["key"]["id"]);
    }
    for (more, error) in [
        (
            json!({ "scopes": ["repo:com.example.a?action=create"] }),
            None,
        ),
        (
            json!({ "scopes": ["repo:com.example.a"] }),
            Some("ScopeTooWide"),
        ),
        (
            json!({ "scopes": ["repo:*?action=create"] }),
            Some("ScopeTooWide"),
        ),
        (json!({ "models": ["a"] }), None),
        (json!({ "models": ["a", "c"] }), Some("ScopeTooWide")),
        (json!({ "expiresAt": "2098-01-01T00:00:00Z" }), None),
        (
            json!({ "expiresAt": "2099-01-01T00:00:00.001Z" }),
            Some("InvalidRequest"),
        ),
    ] {
        let mut input = json!({ "name": "child" });
        input
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let answer = create(secret, &input);
        match error {
            None => drop(answer.expect(200)),
            Some(name) => {
                let message = answer.expect_error(400, name);
                if let Some([scope]) = more["scopes"].as_array().map(Vec::as_slice)
                    && scope == "repo:com.example.a"
                {
                    assert!(message.contains("repo:com.example.a"), "{message}");
                }
            }
        }
    }
}

/// What clients of the older service ask first.
#[test]
fn whoever_holds_a_key_may_know_whose_it_is() {
    let server = Server::start();
    let first = server.first_key(ALICE);
    server.get("/api/agent/health").send().expect(200);
    let (id, narrow) = scoped(&server, &first, &["repo:com.example.a".to_owned()]);
    let ask = |key: &str| server.get("/api/agent/whoami").key(key).send();
    let answer = ask(&narrow);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let expected = json!({ "did": ALICE, "keyId": id, "keyName": "scoped", "valid": true });
    assert_eq!(answer.expect(200), expected);
    server.end("revokeApiKey", &first, &id).expect(200);
    ask(&narrow).expect_error(401, "AuthRequired");
    let nobody = server.get("/api/agent/whoami").send();
    nobody.expect_error(401, "AuthRequired");
}
