//! How far several servers on one database go: the lease protocol itself (`cocore_keys::lease`), with a simulated
//! database, network and clock. `docs/scaling.md` has the figures and what follows from them.

mod database;
mod event;
mod simulation;

use std::time::Duration;

use simulation::{Simulation, Situation};

/// How long each simulation runs, after the servers have started.
const MEASURED: Duration = Duration::from_secs(60);

/// Prints a line for each number of servers, distance and situation.
pub(crate) fn measure() {
    println!(
        "servers | round trip | situation | revokes/s | answer in ms: median / p99 / longest | keys looked up, % | \
         statements/s | rows read/s | notifications/s | cores of the database"
    );
    for servers in [3, 30, 100] {
        for round_trip in [1, 20, 80].map(Duration::from_millis) {
            for (situation, rate) in [
                (Situation::Well, 1.0),
                (Situation::Well, 10.0),
                (Situation::OneSlow, 1.0),
                (Situation::OneLost, 1.0),
            ] {
                line(servers, round_trip, situation, rate);
            }
        }
    }
}

fn line(servers: usize, round_trip: Duration, situation: Situation, rate: f64) {
    let mut simulation = Simulation::new(servers, round_trip, situation, rate);
    let outcome = simulation.run(MEASURED);
    let mut answers = outcome.answers;
    answers.sort_unstable();
    let at = |percent: usize| {
        let index = (answers.len() * percent / 100).min(answers.len().saturating_sub(1));
        answers
            .get(index)
            .map_or(f64::NAN, |time| time.as_secs_f64() * 1e3)
    };
    let (half, most, all) = (at(50), at(99), at(100));
    let seconds = MEASURED.as_secs_f64();
    let database = outcome.database;
    println!(
        "{servers} | {} ms | {situation} | {rate} | {half:.1} / {most:.1} / {all:.1} | {:.2} | {:.0} | {:.0} | {:.0} | {:.2}",
        round_trip.as_millis(),
        outcome.looked_up * 100.0,
        database.statements as f64 / seconds,
        database.rows as f64 / seconds,
        database.notifications as f64 / seconds,
        database.busy.as_secs_f64() / seconds,
    );
}
