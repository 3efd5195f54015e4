//! The server with a real PDS: the tokens of the PDS, and the calls that it proxies.

use serde_json::{Value, json};

use crate::support::network::Network;
use crate::support::{Answer, Call, Server, method};

const METHODS: [&str; 4] = [
    "createApiKey",
    "listApiKeys",
    "revokeApiKey",
    "deleteApiKey",
];

fn world() -> Option<(&'static Network, Server, String)> {
    let network = Network::get()?;
    let server = Server::with(&["--plc-url", network.text("plc"), "--allow-localhost"]);
    let (_, port) = server.address.rsplit_once(':').unwrap();
    let did = format!("did:web:localhost%3A{port}");
    Some((network, server, did))
}

/// A request to the PDS.
fn pds(network: &Network, verb: &str, path: &str) -> Call {
    let address = network.text("pds").strip_prefix("http://").unwrap();
    Call::new(&address.replace("localhost", "127.0.0.1"), verb, path)
}

/// A real service-auth token of an account.
fn service_auth(network: &Network, account: &str, audience: &str, nsid: &str) -> String {
    let audience = audience.replace('%', "%25");
    let path = format!("/xrpc/com.atproto.server.getServiceAuth?aud={audience}&lxm={nsid}");
    let answer = pds(network, "GET", &path).key(network.account(account, "token"));
    answer.send().expect(200)["token"]
        .as_str()
        .unwrap()
        .to_owned()
}

fn input(name: &str) -> Value {
    match name {
        "createApiKey" => json!({ "name": "created" }),
        _ => json!({ "id": "unknown" }),
    }
}

#[test]
fn real_tokens_are_accepted_once() {
    let Some((network, server, did)) = world() else {
        return;
    };
    for name in METHODS {
        let token = service_auth(
            network,
            "alice",
            &did,
            &format!("dev.cocore.account.{name}"),
        );
        let call = || match name {
            "listApiKeys" => server.get(&method(name)).key(&token).send(),
            _ => server.post(&method(name), &input(name)).key(&token).send(),
        };
        call().expect(200);
        call().expect_error(401, "JwtReplayed");
    }
    let wrong = service_auth(network, "alice", &did, "dev.cocore.account.listApiKeys");
    let create = server.post(&method("createApiKey"), &input("createApiKey"));
    create.key(&wrong).send().expect_error(401, "BadJwtLexicon");
}

#[test]
fn documents_in_the_older_encoding_are_accepted() {
    let Some(network) = Network::get() else {
        return;
    };
    let server = Server::with(&["--plc-url", network.text("olderPlc")]);
    let (_, port) = server.address.rsplit_once(':').unwrap();
    let audience = format!("did:web:localhost%3A{port}");
    let token = service_auth(network, "bob", &audience, "dev.cocore.account.listApiKeys");
    server
        .get(&method("listApiKeys"))
        .key(&token)
        .send()
        .expect(200);
}

#[test]
fn the_pds_proxies_all_four_methods() {
    let Some((network, server, did)) = world() else {
        return;
    };
    let proxied = |verb: &str, name: &str| {
        pds(network, verb, &method(name))
            .key(network.account("bob", "token"))
            .header("atproto-proxy", &format!("{did}#cocore_account"))
    };
    let create = |name: &str| -> Answer {
        proxied("POST", "createApiKey")
            .json(&json!({ "name": name }))
            .send()
    };
    let created = create("through the PDS").expect(200);
    assert_eq!(created["key"]["did"], network.account("bob", "did"));
    // A key that is created this way needs no other key before it.
    assert!(server.accepts(created["secret"].as_str().unwrap()));
    let id = &created["key"]["id"];
    let listed = proxied("GET", "listApiKeys").send().expect(200);
    assert_eq!(listed["keys"][0]["id"], *id);
    let revoked = proxied("POST", "revokeApiKey")
        .json(&json!({ "id": id }))
        .send();
    assert_eq!(revoked.expect(200)["revoked"], true);
    assert!(!server.accepts(created["secret"].as_str().unwrap()));
    let deleted = proxied("POST", "deleteApiKey")
        .json(&json!({ "id": id }))
        .send();
    assert_eq!(deleted.expect(200)["deleted"], true);
    // The PDS forwards an error unchanged.
    create("").expect_error(400, "InvalidRequest");
}

#[test]
fn the_pds_forwards_compressed_bodies_as_they_are() {
    let Some((network, _server, did)) = world() else {
        return;
    };
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut gzip, br#"{"name":"compressed"}"#).unwrap();
    let answer = pds(network, "POST", &method("createApiKey"))
        .key(network.account("alice", "token"))
        .header("atproto-proxy", &format!("{did}#cocore_account"))
        .header("content-encoding", "gzip")
        .bytes("application/json", &gzip.finish().unwrap())
        .send();
    assert_eq!(answer.expect(200)["key"]["name"], "compressed");
}
