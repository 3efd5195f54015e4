//! Two servers on one PostgreSQL. After the response to a change has arrived, no server decides a request by
//! the state before the change, whatever fails.

mod changes;
mod world;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::postgres::Cluster;
use crate::support::skip::or_skip;
use crate::support::{ALICE, Connection, Server};
use world::World;

/// The time between two faults.
const CALM: Duration = Duration::from_millis(1500);

/// Row 23 of the list of attacks.
#[test]
fn a_change_on_one_server_is_effective_on_the_other_when_it_is_answered() {
    let Some(world) = World::new(&["fsync=off"]) else {
        return;
    };
    world.run(World::keys(1000), |_| {});
    let count = |of: &AtomicUsize| of.load(Ordering::Relaxed);
    let (unavailable, uses) = (count(&world.unavailable), count(&world.uses));
    // A busy machine may starve the database for longer than a request may take.
    assert!(unavailable * 1000 <= uses, "{unavailable} of {uses}");
}

/// Row 31 of the list of attacks.
#[test]
fn also_when_the_connection_for_notifications_is_cut() {
    let Some(world) = World::new(&["fsync=off"]) else {
        return;
    };
    world.run(World::keys(300), |world| {
        for _ in 0..10 {
            world.proxy.cut_listeners();
            thread::sleep(CALM / 5);
        }
    });
}

/// Row 31 of the list of attacks.
#[test]
fn also_when_that_connection_becomes_silent() {
    let Some(world) = World::new(&["fsync=off"]) else {
        return;
    };
    world.run(World::keys(300), |world| {
        for _ in 0..2 {
            let begins = world.there.printed().matches("checked in memory").count();
            world.proxy.hold_listeners();
            // Until the server replaces the connection.
            let begun = Instant::now();
            while world.there.printed().matches("checked in memory").count() == begins {
                assert!(
                    begun.elapsed() < Duration::from_secs(60),
                    "the server does not recover"
                );
                thread::sleep(CALM / 10);
            }
        }
    });
}

#[test]
fn also_when_the_other_server_is_stopped_past_its_lease() {
    let Some(world) = World::new(&["fsync=off"]) else {
        return;
    };
    world.run(World::keys(300), |world| {
        for _ in 0..2 {
            world.there.signal("STOP");
            thread::sleep(2 * CALM);
            world.there.signal("CONT");
            thread::sleep(CALM);
        }
    });
}

#[test]
fn also_when_the_server_that_makes_the_changes_is_stopped() {
    let Some(world) = World::new(&["fsync=off"]) else {
        return;
    };
    world.run(World::keys(300), |world| {
        for _ in 0..2 {
            world.here.signal("STOP");
            thread::sleep(2 * CALM);
            world.here.signal("CONT");
            thread::sleep(CALM);
        }
    });
}

/// Row 30 of the list of attacks.
#[test]
fn also_when_the_database_is_restarted_and_killed() {
    let Some(world) = World::new(&[]) else {
        return;
    };
    world.run(World::keys(300), |world| {
        for _ in 0..2 {
            world.cluster.restart(CALM / 5);
            thread::sleep(CALM);
            world.cluster.kill();
            thread::sleep(CALM / 5);
            world.cluster.start();
            thread::sleep(CALM);
        }
    });
}

/// Rows 30 and 57 of the list of attacks: a database that stops responding is a 503, never a 401, and the server
/// recovers by itself.
#[test]
fn a_silent_database_is_a_503_until_it_responds() {
    let Some(world) = World::new(&["fsync=off"]) else {
        return;
    };
    let key = world.here.first_key(ALICE);
    assert!(world.there.accepts(&key));
    world.proxy.set_silent(true);
    // Until its lease expires, the server answers from memory.
    let begun = Instant::now();
    let verify = || world.there.get("/auth/verify").key(&key).send().status;
    let first_refusal = loop {
        let sent = begun.elapsed();
        match verify() {
            200 => assert!(sent < Duration::from_secs(3)),
            other => break other,
        }
    };
    assert_eq!(first_refusal, 503);
    let unknown = format!("cocore-{}", "A".repeat(43));
    let answer = world.there.get("/auth/verify").key(&unknown).send();
    answer.expect_error(503, "ServiceUnavailable");
    assert!(answer.header("retry-after").is_some());
    world.there.await_status("/readyz", 503);
    let body = world.there.get("/readyz").send().expect(503);
    let reason = |part: &str| body[part]["reason"].as_str().unwrap_or_default();
    assert_eq!(reason("lease"), "this server has no lease");
    assert_eq!(reason("checks"), "the database does not answer in time");
    assert_eq!(reason("changes"), "the database does not answer in time");
    world.there.get("/livez").send().expect(200);
    // The other server keeps working: it waits for the lease once.
    world.here.create_key(&key, &json!({ "name": "n" }));
    world.proxy.set_silent(false);
    let begun = Instant::now();
    while verify() != 200 {
        assert!(
            begun.elapsed() < Duration::from_secs(30),
            "the server does not recover"
        );
    }
    world.there.await_status("/readyz", 200);
}

/// Row 30 of the list of attacks: a database whose answers come two seconds late.
#[test]
fn a_slow_database_rejects_no_active_key() {
    let Some(world) = World::new(&["fsync=off"]) else {
        return;
    };
    let key = world.here.first_key(ALICE);
    let verify = |key: &str| world.there.get("/auth/verify").key(key).send().status;
    assert_eq!(verify(&key), 200);
    world.proxy.set_delay(Duration::from_secs(2));
    // Far beyond the end of its lease.
    let (begun, unknown) = (Instant::now(), format!("cocore-{}", "A".repeat(43)));
    while begun.elapsed() < Duration::from_secs(12) {
        let (active, unknown) = (verify(&key), verify(&unknown));
        assert!(matches!(active, 200 | 503), "{active}");
        assert!(matches!(unknown, 401 | 503), "{unknown}");
        world.there.get("/livez").send().expect(200);
    }
    // The other server keeps working.
    let created = world.here.create_key(&key, &json!({ "name": "n" }));
    world.proxy.set_delay(Duration::ZERO);
    let begun = Instant::now();
    while verify(created["secret"].as_str().unwrap()) != 200 {
        assert!(
            begun.elapsed() < Duration::from_secs(60),
            "the server does not recover"
        );
    }
}

/// Row 30 of the list of attacks: a database that is down when the server starts.
#[test]
fn a_database_that_is_down_at_the_start_is_a_503_until_it_is_up() {
    let Some(cluster) = or_skip(Cluster::new(&["fsync=off"])) else {
        return;
    };
    let url = cluster.database();
    cluster.kill();
    let server = Server::on(&url);
    let unknown = format!("cocore-{}", "A".repeat(43));
    let ask = || server.get("/auth/verify").key(&unknown).send();
    ask().expect_error(503, "ServiceUnavailable");
    server.get("/livez").send().expect(200);
    let body = server.get("/readyz").send().expect(503);
    for part in ["checks", "changes", "lease"] {
        assert_eq!(body[part]["ok"], false, "{body}");
    }
    cluster.start();
    let begun = Instant::now();
    while ask().status != 401 {
        assert!(
            begun.elapsed() < Duration::from_secs(30),
            "the server does not recover"
        );
    }
    server.await_status("/readyz", 200);
    let key = server.first_key(ALICE);
    assert!(server.accepts(&key));
}

/// Row 49 of the list of attacks. A load that gets no answer is given up, and repeated.
#[test]
fn a_load_of_all_keys_does_not_hang_for_ever() {
    let Some(world) = World::new(&["fsync=off"]) else {
        return;
    };
    let key = world.here.first_key(ALICE);
    world.proxy.hold_load();
    let server = Server::on(&world.proxy.url(&world.database));
    assert!(world.proxy.has_held_load() && server.accepts(&key));
    let begun = Instant::now();
    while !server.printed().contains("checked in memory") {
        assert!(
            begun.elapsed() < Duration::from_secs(90),
            "the server does not load the keys again"
        );
        thread::sleep(CALM / 10);
    }
}

/// No change waits for a server that was stopped in order; one change waits for a server that was killed.
#[test]
fn no_change_waits_for_a_server_that_has_left() {
    let Some(world) = World::new(&["fsync=off"]) else {
        return;
    };
    let World {
        here,
        there,
        cluster,
        database,
        ..
    } = world;
    let key = here.first_key(ALICE);
    assert!(there.accepts(&key));
    let rows = || cluster.query(&database, "SELECT count(*) FROM lease_servers");
    let settles = |expected: &str| {
        let begun = Instant::now();
        while rows() != expected {
            assert!(begun.elapsed() < Duration::from_secs(10), "{} rows", rows());
        }
    };
    settles("2");
    there.stop();
    settles("1");
    let third = Server::on(&cluster.url(&database));
    assert!(third.accepts(&key));
    third.signal("KILL");
    drop(third);
    // Its lease expires, and its row is removed.
    here.create_key(&key, &json!({ "name": "n" }));
    settles("1");
}

/// The second revocation of a key is not answered before every server knows of the first. The other server is
/// stopped here, so that neither has been answered.
#[test]
fn no_revocation_is_answered_before_all_servers_know() {
    let Some(world) = World::new(&["fsync=off"]) else {
        return;
    };
    let (key, victim) = (world.here.first_key(ALICE), world.here.first_key(ALICE));
    assert!(world.there.accepts(&victim));
    let list = world.here.list(&victim);
    let id = list[0]["id"].as_str().unwrap();
    world.there.signal("STOP");
    let begun = Instant::now();
    thread::scope(|scope| {
        let end = || world.here.end("revokeApiKey", &key, id).expect(200);
        let ends: Vec<_> = (0..2).map(|_| scope.spawn(end)).collect();
        let ends: Vec<_> = ends.into_iter().map(|end| end.join().unwrap()).collect();
        // One of them revoked the key, and both waited for the rest of the other server's lease.
        assert!(ends.contains(&json!({ "revoked": true })), "{ends:?}");
        assert!(ends.contains(&json!({ "revoked": false })), "{ends:?}");
        assert!(begun.elapsed() > CALM, "{ends:?}");
    });
    world.there.signal("CONT");
    assert!(!world.there.accepts(&victim));
}

/// Row 34 of the list of attacks.
/// A change by the command line is effective on every server when it returns.
#[test]
fn the_command_line_coordinates_with_the_servers() {
    let Some(world) = World::new(&["fsync=off"]) else {
        return;
    };
    for _ in 0..20 {
        let secret = world.here.first_key(ALICE);
        assert!(world.there.accepts(&secret) && world.here.accepts(&secret));
        let list = world
            .here
            .command(&["key", "list", "--did", ALICE, "--json"]);
        let list: Value = serde_json::from_slice(&list.stdout).unwrap();
        let id = list["keys"][0]["id"].as_str().unwrap();
        let done = world.here.command(&["key", "revoke", "--did", ALICE, id]);
        assert!(done.status.success(), "{done:?}");
        assert!(!world.there.accepts(&secret) && !world.here.accepts(&secret));
    }
}

/// Row 1 of the list of attacks: neither valid keys nor a flood of unknown ones cause queries.
#[test]
fn a_key_is_checked_without_a_query() {
    let Some(world) = World::new(&["fsync=off"]) else {
        return;
    };
    let key = world.here.first_key(ALICE);
    assert!(world.there.accepts(&key));
    let queries = || {
        let counted = world.cluster.query(
            &world.database,
            "SELECT seq_scan + idx_scan FROM pg_stat_user_tables WHERE relname = 'keys'",
        );
        counted.parse::<u64>().unwrap()
    };
    // The statistics of a connection are up to a second late.
    let settled = |mut last: u64| {
        let mut since = Instant::now();
        while since.elapsed() < Duration::from_millis(1500) {
            let now = queries();
            if now != last {
                (last, since) = (now, Instant::now());
            }
        }
        last
    };
    // On a busy machine a server may renew its lease too late and look keys up for a moment, which it logs.
    let lapses = || {
        world
            .there
            .printed()
            .matches("looked up one by one")
            .count()
    };
    for _ in 0..10 {
        let (lapsed, before) = (lapses(), settled(queries()));
        let mut there = Connection::default();
        for number in 0..2000 {
            let unknown = format!("cocore-{number:042}A");
            for (key, expected) in [(&key, 200), (&unknown, 401)] {
                let call = world.there.get("/auth/verify").key(key);
                assert_eq!(there.send(&call).unwrap().status, expected);
            }
        }
        let after = settled(before);
        if lapses() == lapsed {
            return assert_eq!(after, before);
        }
    }
    panic!("the server always renews its lease too late");
}
