//! The agreement of several servers on one database, in a world in which all goes wrong that may go
//! wrong: words are lost, doubled and late, servers stand still, are cut off and die, the database
//! crashes and forgets what was not synced. Nothing is random but by its seed.
#![allow(clippy::unwrap_used)]

#[path = "lease/clock.rs"]
mod clock;
#[path = "lease/database.rs"]
mod database;
#[path = "lease/nowhere.rs"]
mod nowhere;
#[path = "lease/world.rs"]
mod world;

use std::time::Duration;

use cocore_keys::lease::Timing;
use world::{Faults, World};

fn seeds() -> u64 {
    match std::env::var("COCORE_MODEL_SEEDS") {
        Ok(text) => text.parse().unwrap(),
        Err(_) => 20,
    }
}

/// No request that is sent after an answer is decided by what was before it, whatever goes wrong; and
/// once nothing goes wrong any more, everyone answers from memory and everything is answered.
#[test]
fn no_request_is_decided_by_stale_knowledge() {
    let (mut from_memory, mut answered) = (0, 0);
    for seed in 0..seeds() {
        let mut world = World::new(seed, Timing::default(), Faults::ALL);
        world.run(Duration::from_secs(60));
        world.heal();
        world.run(Duration::from_secs(20));
        world.assert_well();
        assert_eq!(world.stale, [] as [String; 0], "seed {seed}");
        from_memory += world.from_memory;
        answered += world.answered.len();
    }
    // The world is not one in which nothing happens.
    assert!(from_memory > 200 * seeds(), "{from_memory}");
    assert!(answered as u64 > 100 * seeds(), "{answered}");
}

/// Without faults nobody waits for a lease to run out, and nobody asks the database.
#[test]
fn where_nothing_goes_wrong_a_change_takes_moments() {
    for seed in 0..seeds() / 4 {
        let mut world = World::new(seed, Timing::default(), Faults::NONE);
        world.run(Duration::from_secs(5));
        world.begin_to_measure();
        world.run(Duration::from_secs(20));
        assert!(
            world.longest_wait < Duration::from_millis(200),
            "seed {seed}: {:?}",
            world.longest_wait
        );
        assert_eq!(world.asked_the_database, 0, "seed {seed}");
        assert_eq!(world.stale, [] as [String; 0], "seed {seed}");
    }
}

/// The world finds out what is wrong: here, a margin that is smaller than the drift of the clocks.
#[test]
fn a_margin_below_the_drift_is_found_out() {
    let timing = Timing {
        margin: Duration::ZERO,
        ..Timing::default()
    };
    let is_found_out = |seed| {
        let mut world = World::new(seed, timing, Faults::ALL);
        world.run(Duration::from_secs(60));
        !world.stale.is_empty()
    };
    assert!((0..500).any(is_found_out));
}
