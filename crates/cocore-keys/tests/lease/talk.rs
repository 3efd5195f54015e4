//! What is said between the servers and the database.

use cocore_keys::Clock;
use cocore_keys::lease::{PeerRow, Step};
use rand::RngExt;

use super::{Answer, Event, MILLI, SERVERS, Sent, World};

impl World {
    /// What the thread of a server does that keeps its set.
    pub(super) fn turn(&mut self, place: usize) {
        self.settle(place);
        let server = &mut self.servers[place];
        if server.is_busy {
            return;
        }
        for (epoch, changes, at) in std::mem::take(&mut server.inbox) {
            match changes.is_empty() {
                true => server.node.observed(epoch, at),
                false => server.node.committed(epoch, changes, at),
            }
        }
        let shown = server.clock.steady();
        let (connection, life) = (server.connection, server.life);
        let sent = match server.node.next(shown) {
            Step::Wait(until) => {
                let until = server.clock.real(until).max(self.time() + MILLI / 10);
                return self.turn_at(place, until);
            }
            Step::Load(writer) => {
                self.servers[place].loading = Some(writer);
                // Read beside everything else.
                let delay = self.delay();
                self.after(delay, Event::Begin(place, life, Sent::Load));
                return self.wake(place);
            }
            Step::CatchUp { after } => Sent::CatchUp(after),
            Step::Register {
                acknowledged,
                heartbeat,
            } => Sent::Register(PeerRow {
                id: self.random.random(),
                heartbeat,
                acknowledged,
            }),
            Step::Report(report) => Sent::Report(report, shown),
            Step::Remove(rows) => Sent::Remove(rows),
        };
        self.servers[place].is_busy = true;
        let delay = self.delay();
        self.after(delay, Event::Begin(place, connection, sent));
    }

    /// What the database does with a statement.
    pub(super) fn begin(&mut self, place: usize, connection: u64, sent: Sent) {
        if !self.database.is_up {
            return match sent {
                Sent::Load => {
                    let server = &mut self.servers[place];
                    if let Some(writer) = server.loading.take_if(|_| server.life == connection) {
                        server.node.load_failed(writer);
                    }
                }
                _ => self.answer(place, connection, Answer::Failed),
            };
        }
        let answer = match sent {
            Sent::Load => {
                let (epoch, keys) = self.database.load();
                let delay = 20 * self.delay().min(100 * MILLI);
                return self.after(delay, Event::Loaded(place, connection, epoch, keys));
            }
            Sent::CatchUp(after) => Answer::CatchUp(self.database.changes(after, 3)),
            Sent::Register(row) => {
                self.database.register(row);
                Answer::Register(row)
            }
            Sent::Report(Some(report), sent) => {
                let seen = self.database.snapshot();
                let delay = self.delay();
                return self.after(delay, Event::Finish(place, connection, report, sent, seen));
            }
            Sent::Report(None, sent) => Answer::Report(None, self.database.snapshot(), sent),
            Sent::Remove(rows) => {
                self.database.remove(&rows);
                Answer::Remove(rows)
            }
        };
        self.answer(place, connection, answer);
    }

    pub(super) fn answer(&mut self, place: usize, connection: u64, answer: Answer) {
        let delay = self.delay();
        self.after(delay, Event::Answer(place, connection, answer));
    }

    /// A server hears how a step ended.
    pub(super) fn hear(&mut self, place: usize, connection: u64, answer: Answer) {
        let server = &mut self.servers[place];
        if connection != server.connection {
            return;
        }
        let shown = server.clock.steady();
        server.is_busy = false;
        match answer {
            Answer::CatchUp(epochs) => server.node.caught_up(epochs),
            Answer::Register(row) => server.node.registered(row.id),
            Answer::Report(report, reply, sent) => {
                server.node.reported(report, &reply, sent, shown)
            }
            Answer::Remove(rows) => server.node.removed(&rows),
            Answer::Failed => {
                server.node.disconnected();
                server.connection += 1;
                return self.turn_at(place, self.time() + 20 * MILLI);
            }
        }
        self.wake(place);
    }

    /// Tells the others, or does not.
    pub(super) fn tell(&mut self, from: usize, is_change: bool) {
        for place in (0..SERVERS).filter(|place| *place != from) {
            let lost = self.random.random_range(0..100) < self.faults.lost;
            let times = if lost {
                0
            } else {
                self.random.random_range(1..=2)
            };
            for _ in 0..times {
                let delay = self.delay();
                self.after(delay, Event::Word(place, is_change));
            }
        }
    }
}
