//! A proxy in front of PostgreSQL, which can cut connections and stop forwarding.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// A proxy. It forwards for as long as this process runs.
pub struct Proxy {
    address: String,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    connections: Mutex<Vec<Arc<Connection>>>,
    /// Whether it forwards nothing, and closes nothing.
    is_silent: Mutex<bool>,
    /// Whether it stops forwarding on the next connection that loads all keys.
    holds_load: Mutex<bool>,
    /// How late it forwards.
    delay: Mutex<Duration>,
}

struct Connection {
    client: TcpStream,
    server: UnixStream,
    /// Whether it receives notifications.
    listens: Mutex<bool>,
    /// Whether forwarding has stopped.
    is_held: Mutex<bool>,
}

/// A process of the database may wait until the proxy takes what it sends, and would not stop.
impl Drop for Proxy {
    fn drop(&mut self) {
        self.each(Connection::cut);
    }
}

impl Connection {
    fn cut(&self) {
        let _ = self.client.shutdown(Shutdown::Both);
        let _ = self.server.shutdown(Shutdown::Both);
    }
}

impl Proxy {
    pub fn new(socket: &Path) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let state = Arc::new(State::default());
        let (forwarder, socket) = (state.clone(), socket.to_owned());
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let _ = forward(client, &socket, &forwarder);
            }
        });
        Self { address, state }
    }

    /// The URL of a database through the proxy.
    pub fn url(&self, database: &str) -> String {
        format!(
            "postgres://cocore@{}/{database}?sslmode=disable",
            self.address
        )
    }

    /// Cuts the connections that receive notifications.
    pub fn cut_listeners(&self) {
        self.each(|connection| {
            if *connection.listens.lock().unwrap() {
                connection.cut();
            }
        });
    }

    /// Stops forwarding on those connections without closing them.
    pub fn hold_listeners(&self) {
        self.each(|connection| {
            if *connection.listens.lock().unwrap() {
                *connection.is_held.lock().unwrap() = true;
            }
        });
    }

    /// Stops or resumes forwarding on all connections.
    pub fn set_silent(&self, is_silent: bool) {
        *self.state.is_silent.lock().unwrap() = is_silent;
    }

    /// Stops forwarding on the next connection that loads all keys.
    pub fn hold_load(&self) {
        *self.state.holds_load.lock().unwrap() = true;
    }

    /// Whether there was such a connection.
    pub fn has_held_load(&self) -> bool {
        !*self.state.holds_load.lock().unwrap()
    }

    /// Forwards half of this later in each direction.
    pub fn set_delay(&self, delay: Duration) {
        *self.state.delay.lock().unwrap() = delay;
    }

    fn each(&self, act: impl Fn(&Connection)) {
        let connections = self.state.connections.lock().unwrap();
        connections.iter().for_each(|connection| act(connection));
    }
}

fn forward(client: TcpStream, socket: &PathBuf, state: &Arc<State>) -> std::io::Result<()> {
    let server = UnixStream::connect(socket)?;
    let connection = Arc::new(Connection {
        client,
        server,
        listens: Mutex::new(false),
        is_held: Mutex::new(false),
    });
    state.connections.lock().unwrap().push(connection.clone());
    let (from, to) = (
        connection.client.try_clone()?,
        connection.server.try_clone()?,
    );
    let (there, state_there) = (connection.clone(), state.clone());
    thread::spawn(move || copy(from, to, &there, &state_there));
    let (from, to) = (
        connection.server.try_clone()?,
        connection.client.try_clone()?,
    );
    let state = state.clone();
    thread::spawn(move || copy(from, to, &connection, &state));
    Ok(())
}

fn copy(mut from: impl Read, mut to: impl Write, connection: &Connection, state: &State) {
    let mut bytes = [0; 16 * 1024];
    while let Ok(read @ 1..) = from.read(&mut bytes) {
        let part = &bytes[..read];
        if part.windows(6).any(|word| word == b"LISTEN") {
            *connection.listens.lock().unwrap() = true;
        }
        let is_load = part.windows(9).any(|word| word == b"READ ONLY");
        if is_load && std::mem::take(&mut *state.holds_load.lock().unwrap()) {
            *connection.is_held.lock().unwrap() = true;
        }
        let delay = *state.delay.lock().unwrap();
        thread::sleep(delay / 2);
        while *connection.is_held.lock().unwrap() || *state.is_silent.lock().unwrap() {
            thread::sleep(Duration::from_millis(5));
        }
        if to.write_all(part).is_err() {
            break;
        }
    }
    let _ = connection.client.shutdown(Shutdown::Both);
    let _ = connection.server.shutdown(Shutdown::Both);
}
