//! PgBouncer in front of a test's cluster.

use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{fs, thread};

use tempfile::TempDir;

use super::postgres::{Cluster, as_user, chown_to_user};

/// A running pooler.
pub struct Pooler {
    child: Child,
    port: u16,
    _dir: TempDir,
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
        let file = dir.path().join("pgbouncer.ini");
        fs::write(&file, settings).unwrap();
        chown_to_user(dir.path());
        drop(free);
        let mut pooler = Command::new("pgbouncer");
        pooler.arg("--quiet").arg(&file).stderr(Stdio::null());
        let child = as_user(&mut pooler).spawn();
        let child = child.map_err(|_| "there is no PgBouncer here")?;
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(begun.elapsed() < Duration::from_secs(60), "no PgBouncer");
            thread::sleep(Duration::from_millis(20));
        }
        Ok(Self {
            child,
            port,
            _dir: dir,
        })
    }

    /// The URL of a database through the pooler.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://cocore@127.0.0.1:{}/{database}", self.port)
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
