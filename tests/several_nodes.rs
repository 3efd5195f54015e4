//! Two servers on one PostgreSQL: whatever goes wrong, no request that is sent after an answer is
//! decided by what was before it.

mod world;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::postgres::Cluster;
use crate::support::skip::skip;
use crate::support::{ALICE, Kept, Server};
use world::World;

/// How long everything works between two faults.
const CALM: Duration = Duration::from_millis(1500);

#[test]
fn a_change_on_one_server_holds_on_the_other_when_it_is_answered() {
    let Some(world) = World::new(&["fsync=off"]) else {
        return;
    };
    world.run(World::keys(1000), |_| {});
    let count = |of: &AtomicUsize| of.load(Ordering::Relaxed);
    let (unavailable, asked) = (count(&world.unavailable), count(&world.asked));
    // A machine that is busy enough may starve the database for longer than anybody waits.
    assert!(unavailable * 1000 <= asked, "{unavailable} of {asked}");
}

#[test]
fn also_when_the_connection_is_cut_on_which_the_other_is_heard() {
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

#[test]
fn also_when_that_connection_says_nothing_any_more() {
    let Some(world) = World::new(&["fsync=off"]) else {
        return;
    };
    world.run(World::keys(300), |world| {
        for _ in 0..2 {
            let begins = world.there.printed().matches("checked in memory").count();
            world.proxy.hold_listeners();
            // Until that connection is given up, and there is a new one.
            let begun = Instant::now();
            while world.there.printed().matches("checked in memory").count() == begins {
                assert!(
                    begun.elapsed() < Duration::from_secs(60),
                    "it does not heal"
                );
                thread::sleep(CALM / 10);
            }
        }
    });
}

#[test]
fn also_when_the_other_stands_still_past_its_lease() {
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
fn also_when_the_server_of_the_changes_stands_still() {
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

/// Attack 30: gone without a word: 503 and never 401, and it heals unaided.
#[test]
fn a_database_that_says_nothing_is_a_503_and_heals() {
    let Some(world) = World::new(&["fsync=off"]) else {
        return;
    };
    let key = world.here.first_key(ALICE);
    assert!(world.there.accepts(&key));
    world.proxy.be_silent(true);
    // For a while it answers from memory, then not at all.
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
    answer.refused(503, "ServiceUnavailable");
    assert!(answer.header("retry-after").is_some());
    world.there.get("/xrpc/_health").send().expect(503);
    world.there.get("/livez").send().expect(200);
    // The other one goes on: it waits for a lease once.
    world.here.mint(&key, &json!({ "name": "n" }));
    world.proxy.be_silent(false);
    let begun = Instant::now();
    while verify() != 200 {
        assert!(
            begun.elapsed() < Duration::from_secs(30),
            "it does not heal"
        );
    }
    world.there.get("/xrpc/_health").send().expect(200);
}

/// Down at the start, then there.
#[test]
fn a_database_that_is_down_at_the_start_is_a_503_and_heals() {
    let cluster = match Cluster::new(&["fsync=off"]) {
        Ok(cluster) => cluster,
        Err(why) => return skip(&why).unwrap_or_default(),
    };
    let url = cluster.database();
    cluster.kill();
    let server = Server::on(&url);
    let unknown = format!("cocore-{}", "A".repeat(43));
    let ask = || server.get("/auth/verify").key(&unknown).send();
    ask().refused(503, "ServiceUnavailable");
    server.get("/livez").send().expect(200);
    cluster.start();
    let begun = Instant::now();
    while ask().status != 401 {
        assert!(
            begun.elapsed() < Duration::from_secs(30),
            "it does not heal"
        );
    }
    let key = server.first_key(ALICE);
    assert!(server.accepts(&key));
}

/// A server that ends in order keeps nobody waiting; one that is killed does so once.
#[test]
fn nobody_waits_for_a_server_that_has_left() {
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
    let rows = || cluster.query(&database, "SELECT count(*) FROM key_servers");
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
    // Its lease runs out, and its row is removed.
    here.mint(&key, &json!({ "name": "n" }));
    settles("1");
}

/// Whoever ends a key that has ended is not told so before everybody knows: here the other server stands
/// still, so that nobody has been answered yet.
#[test]
fn nobody_is_told_of_an_end_before_all_know() {
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
        // One of them did it, and both waited for what is left of the other's lease.
        assert!(ends.contains(&json!({ "revoked": true })), "{ends:?}");
        assert!(ends.contains(&json!({ "revoked": false })), "{ends:?}");
        assert!(begun.elapsed() > CALM, "{ends:?}");
    });
    world.there.signal("CONT");
    assert!(!world.there.accepts(&victim));
}

/// What a command has changed holds on every server when it returns.
#[test]
fn the_command_line_is_one_more_that_agrees() {
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

/// Attack 1: neither good keys nor a flood of unknown ones cost the database anything.
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
            "SELECT seq_scan + idx_scan FROM pg_stat_user_tables WHERE relname = 'api_keys'",
        );
        counted.parse::<u64>().unwrap()
    };
    // The statistics of a connection come late: its own of a second ago are in.
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
    // On a busy machine a server may report too late, and look keys up for a moment: it says so.
    let lapses = || {
        world
            .there
            .printed()
            .matches("looked up one by one")
            .count()
    };
    for _ in 0..10 {
        let (lapsed, before) = (lapses(), settled(queries()));
        let mut there = Kept::default();
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
    panic!("its reports are always late");
}
