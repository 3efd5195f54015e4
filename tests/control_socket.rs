//! The control socket, by which the command line reaches a running server. The rows are those of the faults
//! and attacks that the server survives.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::support::skip::skip;
use crate::support::{ALICE, Place, Server, program_after, run};

fn socket(database_url: &str) -> PathBuf {
    let file = database_url.strip_prefix("sqlite:").unwrap();
    format!("{file}.sock").into()
}

/// A directory that other users can enter.
fn open_place() -> Place {
    let place = Place::sqlite();
    fs::set_permissions(place.dir.path(), Permissions::from_mode(0o755)).unwrap();
    place
}

/// Row 46 of the list of attacks. Whatever the umask, the socket never exists with a mode that lets another user
/// connect.
#[test]
fn row_46_the_socket_is_private_from_its_first_moment() {
    let place = open_place();
    let socket = socket(&place.url);
    let is_done = AtomicBool::new(false);
    let was_open = || {
        while !is_done.load(Ordering::Relaxed) {
            if fs::metadata(&socket).is_ok_and(|found| found.mode() & 0o077 != 0) {
                return true;
            }
        }
        false
    };
    thread::scope(|scope| {
        let watchers = [scope.spawn(was_open), scope.spawn(was_open)];
        for umask in ["000", "002"].iter().cycle().take(30) {
            let program = program_after(&format!("umask {umask}"));
            let server = Server::spawn(program, &place.url, &[]);
            assert!(socket.exists());
            drop(server);
            fs::remove_file(&socket).unwrap();
        }
        is_done.store(true, Ordering::Relaxed);
        for watcher in watchers {
            assert!(
                !watcher.join().unwrap(),
                "another user could have connected"
            );
        }
    });
}

/// Row 46 of the list of attacks. Even a socket that is open to everybody serves its owner and root alone.
#[test]
fn row_46_another_user_is_rejected() {
    let setpriv = ["--reuid=65534", "--regid=65534", "--clear-groups"];
    let other_user = || {
        let mut command = Command::new("setpriv");
        command.args(setpriv);
        command
    };
    let status = other_user().args(["curl", "--version"]).output();
    if !status.is_ok_and(|output| output.status.success()) {
        return skip("only root can act as another user, with setpriv and curl")
            .unwrap_or_default();
    }
    let place = open_place();
    let server = Server::on(&place.url);
    let socket = socket(&place.url);
    fs::set_permissions(&socket, Permissions::from_mode(0o666)).unwrap();
    let request = |mut command: Command| {
        let output = command
            .args(["-sS", "-d", r#"{"name":"stolen"}"#])
            .args(["-H", "content-type: application/json"])
            .args(["-H", &format!("x-cocore-account: {ALICE}")])
            .args(["-w", "%{http_code}", "--unix-socket"])
            .arg(&socket)
            .arg("http://localhost/xrpc/dev.cocore.account.createApiKey")
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let mut other = other_user();
    other.arg("curl");
    let rejected = request(other);
    assert!(rejected.ends_with("403"), "{rejected}");
    let accepted = request(Command::new("curl"));
    assert!(accepted.ends_with("200"), "{accepted}");
    assert!(
        server
            .stop()
            .contains("another user called the control socket")
    );
}

/// Row 47 of the list of attacks.
#[test]
fn row_47_a_removed_socket_is_created_again() {
    let server = Server::on_sqlite();
    let socket = socket(&server.database_url);
    server.first_key(ALICE);
    fs::remove_file(&socket).unwrap();
    let removed = Instant::now();
    while !socket.exists() {
        assert!(
            removed.elapsed() < Duration::from_secs(2),
            "it is not created again"
        );
        thread::sleep(Duration::from_millis(10));
    }
    // A command that comes meanwhile waits for it.
    fs::remove_file(&socket).unwrap();
    assert!(server.accepts(&server.first_key(ALICE)));
}

#[test]
fn a_path_may_be_longer_than_a_socket_address() {
    let place = Place::sqlite();
    let dir = place.dir.path().join("d".repeat(150));
    fs::create_dir(&dir).unwrap();
    let server = Server::on(&format!("sqlite:{}/keys.sqlite", dir.display()));
    assert!(server.accepts(&server.first_key(ALICE)));
}

/// A server that is starting has locked its database, and has no socket yet.
#[test]
fn a_command_waits_for_a_server_that_is_starting() {
    let server = Server::on_sqlite();
    assert!(server.signal("STOP"));
    fs::remove_file(socket(&server.database_url)).unwrap();
    let create = ["key", "create", "--did", ALICE, "--name", "n"];
    let output = thread::scope(|scope| {
        let command = scope.spawn(|| server.command(&create));
        thread::sleep(Duration::from_secs(1));
        assert!(server.signal("CONT"));
        command.join().unwrap()
    });
    assert!(output.status.success(), "{output:?}");
    let explained = String::from_utf8(output.stderr).unwrap();
    let expected = format!(
        "waiting for another process that uses {}",
        server.database_url
    );
    assert_eq!(explained.matches(&expected).count(), 1, "{explained}");
    let secret = String::from_utf8(output.stdout).unwrap();
    assert!(server.accepts(secret.trim_end()));
}

#[test]
fn commands_without_a_server_wait_for_each_other() {
    let place = Place::sqlite();
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let create = ["key", "create", "--did", ALICE, "--name", "n"];
                let output = run(&create, &[("COCORE_DATABASE_URL", &place.url)]);
                assert!(output.status.success(), "{output:?}");
            });
        }
    });
}
