//! PgBouncer in front of a test's cluster.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use super::postgres::{Cluster, as_user, chown_to_user};
use super::wait_until;

/// The file of its settings.
const SETTINGS: &str = "pgbouncer.ini";

/// A running pooler.
pub struct Pooler {
    child: Child,
    port: u16,
    dir: TempDir,
}

impl Pooler {
    /// A pooler that assigns a session of the cluster to each of its clients' sessions (`session`) or to each of
    /// their transactions (`transaction`).
    ///
    /// # Errors
    /// Why it cannot run.
    pub fn new(cluster: &Cluster, mode: &str) -> Result<Self, &'static str> {
        let dir = TempDir::with_prefix("cocore-pooler-").unwrap();
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        let (socket, own) = (cluster.socket(), dir.path().display());
        let host = socket.parent().unwrap().display();
        let settings = format!(
            "[databases]\n* = host={host} user=cocore\n[pgbouncer]\nlisten_addr = 127.0.0.1\n\
            listen_port = {port}\nunix_socket_dir =\nauth_type = any\npool_mode = {mode}\n\
            logfile = {own}/log\npidfile = {own}/pid\n"
        );
        let file = dir.path().join(SETTINGS);
        fs::write(&file, settings).unwrap();
        chown_to_user(dir.path());
        drop(free);
        let child = start(&file, port).ok_or("there is no PgBouncer here")?;
        Ok(Self { child, port, dir })
    }

    /// Ends it, and with it all of its connections.
    pub fn stop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Starts it again.
    pub fn start(&mut self) {
        self.child = start(&self.dir.path().join(SETTINGS), self.port).unwrap();
    }

    /// The URL of a database through the pooler.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://cocore@127.0.0.1:{}/{database}", self.port)
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Starts a pooler, and waits until it listens. `None` if there is none on this machine.
fn start(settings: &Path, port: u16) -> Option<Child> {
    let mut pooler = Command::new("pgbouncer");
    pooler.arg("--quiet").arg(settings).stderr(Stdio::null());
    let child = as_user(&mut pooler).spawn().ok()?;
    wait_until("no PgBouncer", || {
        TcpStream::connect(("127.0.0.1", port)).is_ok()
    });
    Some(child)
}
