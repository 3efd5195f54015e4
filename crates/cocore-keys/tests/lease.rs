//! A model of the lease protocol: several servers on one database, in a simulation with faults.
//! Notifications are lost, doubled and late; servers are stopped, disconnected and killed; the database
//! crashes and loses what was not synced. Each run is determined by its seed.
#![allow(clippy::unwrap_used)]

#[path = "lease/clock.rs"]
mod clock;
#[path = "lease/database.rs"]
mod database;
#[path = "lease/no_store.rs"]
mod no_store;
#[path = "lease/simulation.rs"]
mod simulation;

use std::time::Duration;

use cocore_keys::lease::Timing;
use simulation::{Faults, Planted, Simulation};

fn seeds() -> u64 {
    match std::env::var("COCORE_MODEL_SEEDS") {
        Ok(text) => text.parse().unwrap(),
        Err(_) => 20,
    }
}

/// Rows 23, 24 and 31 of the list of attacks.
/// No request that is sent after an answer is decided by older data, whatever the faults. Once there are no
/// more faults, every server verifies keys in memory, and every change is answered.
#[test]
fn no_request_is_decided_by_stale_data() {
    let (mut from_memory, mut answered) = (0, 0);
    for seed in 0..seeds() {
        let mut simulation = Simulation::new(seed, Timing::default(), Faults::ALL);
        simulation.run(Duration::from_secs(60));
        simulation.heal();
        simulation.run(Duration::from_secs(20));
        simulation.assert_healthy();
        simulation.check_all();
        assert_eq!(simulation.stale.first(), None, "seed {seed}");
        from_memory += simulation.from_memory;
        answered += simulation.answered.len();
    }
    // The simulation does something.
    assert!(from_memory > 200 * seeds(), "{from_memory}");
    assert!(answered as u64 > 100 * seeds(), "{answered}");
}

/// Without faults no change waits for the end of a lease, and no key is looked up.
#[test]
fn without_faults_a_change_takes_milliseconds() {
    for seed in 0..seeds() / 4 {
        let mut simulation = Simulation::new(seed, Timing::default(), Faults::NONE);
        simulation.run(Duration::from_secs(5));
        simulation.start_measuring();
        simulation.run(Duration::from_secs(20));
        assert!(
            simulation.longest_wait < Duration::from_millis(200),
            "seed {seed}: {:?}",
            simulation.longest_wait
        );
        assert_eq!(simulation.asked_the_database, 0, "seed {seed}");
        assert_eq!(simulation.stale.first(), None, "seed {seed}");
    }
}

/// The simulation finds a fault of the protocol: here, a margin that is smaller than the drift of the clocks.
#[test]
fn a_margin_below_the_drift_is_found() {
    let timing = Timing {
        margin: Duration::ZERO,
        ..Timing::default()
    };
    let is_found = |seed| {
        let mut simulation = Simulation::new(seed, timing, Faults::ALL);
        simulation.run(Duration::from_secs(60));
        !simulation.stale.is_empty()
    };
    assert!((0..500).any(is_found));
}

/// The simulation finds faults of servers that take in changes.
#[test]
fn changes_that_are_not_taken_in_are_found() {
    for planted in [
        Planted::IgnoresStates,
        Planted::ReversesOwnChanges,
        Planted::SkipsEpochs,
    ] {
        let faults = Faults::ALL.with(planted);
        let is_found = |seed| {
            let mut simulation = Simulation::new(seed, Timing::default(), faults);
            simulation.run(Duration::from_secs(60));
            !simulation.stale.is_empty()
        };
        assert!((0..20).any(is_found), "{planted:?}");
    }
}
