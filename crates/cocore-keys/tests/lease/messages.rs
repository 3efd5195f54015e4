//! Messages between the servers and the database.

use cocore_keys::lease::{PeerRow, Step};
use cocore_keys::{Change, Clock};
use rand::RngExt;

use super::faults::Planted;
use super::{Answer, Event, MILLISECOND, SERVERS, Simulation, Statement};

impl Simulation {
    /// Does what the thread of a server does that has its node.
    pub(super) fn step(&mut self, index: usize) {
        self.settle(index);
        let server = &mut self.servers[index];
        if server.is_busy {
            return;
        }
        for (epoch, mut changes, at) in std::mem::take(&mut server.committed) {
            if self.faults.planted == Some(Planted::ReversesOwnChanges) {
                changes.reverse();
            }
            if changes.is_empty() {
                server.node.observed(epoch, at);
            } else {
                server.node.committed(epoch, changes, at);
            }
        }
        let now_shown = server.clock.steady();
        let (connection, incarnation) = (server.connection, server.incarnation);
        let sent = match server.node.next(now_shown) {
            Step::Wait(until) => {
                let until = server.clock.real(until).max(self.time() + MILLISECOND / 10);
                return self.schedule_step(index, until);
            }
            Step::Load(writer) => {
                self.servers[index].loading = Some(writer);
                // A load does not delay other steps.
                let delay = self.delay();
                self.after(delay, Event::Arrive(index, incarnation, Statement::Load));
                return self.wake(index);
            }
            Step::CatchUp { after } => Statement::CatchUp(after),
            Step::Register {
                acknowledged,
                heartbeat,
            } => Statement::Register(PeerRow {
                id: self.random.random(),
                heartbeat,
                acknowledged,
            }),
            Step::Report(report) => Statement::Report(report, now_shown),
            Step::Remove(rows) => Statement::Remove(rows),
        };
        let server = &mut self.servers[index];
        match &sent {
            Statement::Register(row) => server.acknowledged = row.acknowledged,
            Statement::Report(Some(report), _) => server.acknowledged = report.acknowledged,
            _ => {}
        }
        server.is_busy = true;
        let delay = self.delay();
        self.after(delay, Event::Arrive(index, connection, sent));
    }

    /// Executes a statement in the database.
    pub(super) fn arrive(&mut self, index: usize, connection: u64, sent: Statement) {
        if !self.database.is_up {
            return match sent {
                Statement::Load => {
                    let server = &mut self.servers[index];
                    if let Some(writer) =
                        server.loading.take_if(|_| server.incarnation == connection)
                    {
                        server.node.load_failed(writer);
                    }
                }
                _ => self.answer(index, connection, Answer::Failed),
            };
        }
        let answer = match sent {
            Statement::Load => {
                let (epoch, keys) = self.database.load(self.servers[index].clock.now());
                let delay = 20 * self.delay().min(100 * MILLISECOND);
                return self.after(delay, Event::Loaded(index, connection, epoch, keys));
            }
            Statement::CatchUp(after) => Answer::CatchUp(self.read_changes(after)),
            Statement::Register(row) => {
                self.database.register(row);
                Answer::Register(row)
            }
            Statement::Report(Some(report), sent) => {
                let seen = self.database.snapshot();
                let delay = self.delay();
                return self.after(delay, Event::Finish(index, connection, report, sent, seen));
            }
            Statement::Report(None, sent) => Answer::Report(None, self.database.snapshot(), sent),
            Statement::Remove(rows) => {
                self.database.remove(&rows);
                Answer::Remove(rows)
            }
        };
        self.answer(index, connection, answer);
    }

    /// Returns the first changes after an epoch.
    fn read_changes(&self, after: u64) -> Vec<(u64, Vec<Change>)> {
        let mut epochs = self.database.changes(after, 3);
        for (epoch, changes) in &mut epochs {
            match self.faults.planted {
                Some(Planted::IgnoresStates) => {
                    changes.retain(|change| matches!(change, Change::Removed(_)));
                }
                Some(Planted::SkipsEpochs) if *epoch % 7 == 0 => changes.clear(),
                _ => {}
            }
        }
        epochs
    }

    pub(super) fn answer(&mut self, index: usize, connection: u64, answer: Answer) {
        let delay = self.delay();
        self.after(delay, Event::Answer(index, connection, answer));
    }

    /// Reports the answer to a statement to a server.
    pub(super) fn answered(&mut self, index: usize, connection: u64, answer: Answer) {
        let server = &mut self.servers[index];
        if connection != server.connection {
            return;
        }
        let now_shown = server.clock.steady();
        server.is_busy = false;
        match answer {
            Answer::CatchUp(epochs) => server.node.caught_up(epochs),
            Answer::Register(row) => server.node.registered(row.id),
            Answer::Report(report, reply, sent) => {
                server.node.reported(report, &reply, sent, now_shown)
            }
            Answer::Remove(rows) => server.node.removed(&rows),
            Answer::Failed => {
                server.node.disconnected();
                server.connection += 1;
                return self.schedule_step(index, self.time() + 20 * MILLISECOND);
            }
        }
        self.wake(index);
    }

    /// Notifies the other servers, unless the notification is lost; sometimes twice.
    pub(super) fn notify_peers(&mut self, from: usize, is_change: bool) {
        for index in (0..SERVERS).filter(|index| *index != from) {
            let lost = self.random.random_range(0..100) < self.faults.lost;
            let times = if lost {
                0
            } else {
                self.random.random_range(1..=2)
            };
            for _ in 0..times {
                let delay = self.delay();
                self.after(delay, Event::Notification(index, is_change));
            }
        }
    }
}
