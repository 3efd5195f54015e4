//! A server that runs while a step asks it something.

use std::io::Read;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::failure::Failure;
use crate::process::{cargo, output, shown};

/// How long a server may take to build and start.
const TIMEOUT: Duration = Duration::from_secs(20 * 60);

pub(super) struct Server {
    child: Child,
}

impl Server {
    /// Starts a command, and waits until something listens at the address.
    pub(super) fn start(command: &mut Command, address: SocketAddr) -> Result<Self, Failure> {
        if TcpStream::connect(address).is_ok() {
            return Err(format!(
                "something listens on {address} already: end it first"
            ));
        }
        let child = command
            .spawn()
            .map_err(|error| format!("{}: {error}", shown(command)))?;
        let mut server = Self { child };
        let start = Instant::now();
        while start.elapsed() < TIMEOUT {
            if TcpStream::connect(address).is_ok() {
                return Ok(server);
            }
            if let Ok(Some(status)) = server.child.try_wait() {
                return Err(format!("{} exited: {status}", shown(command)));
            }
            sleep(Duration::from_millis(100));
        }
        Err(format!("nothing listens on {address}"))
    }
}

impl Drop for Server {
    /// Ends it as an operator would, so that `cargo run` ends its program too.
    fn drop(&mut self) {
        let id = self.child.id().to_string();
        let asked = Command::new("pkill").args(["-TERM", "-P", &id]).status();
        let asked = asked.is_ok_and(|status| status.success());
        if !asked {
            let _ = Command::new("kill").args(["-TERM", &id]).status();
        }
        let _ = self.child.wait();
    }
}

/// This project's server on a database of its own, with a key.
pub(super) struct KeyServer {
    pub(super) url: String,
    /// An active key.
    pub(super) key: String,
    program: PathBuf,
    database: String,
    _server: Server,
}

impl KeyServer {
    /// Builds and starts it. Its database is in `dir`.
    pub(super) fn start(root: &Path, dir: &Path) -> Result<Self, Failure> {
        Self::start_with(root, dir, &[])
    }

    /// Builds and starts it with variables of its environment. Its database is in `dir`.
    pub(super) fn start_with(
        root: &Path,
        dir: &Path,
        variables: &[(&str, &str)],
    ) -> Result<Self, Failure> {
        cargo(root, &["build", "--package", "cocore-server"])?;
        let program = root.join("target/debug/cocore-server");
        let address = free_address()?;
        let database = format!("sqlite:{}", dir.join("keys.sqlite").display());
        let key = create_key(&program, &database, &["--name", "ci"])?;
        let listen = address.to_string();
        let mut serve = Command::new(&program);
        serve.args(["serve", "--log", "warn", "--listen", &listen]);
        serve
            .env("COCORE_DATABASE_URL", &database)
            .envs(variables.iter().copied());
        Ok(Self {
            url: format!("http://{address}"),
            key,
            program,
            database,
            _server: Server::start(&mut serve, address)?,
        })
    }

    /// Creates a further key, with options of `key create`.
    pub(super) fn create_key(&self, options: &[&str]) -> Result<String, Failure> {
        create_key(&self.program, &self.database, options)
    }
}

fn create_key(program: &Path, database: &str, options: &[&str]) -> Result<String, Failure> {
    let mut create = Command::new(program);
    create.args(["key", "create", "--did", "did:web:localhost"]);
    output(create.args(options).env("COCORE_DATABASE_URL", database))
}

/// A loopback address at which nothing listens.
pub(super) fn free_address() -> Result<SocketAddr, Failure> {
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
    let address = free.and_then(|socket| socket.local_addr());
    address.map_err(|error| error.to_string())
}

/// What `curl` prints for a call: the status, then the body.
pub(super) fn curl(arguments: &[&str]) -> Result<String, Failure> {
    let mut child = Command::new("curl")
        .args(["--silent", "--show-error", "--write-out", "\n%{http_code}"])
        .args(arguments)
        .stdout(std::process::Stdio::piped())
        .spawn()
        .map_err(|error| format!("curl: {error}"))?;
    let mut printed = String::new();
    if let Some(stdout) = &mut child.stdout {
        stdout
            .read_to_string(&mut printed)
            .map_err(|error| format!("curl: {error}"))?;
    }
    child.wait().map_err(|error| format!("curl: {error}"))?;
    let (body, status) = printed.rsplit_once('\n').unwrap_or(("", &printed));
    Ok(format!("{status} {body}"))
}
