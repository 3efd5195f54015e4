//! Faults, injected into the servers and the database.

use std::time::Duration;

use rand::RngExt;

use super::{Event, MILLISECOND, SERVERS, Simulation};

impl Simulation {
    pub(super) fn fault(&mut self) {
        let Some(every) = self.faults.every else {
            return;
        };
        let again = every.mul_f64(self.random.random_range(0.1..2.0));
        self.after(again, Event::Fault);
        let index = self.random.random_range(0..SERVERS);
        let long = Duration::from_millis(self.random.random_range(1..5000));
        match self.random.random_range(0..10) {
            0..4 if !self.servers[index].stopped => {
                self.servers[index].stopped = true;
                self.after(long, Event::Resume(index));
            }
            // A statement on the old connection still arrives.
            4..7 => {
                let server = &mut self.servers[index];
                server.connection += 1;
                server.is_busy = false;
                server.node.disconnected();
                self.schedule_step(index, self.time() + 20 * MILLISECOND);
            }
            7 | 8 => {
                self.database.crash();
                for server in &mut self.servers {
                    server.connection += 1;
                    server.is_busy = false;
                    server.node.disconnected();
                }
                for index in 0..SERVERS {
                    self.schedule_step(index, self.time() + 20 * MILLISECOND);
                }
                self.after(long / 4, Event::Up);
            }
            9 => {
                let incarnation = self.servers[index].incarnation + 1;
                let connection = self.servers[index].connection + 1;
                let stopped = self.servers[index].stopped;
                let held = std::mem::take(&mut self.servers[index].held);
                self.servers[index] = self.server(incarnation);
                self.servers[index].connection = connection;
                self.servers[index].stopped = stopped;
                self.servers[index].held = held;
                self.wake(index);
            }
            _ => {}
        }
    }
}
