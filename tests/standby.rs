//! PostgreSQL that cannot be written: a hot standby, and a primary whose transactions are read-only. Rows 49 and
//! 57 of the list of attacks.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::postgres::{Cluster, name};
use crate::support::skip::skip;
use crate::support::{ALICE, Server, method};

/// How long the servers may take to notice a change of the database.
const TIMEOUT: Duration = Duration::from_secs(60);

fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < TIMEOUT, "{what}");
    }
}

/// Waits until a part of readiness is red for a reason, or green.
fn await_readiness(server: &Server, part: &str, reason: Option<&str>) {
    let expected = match reason {
        None => json!({ "ok": true }),
        Some(reason) => json!({ "ok": false, "reason": reason }),
    };
    wait_until(&format!("{part} is not {expected}"), || {
        server.get("/readyz").send().value()[part] == expected
    });
}

/// A standby does not know yet that a key was revoked.
#[test]
fn no_key_is_accepted_on_the_word_of_a_standby() {
    let primary = match Cluster::new(&["fsync=off"]) {
        Ok(cluster) => cluster,
        Err(why) => return skip(&why).unwrap_or_default(),
    };
    let url = primary.database();
    let database = name(&url);
    let here = Server::on(&url);
    let key = here.first_key(ALICE);
    let other = here.create_key(&key, &json!({ "name": "other" }));
    let other_secret = other["secret"].as_str().unwrap();
    let standby = primary.standby();
    let there = Server::on(&Cluster::url_of_all(&[&standby, &primary], database));
    let alone = Server::on(&standby.url(database));
    assert!(there.accepts(other_secret));

    assert!(standby.sql(database, "SELECT pg_wal_replay_pause()"));
    let other_id = other["key"]["id"].as_str().unwrap();
    here.end("revokeApiKey", &key, other_id).expect(200);
    assert_eq!(
        standby.query(
            database,
            "SELECT count(*) FROM api_keys WHERE revoked_at IS NULL"
        ),
        "2",
        "the standby has not replayed the revocation"
    );
    assert!(!there.accepts(other_secret));
    let answer = alone.get("/auth/verify").key(other_secret).send();
    answer.expect_error(503, "ServiceUnavailable");
    // No word of a standby counts, not even on a key that is live.
    let answer = alone.get("/auth/verify").key(&key).send();
    answer.expect_error(503, "ServiceUnavailable");
    await_readiness(&alone, "checks", Some("the database is in recovery"));
    alone.get("/xrpc/_health").send().expect(503);
    alone.get("/livez").send().expect(200);
    // The other server does everything on the primary.
    await_readiness(&there, "checks", None);
    there.create_key(&key, &json!({ "name": "more" }));

    // A standby that becomes the primary is one.
    drop((here, there));
    assert!(standby.sql(database, "SELECT pg_promote()"));
    wait_until("the server does not recover", || {
        alone.get("/auth/verify").key(&key).send().status == 200
    });
    await_readiness(&alone, "checks", None);
    await_readiness(&alone, "changes", None);
    let printed = alone.stop();
    assert!(printed.contains("in recovery"), "{printed}");
}

/// A primary that is read-only, as one whose disk is full may be made: it knows which keys are live.
#[test]
fn keys_are_verified_on_a_primary_that_is_read_only() {
    let cluster = match Cluster::shared() {
        Ok(cluster) => cluster,
        Err(why) => return skip(why).unwrap_or_default(),
    };
    let url = cluster.database();
    let database = name(&url);
    let before = Server::on(&url);
    let key = before.first_key(ALICE);
    drop(before);
    let set = |value: &str| {
        let set = format!("ALTER DATABASE {database} SET default_transaction_read_only = {value}");
        assert!(cluster.sql("postgres", &set));
    };
    set("on");
    let server = Server::on(&url);
    assert!(server.accepts(&key));
    let unknown = format!("cocore-{}", "A".repeat(43));
    assert!(!server.accepts(&unknown));
    let create = || {
        let create = server.post(&method("createApiKey"), &json!({ "name": "n" }));
        create.key(&key).send()
    };
    create().expect_error(503, "ServiceUnavailable");
    await_readiness(&server, "changes", Some("the database is read-only"));
    server.get("/readyz/checks").send().expect(200);
    assert_eq!(server.get("/readyz").send().status, 503);
    set("off");
    wait_until("the server does not recover", || create().status == 200);
}
