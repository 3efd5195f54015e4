//! Two servers on one PostgreSQL and a real PDS: a refresh token is used once, whoever uses it.

use std::thread;

use serde_json::{Value, json};

use super::real_pds::{connect, server, with_browser};
use super::world::{THING, thing};
use crate::support::postgres::{Cluster, name};
use crate::support::skip::or_skip;
use crate::support::{Call, Server, pds};

/// The stored tokens of an account.
fn stored(cluster: &Cluster, database: &str, did: &str) -> (i64, Value) {
    let query =
        format!("SELECT version, encode(tokens, 'hex') FROM proxy_sessions WHERE did = '{did}'");
    let row = cluster.query(database, &query);
    let (version, hex) = row.split_once('|').unwrap();
    let digits = hex
        .as_bytes()
        .chunks(2)
        .map(|two| std::str::from_utf8(two).unwrap());
    let sealed: Vec<u8> = digits
        .map(|two| u8::from_str_radix(two, 16).unwrap())
        .collect();
    (version.parse().unwrap(), pds::unseal(did, &sealed))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Replaces the tokens of an account, with an access token that expires at a time.
fn replace(cluster: &Cluster, database: &str, did: &str, tokens: &Value, expires_at: u64) {
    let mut tokens = tokens.clone();
    tokens["expires_at"] = json!(expires_at);
    let sealed = hex(&pds::seal(did, &tokens));
    let update = format!("UPDATE proxy_sessions SET tokens = '\\x{sealed}' WHERE did = '{did}'");
    assert!(cluster.sql(database, &update));
}

/// Stores the tokens of an account that has none.
fn insert(cluster: &Cluster, database: &str, did: &str, tokens: &Value) {
    let (sealed, scope) = (
        hex(&pds::seal(did, tokens)),
        tokens["scope"].as_str().unwrap(),
    );
    let insert = format!(
        "INSERT INTO proxy_sessions (did, tokens, scope, version, created_at)
         VALUES ('{did}', '\\x{sealed}', '{scope}', 1, 0)"
    );
    assert!(cluster.sql(database, &insert));
}

/// Lets an access token expire. Returns the version and the tokens before.
fn expire(cluster: &Cluster, database: &str, did: &str) -> (i64, Value) {
    let (version, tokens) = stored(cluster, database, did);
    replace(cluster, database, did, &tokens, 0);
    (version, tokens)
}

fn create(server: &Server, key: &str) -> Call {
    let input = json!({ "collection": THING, "record": thing() });
    server.post("/pds/createRecord", &input).key(key)
}

#[test]
fn two_servers_refresh_an_expired_token_once() {
    let Some(cluster) = or_skip(Cluster::shared()) else {
        return;
    };
    let Some(network) = with_browser() else {
        return;
    };
    let url = cluster.database();
    let database = name(&url).to_owned();
    let (one, two) = (server(network, &url), server(network, &url));
    let did = network.account("bob", "did");
    let key = one.first_key(did);
    let (_, cookie) = connect(network, &one, "bob", &[]);
    // What one server has stored, the other one uses at once.
    create(&two, &key).send().expect(200);
    for round in 0..3 {
        let (version, before) = expire(cluster, &database, did);
        thread::scope(|scope| {
            for server in [&one, &two].repeat(8) {
                scope.spawn(|| create(server, &key).send().expect(200));
            }
        });
        let (refreshed, after) = stored(cluster, &database, did);
        assert_eq!(refreshed, version + 1, "round {round}");
        assert_ne!(after["refresh_token"], before["refresh_token"]);
        assert_ne!(after["access_token"], before["access_token"]);
    }

    // A server that died while it refreshed: its lease ends, and another one takes over.
    let (version, _) = expire(cluster, &database, did);
    let lease = "UPDATE proxy_sessions SET refresher = 'dead', refresh_until = \
                 (extract(epoch FROM clock_timestamp()) * 1000)::bigint + 1500";
    assert!(cluster.sql(&database, lease));
    create(&two, &key).send().expect(200);
    assert_eq!(stored(cluster, &database, did).0, version + 1);

    // A second connection replaces the first one, whose tokens are revoked at the host: they refresh nothing.
    let (_, old) = stored(cluster, &database, did);
    connect(network, &two, "bob", &[]);
    let (_, new) = stored(cluster, &database, did);
    replace(cluster, &database, did, &old, 0);
    create(&one, &key)
        .send()
        .expect_error(403, "SignInRequired");
    insert(cluster, &database, did, &new);
    create(&one, &key).send().expect(200);

    // Tokens that the person has revoked at their host, as the console does.
    let (_, tokens) = expire(cluster, &database, did);
    let disconnect = two
        .call("POST", "/records/disconnect")
        .header("cookie", &cookie);
    let disconnect = disconnect.header("sec-fetch-site", "same-origin");
    let disconnect = disconnect
        .bytes("application/x-www-form-urlencoded", b"")
        .send();
    // The cookie belongs to the database, not to a server.
    assert_eq!(disconnect.status, 303);
    create(&one, &key)
        .send()
        .expect_error(403, "SignInRequired");
    let mut expired = tokens.clone();
    expired["expires_at"] = json!(0);
    insert(cluster, &database, did, &expired);
    thread::scope(|scope| {
        for server in [&one, &two] {
            scope.spawn(|| {
                create(server, &key)
                    .send()
                    .expect_error(403, "SignInRequired")
            });
        }
    });
    let left = cluster.query(&database, "SELECT count(*) FROM proxy_sessions");
    assert_eq!(left, "0");
    assert!(one.accepts(&key) && two.accepts(&key), "the key is lost");
}
