//! PostgreSQL that cannot be written: a hot standby, and a primary whose transactions are read-only. Rows 49 and
//! 57 of the list of attacks.

use serde_json::json;

use crate::support::postgres::{Cluster, name};
use crate::support::skip::or_skip;
use crate::support::{ALICE, Server, wait_until};

/// A standby does not know yet that a key was revoked.
#[test]
fn no_key_is_accepted_on_the_word_of_a_standby() {
    let Some(primary) = or_skip(Cluster::new(&["fsync=off"])) else {
        return;
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
            "SELECT count(*) FROM keys WHERE revoked_at IS NULL"
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
    alone.await_readiness("checks", Some("the database is in recovery"));
    alone.get("/xrpc/_health").send().expect(503);
    alone.get("/livez").send().expect(200);
    // The other server does everything on the primary.
    there.await_readiness("checks", None);
    there.create_key(&key, &json!({ "name": "more" }));

    // A standby that becomes the primary is one.
    drop((here, there));
    assert!(standby.sql(database, "SELECT pg_promote()"));
    wait_until("the server does not recover", || {
        alone.get("/auth/verify").key(&key).send().status == 200
    });
    alone.await_readiness("checks", None);
    alone.await_readiness("changes", None);
    let printed = alone.stop();
    assert!(printed.contains("in recovery"), "{printed}");
}

/// A primary that is read-only, as one whose disk is full may be made: it knows which keys are live.
#[test]
fn keys_are_verified_on_a_primary_that_is_read_only() {
    let Some(cluster) = or_skip(Cluster::shared()) else {
        return;
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
    let create = || server.try_create(&key, "n");
    create().expect_error(503, "ServiceUnavailable");
    server.await_readiness("changes", Some("the database is read-only"));
    server.get("/readyz/checks").send().expect(200);
    assert_eq!(server.get("/readyz").send().status, 503);
    set("off");
    wait_until("the server does not recover", || create().status == 200);
}
