//! Who may call which method of the record proxy, and at which paths.

use serde_json::{Value, json};

use super::world::{CID, METHOD, REV, SERVICE, THING, World, good, input, sign_in};
use crate::support::{ALICE, BOB, Call, ENCRYPTION_KEY, Place, Server, program};

/// A method, a scope that just suffices, scopes that do not, and its answer.
struct Case {
    name: &'static str,
    enough: &'static str,
    needed: &'static str,
    weak: &'static [&'static str],
    answer: Value,
}

fn cases() -> Vec<Case> {
    let uri = format!("at://{BOB}/{THING}/a");
    vec![
        Case {
            name: "createRecord",
            enough: "repo:com.example.thing?action=create",
            needed: "repo:com.example.thing?action=create",
            weak: &[
                "repo:com.example.thing?action=update&action=delete",
                "repo:com.example.other",
                "rpc:dev.cocore.proxy.createRecord?aud=*",
            ],
            answer: json!({ "uri": uri, "cid": CID, "commit": { "cid": CID, "rev": REV } }),
        },
        Case {
            name: "putRecord",
            enough: "repo:com.example.thing?action=create&action=update",
            needed: "repo:com.example.thing?action=create&action=update",
            weak: &[
                "repo:com.example.thing?action=update",
                "repo:com.example.other",
            ],
            answer: json!({ "uri": uri, "cid": CID }),
        },
        Case {
            name: "deleteRecord",
            enough: "repo:com.example.thing?action=delete",
            needed: "repo:com.example.thing?action=delete",
            weak: &[
                "repo:com.example.thing?action=create&action=update",
                "repo:com.example.other",
            ],
            answer: json!({ "uri": uri }),
        },
        Case {
            name: "getServiceAuth",
            enough: "rpc:com.example.getThing?aud=did:web:api.example.com%23svc",
            needed: "rpc:com.example.getThing?aud=did:web:api.example.com%23svc",
            weak: &[
                "rpc:com.example.getThing?aud=did:web:api.example.com%23other",
                "rpc:com.example.listThings?aud=*",
                "repo:*",
            ],
            answer: json!({ "token": "a.b.c" }),
        },
    ]
}

const ROOTS: [&str; 3] = ["/pds/", "/api/pds/", "/xrpc/dev.cocore.proxy."];

/// Rows 20 and 21 of the list of attacks, for the record proxy.
#[test]
fn every_method_of_the_record_proxy_is_for_those_whom_it_is_for() {
    let cases = cases();
    for lexicon in cocore_lexicon::LEXICONS {
        if let Some(name) = lexicon.nsid.strip_prefix("dev.cocore.proxy.") {
            assert!(
                cases.iter().any(|case| case.name == name),
                "{name} has no case"
            );
        }
    }
    let world = World::new(|path, _| good(path));
    // An account that has not connected.
    let alice = world.server.first_key(ALICE);
    let mut calls = 0;
    for case in &cases {
        let input = input(case.name);
        let call = |root: &str| world.server.post(&format!("{root}{}", case.name), &input);
        for root in ROOTS {
            call(root).send().expect_error(401, "AuthRequired");
            let bad = call(root).key(&format!("cocore-{}", "A".repeat(43))).send();
            bad.expect_error(401, "AuthRequired");
        }
        let other = call("/pds/").key(&alice).send();
        let message = other.expect_error(403, "SignInRequired");
        assert!(message.ends_with("/records"), "{message}");

        let weak = world.scoped(case.weak);
        let answer = call("/pds/").key(&weak).send();
        answer.expect_error(403, "InsufficientScope");
        let challenge = format!(
            "Bearer error=\"insufficient_scope\", scope=\"{}\"",
            case.needed
        );
        assert_eq!(answer.header("www-authenticate"), Some(&*challenge));
        assert_eq!(world.calls_of_host().len(), calls, "the host was asked");

        let enough = world.scoped(&[case.enough]);
        for key in [&enough, &world.key] {
            for root in ROOTS {
                let answer = call(root).key(key).send();
                assert_eq!(answer.expect(200), case.answer, "{}", case.name);
                calls += 1;
            }
        }
        let get = world
            .server
            .get(&format!("/pds/{}", case.name))
            .key(&enough);
        get.send().expect_error(405, "MethodNotAllowed");
    }
    assert_eq!(world.calls_of_host().len(), calls);
    let unknown = world
        .server
        .post("/pds/applyWrites", &json!({}))
        .key(&world.key);
    unknown.send().expect_error(404, "NotFound");
}

/// Whoever is signed in, and the operator, have not shown a key.
#[test]
fn no_cookie_and_no_operator_writes_records() {
    let world = World::new(|path, _| good(path));
    let cookie = sign_in(&world.server, BOB);
    for name in ["createRecord", "getServiceAuth"] {
        let call = world.server.post(&format!("/pds/{name}"), &input(name));
        let call = call
            .header("cookie", &cookie)
            .header("sec-fetch-site", "same-origin");
        call.send().expect_error(403, "Forbidden");
    }
    assert_eq!(world.calls_of_host().len(), 0);
}

#[test]
fn the_record_proxy_is_off_by_default() {
    let server = Server::start();
    let key = server.first_key(ALICE);
    for root in ROOTS {
        let call = |key: &str| {
            let call = server.post(&format!("{root}createRecord"), &input("createRecord"));
            call.key(key).send()
        };
        let message = call(&key).expect_error(501, "MethodNotImplemented");
        assert!(message.contains("--proxy-collections"), "{message}");
        call("cocore-x").expect_error(401, "AuthRequired");
    }
    assert_eq!(server.get("/records").send().status, 404);
    let metadata = Server::with(&["--public-url", "https://keys.example.com"]);
    let metadata = metadata
        .get("/oauth/client-metadata.json")
        .send()
        .expect(200);
    assert_eq!(metadata["scope"], "atproto");
}

#[test]
fn settings_of_the_record_proxy_are_checked_at_the_start() {
    let fails = |settings: &[&str], expected: &str| {
        let place = Place::sqlite();
        let output = program()
            .args(["serve", "--database-url", &place.url])
            .args(settings)
            .env("COCORE_ENCRYPTION_KEY", ENCRYPTION_KEY)
            .output()
            .unwrap();
        let printed = String::from_utf8_lossy(&output.stderr);
        assert!(
            !output.status.success() && printed.contains(expected),
            "{printed}"
        );
    };
    fails(
        &["--proxy-collections", "com.example.*"],
        "--proxy-collections",
    );
    fails(&["--proxy-methods", "com.example.get"], "--proxy-methods");
    let own = "rpc:com.example.get?aud=did:web:keys.example.com%23cocore_account";
    fails(
        &[
            "--public-url",
            "https://keys.example.com",
            "--proxy-methods",
            own,
        ],
        "another service than this server",
    );
    fails(
        &["--listen", "0.0.0.0:0", "--proxy-collections", THING],
        "--public-url",
    );
    let place = Place::new();
    let mut program = program();
    program.env("COCORE_PROXY_COLLECTIONS", THING);
    program.env("COCORE_ENCRYPTION_KEY", ENCRYPTION_KEY);
    let server = Server::spawn(
        program,
        &place.url,
        &["--public-url", "https://keys.example.com"],
    );
    let metadata = Call::new(&server.address, "GET", "/oauth/client-metadata.json").send();
    let metadata = metadata.expect(200);
    assert_eq!(metadata["scope"], format!("atproto repo:{THING}"));
    assert_eq!(
        metadata["grant_types"],
        json!(["authorization_code", "refresh_token"])
    );
}

/// A token of this server, or of a method of the protocol, would make a caller without scopes and limits of a key.
#[test]
fn no_token_is_issued_that_undoes_the_limits_of_a_key() {
    let world = World::new(|path, _| good(path));
    let (_, port) = world.server.address.rsplit_once(':').unwrap();
    for (aud, lxm) in [
        (SERVICE, "com.atproto.server.deleteAccount"),
        (SERVICE, "com.example.other"),
        ("did:web:other.example#svc", METHOD),
        // The grant is for one service, not for all of its DID.
        ("did:web:api.example.com", METHOD),
        (
            &*format!("did:web:localhost%3A{port}"),
            "com.example.listThings",
        ),
        (
            &*format!("did:web:LOCALHOST%3a{port}#cocore_account"),
            "com.example.listThings",
        ),
        (
            &*format!("did:web:localhost%3A{port}#x"),
            "dev.cocore.apikey.createKey",
        ),
    ] {
        let answer = world.call("getServiceAuth", &json!({ "aud": aud, "lxm": lxm }));
        answer.expect_error(403, "ServiceNotAllowed");
    }
    let all = json!({ "aud": "did:web:any.example", "lxm": "com.example.listThings" });
    let answer = world.call("getServiceAuth", &all);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    answer.expect(200);
    assert_eq!(world.calls_of_host().len(), 1);
}
