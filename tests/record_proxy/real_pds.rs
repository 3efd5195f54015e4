//! The record proxy with a real PDS and a real browser: consent, all four methods, swaps, and the end of a connection.

use std::process::Command;

use serde_json::{Value, json};

use super::world::{OTHER, THING, form, sign_in, start, thing};
use crate::support::network::{Network, browse, dir, prerequisites};
use crate::support::skip::skip;
use crate::support::{Answer, Call, Place, Server, run};

/// The network, if a browser is installed too.
pub(super) fn with_browser() -> Option<&'static Network> {
    match prerequisites(&["chromium"]) {
        Ok(()) => Network::get(),
        Err(missing) => skip(&missing),
    }
}

/// A server with the record proxy on the network.
pub(super) fn server(network: &Network, database_url: &str) -> Server {
    let settings = ["--handle-resolver", network.text("pds")];
    start(database_url, network.text("plc"), &settings)
}

/// Connects an account in the browser. Returns what the script printed, and the cookie of the session.
pub(super) fn connect(
    network: &Network,
    server: &Server,
    account: &str,
    more: &[&str],
) -> (String, String) {
    let variables = [
        ("COCORE_DATABASE_URL", &server.database_url[..]),
        ("COCORE_LISTEN", &server.address),
    ];
    let did = network.account(account, "did");
    let link = run(&["link", "--did", did], &variables);
    let link = String::from_utf8(link.stdout).unwrap();
    let password = network.account(account, "password");
    let arguments = [&[link.trim(), password, THING], more].concat();
    let mut printed = browse("connect-records.mjs", &arguments);
    let cookie = format!("cocore={}", printed.pop().unwrap());
    (printed.join("\n"), cookie)
}

fn page(server: &Server, cookie: &str) -> String {
    let page = server.get("/records").header("cookie", cookie).send();
    String::from_utf8(page.body).unwrap()
}

/// A record as the PDS shows it to everybody.
fn stored(network: &Network, did: &str, rkey: &str) -> Answer {
    let address = network.text("pds").strip_prefix("http://").unwrap();
    let path =
        format!("/xrpc/com.atproto.repo.getRecord?repo={did}&collection={THING}&rkey={rkey}");
    Call::new(&address.replace("localhost", "127.0.0.1"), "GET", &path).send()
}

/// The whole life of a connection. Row 35 of the list of attacks.
#[test]
fn a_person_connects_and_their_keys_write_records() {
    let Some(network) = with_browser() else {
        return;
    };
    let Place { url, dir: _dir } = Place::new();
    let server = server(network, &url);
    let did = network.account("alice", "did");
    let key = server.first_key(did);
    let call = |name: &str, input: &Value| {
        let call = server.post(&format!("/pds/{name}"), input);
        call.key(&key).send()
    };
    let create = || {
        call(
            "createRecord",
            &json!({ "collection": THING, "record": thing() }),
        )
    };
    create().expect_error(403, "SignInRequired");

    let (printed, cookie) = connect(network, &server, "alice", &[]);
    assert!(printed.contains("Repository Publish changes"), "{printed}");
    let connected = page(&server, &cookie);
    for words in [THING, OTHER, "Never", "Disconnect"] {
        assert!(connected.contains(words), "{connected}");
    }

    // Created, with a key of the PDS's choice and with one of ours.
    let created = create().expect(200);
    let uri = created["uri"].as_str().unwrap();
    assert!(uri.starts_with(&format!("at://{did}/{THING}/")), "{uri}");
    assert!(created["commit"]["rev"].is_string());
    let first = json!({ "collection": THING, "rkey": "one", "record": thing() });
    let first = call("createRecord", &first).expect(200);
    let found = stored(network, did, "one").expect(200);
    assert_eq!(found["value"], thing());
    assert_eq!(found["cid"], first["cid"]);
    assert!(!page(&server, &cookie).contains("Never"));

    // Replaced, with the right swap and with a wrong one.
    let put = |text: &str, swap: Option<Value>| {
        let record = json!({ "$type": THING, "text": text });
        let mut input = json!({ "collection": THING, "rkey": "one", "record": record });
        if let Some(swap) = swap {
            input["swapRecord"] = swap;
        }
        call("putRecord", &input)
    };
    let second = put("second", Some(first["cid"].clone())).expect(200);
    put("third", Some(first["cid"].clone())).expect_error(400, "InvalidSwap");
    put("third", Some(Value::Null)).expect_error(400, "InvalidSwap");
    assert_eq!(
        stored(network, did, "one").expect(200)["value"]["text"],
        "second"
    );
    put("third", None).expect(200);

    // Deleted, with a wrong swap, without one, and again.
    let delete = |swap: Option<&Value>| {
        let mut input = json!({ "collection": THING, "rkey": "one" });
        if let Some(swap) = swap {
            input["swapRecord"] = swap.clone();
        }
        call("deleteRecord", &input)
    };
    delete(Some(&second["cid"])).expect_error(400, "InvalidSwap");
    let uri = format!("at://{did}/{THING}/one");
    assert_eq!(delete(None).expect(200), json!({ "uri": uri }));
    assert_eq!(
        delete(None).expect(200),
        json!({ "uri": uri, "alreadyGone": true })
    );
    assert_eq!(stored(network, did, "one").status, 400);

    // Tokens for a method: only of what the operator allows.
    let token = |aud: &str, lxm: &str| call("getServiceAuth", &json!({ "aud": aud, "lxm": lxm }));
    let issued = token("did:web:any.example", "com.example.listThings").expect(200);
    assert_eq!(issued["token"].as_str().unwrap().split('.').count(), 3);
    token("did:web:any.example", "com.example.other").expect_error(403, "ServiceNotAllowed");

    // What the PDS itself rejects.
    let foreign =
        json!({ "collection": "com.example.third", "record": { "$type": "com.example.third" } });
    call("createRecord", &foreign).expect_error(403, "CollectionNotAllowed");
    let mut large = thing();
    large["text"] = json!("a".repeat(2 * 1024 * 1024));
    let large = json!({ "collection": THING, "record": large });
    call("createRecord", &large).expect_error(413, "PayloadTooLarge");

    // A second connection replaces the first one, whose tokens are revoked; a declined one changes nothing.
    connect(network, &server, "alice", &[]);
    create().expect(200);
    // Signing out is not disconnecting.
    let out = server
        .post("/console/sign-out", &json!({}))
        .header("cookie", &cookie);
    out.header("sec-fetch-site", "same-origin")
        .send()
        .expect(200);
    create().expect(200);
    let (_, cookie) = connect(network, &server, "alice", &["--deny"]);
    create().expect(200);

    let other_site = server
        .call("POST", "/records/disconnect")
        .header("cookie", &cookie);
    let other_site = other_site.header("sec-fetch-site", "cross-site");
    let other_site = other_site
        .bytes("application/x-www-form-urlencoded", b"")
        .send();
    assert_eq!(other_site.status, 403);
    let disconnected = form(&server, "/records/disconnect", &cookie, "");
    assert_eq!(disconnected.status, 303, "{disconnected:?}");
    create().expect_error(403, "SignInRequired");
    assert!(page(&server, &cookie).contains("Not connected"));
    assert_eq!(
        form(&server, "/records/disconnect", &cookie, "").status,
        303
    );

    let printed = server.stop();
    assert!(!printed.contains("did not revoke"), "{printed}");
    for secret in [
        &key,
        network.account("alice", "password"),
        "\"hello\"",
        &cookie[7..],
    ] {
        assert!(!printed.contains(secret));
    }
    // Every access token and every proof of a PDS is a JWT.
    assert!(!printed.contains("eyJ"), "a token was printed");
}

/// The account whose browser connects is the one that is signed in.
#[test]
fn a_connection_of_another_account_is_not_stored() {
    let Some(network) = with_browser() else {
        return;
    };
    let Place { url, dir: _dir } = Place::new();
    let server = server(network, &url);
    let sign_in = |account: &str| sign_in(&server, network.account(account, "did"));
    let bob = sign_in("bob");
    let begun = form(&server, "/records/connect", &bob, "");
    assert_eq!(begun.status, 200, "{begun:?}");
    let state = begun
        .header("set-cookie")
        .unwrap()
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    let text = String::from_utf8(begun.body).unwrap();
    let url = text
        .split("0; url=")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    let url = url.replace("&amp;", "&").replace("&#38;", "&");
    let consent = Command::new("node")
        .arg(dir().join("consent.mjs"))
        .args([
            &url,
            network.account("bob", "handle"),
            network.account("bob", "password"),
        ])
        .output();
    let consent = String::from_utf8(consent.unwrap().stdout).unwrap();
    let back = consent.trim().split_once("/oauth/callback").unwrap().1;
    // The person signs in with another account in the meantime.
    let alice = sign_in("alice");
    let path = format!("/oauth/callback{back}");
    let cookies = format!("{alice}; {state}");
    let answer = server.get(&path).header("cookie", &cookies).send();
    assert_eq!(answer.status, 403, "{answer:?}");
    for cookie in [&alice, &bob] {
        assert!(page(&server, cookie).contains("Not connected"));
    }
    let printed = server.stop();
    assert!(!printed.contains("did not revoke"), "{printed}");
}
