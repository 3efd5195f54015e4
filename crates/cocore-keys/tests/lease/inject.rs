//! Faults, injected into the servers and the database.

use std::time::Duration;

use rand::RngExt;

use super::{Event, MILLI, SERVERS, World};

impl World {
    pub(super) fn fault(&mut self) {
        let Some(every) = self.faults.every else {
            return;
        };
        let again = every.mul_f64(self.random.random_range(0.1..2.0));
        self.after(again, Event::Fault);
        let place = self.random.random_range(0..SERVERS);
        let long = Duration::from_millis(self.random.random_range(1..5000));
        match self.random.random_range(0..10) {
            0..4 if !self.servers[place].stopped => {
                self.servers[place].stopped = true;
                self.after(long, Event::GoOn(place));
            }
            // What is on its way on the old connection still gets there.
            4..7 => {
                let server = &mut self.servers[place];
                server.connection += 1;
                server.is_busy = false;
                server.node.disconnected();
                self.turn_at(place, self.time() + 20 * MILLI);
            }
            7 | 8 => {
                self.database.crash();
                for server in &mut self.servers {
                    server.connection += 1;
                    server.is_busy = false;
                    server.node.disconnected();
                }
                for place in 0..SERVERS {
                    self.turn_at(place, self.time() + 20 * MILLI);
                }
                self.after(long / 4, Event::Up);
            }
            9 => {
                let life = self.servers[place].life + 1;
                let connection = self.servers[place].connection + 1;
                let stopped = self.servers[place].stopped;
                let held = std::mem::take(&mut self.servers[place].held);
                self.servers[place] = self.server(life);
                self.servers[place].connection = connection;
                self.servers[place].stopped = stopped;
                self.servers[place].held = held;
                self.wake(place);
            }
            _ => {}
        }
    }
}
