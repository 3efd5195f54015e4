//! The service of systemd: its unit, its readiness, its watchdog.

use std::fs;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::support::skip::or_skip;
use crate::support::{ALICE, ENCRYPTION_KEY, Place, Server, program, wait};

/// The socket of a service manager.
struct Manager {
    socket: UnixDatagram,
    dir: TempDir,
}

impl Manager {
    fn new() -> Self {
        let dir = TempDir::new().unwrap();
        let socket = UnixDatagram::bind(dir.path().join("notify")).unwrap();
        Self { socket, dir }
    }

    /// A program that this manager starts.
    fn program(&self, watchdog: Option<Duration>) -> Command {
        let mut program = program();
        program.env("NOTIFY_SOCKET", self.dir.path().join("notify"));
        if let Some(timeout) = watchdog {
            program.env("WATCHDOG_USEC", timeout.as_micros().to_string());
        }
        program
    }

    /// The next message, unless none arrives within this time.
    fn next(&self, timeout: Duration) -> Option<String> {
        self.socket.set_read_timeout(Some(timeout)).unwrap();
        let mut message = [0; 1024];
        let length = self.socket.recv(&mut message).ok()?;
        Some(
            String::from_utf8(message[..length].to_vec())
                .unwrap()
                .trim()
                .to_owned(),
        )
    }
}

/// Longer than a busy machine takes.
const TIMEOUT: Duration = Duration::from_secs(30);

#[test]
fn readiness_and_the_stop_are_reported() {
    let manager = Manager::new();
    let place = Place::new();
    let server = Server::spawn(manager.program(None), &place.url, &[]);
    assert_eq!(manager.next(TIMEOUT).as_deref(), Some("READY=1"));
    server.get("/livez").send().expect(200);
    server.first_key(ALICE);
    server.stop();
    assert_eq!(manager.next(TIMEOUT).as_deref(), Some("STOPPING=1"));
    assert_eq!(manager.next(Duration::from_millis(10)), None);
}

/// A server whose database is missing serves: it answers with 503.
#[test]
fn the_watchdog_is_fed_while_the_server_makes_progress() {
    let manager = Manager::new();
    let dir = TempDir::new().unwrap();
    let url = format!(
        "sqlite:{}",
        dir.path().join("missing/keys.sqlite").display()
    );
    let timeout = Duration::from_secs(2);
    let server = Server::spawn(manager.program(Some(timeout)), &url, &[]);
    assert_eq!(manager.next(TIMEOUT).as_deref(), Some("READY=1"));
    for _ in 0..6 {
        assert_eq!(manager.next(TIMEOUT).as_deref(), Some("WATCHDOG=1"));
    }
    // A process that is stopped makes no progress.
    assert!(server.signal("STOP"));
    while manager.next(Duration::from_millis(50)).is_some() {}
    let begun = Instant::now();
    assert_eq!(manager.next(timeout), None);
    assert!(begun.elapsed() >= timeout);
    assert!(server.signal("CONT"));
    assert_eq!(manager.next(TIMEOUT).as_deref(), Some("WATCHDOG=1"));
}

/// A credential of the service is protected by systemd, whatever its mode looks like.
#[test]
fn the_encryption_key_may_be_a_credential() {
    let dir = TempDir::new().unwrap();
    let file = dir.path().join("encryption-key");
    fs::write(&file, ENCRYPTION_KEY).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o440)).unwrap();
    let place = Place::sqlite();
    let mut rejected = program();
    rejected.args([
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--database-url",
        &place.url,
    ]);
    rejected
        .env("COCORE_ENCRYPTION_KEY_FILE", &file)
        .stderr(Stdio::piped());
    let mut child = rejected.spawn().unwrap();
    let ended = wait(&mut child, TIMEOUT);
    child.kill().unwrap();
    assert!(ended.is_some_and(|status| !status.success()), "{ended:?}");
    let mut printed = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut printed)
        .unwrap();
    assert!(printed.contains("expected mode 0600"), "{printed}");
    let mut program = program();
    program.env("CREDENTIALS_DIRECTORY", dir.path());
    program.env("COCORE_ENCRYPTION_KEY_FILE", &file);
    let server = Server::spawn(program, &place.url, &[]);
    server.get("/livez").send().expect(200);
}

/// The unit, for a program that is there.
#[test]
fn the_unit_is_valid_and_hardened() {
    let unit = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy/systemd"));
    let unit = fs::read_to_string(unit.join("cocore-server.service")).unwrap();
    assert!(unit.contains("\nType=notify\n") && unit.contains("\nWatchdogSec="));
    let is_there = Command::new("systemd-analyze").arg("--version").output();
    let is_there = is_there.map_err(|_| "systemd-analyze is not installed");
    if or_skip(is_there).is_none() {
        return;
    }
    let installed = "/usr/local/bin/cocore-server";
    assert!(unit.contains(&format!("ExecStart={installed} serve --config ")));
    let dir = TempDir::new().unwrap();
    let file = dir.path().join("cocore-server.service");
    fs::write(
        &file,
        unit.replace(installed, env!("CARGO_BIN_EXE_cocore-server")),
    )
    .unwrap();
    for arguments in [
        &["verify"][..],
        &["security", "--offline=true", "--threshold=15"],
    ] {
        let mut analyze = Command::new("systemd-analyze");
        let output = analyze.args(arguments).arg(&file).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        // It reports what it ignores, and succeeds.
        let printed = String::from_utf8_lossy(&output.stderr);
        assert!(!printed.contains("cocore-server.service:"), "{printed}");
    }
}
