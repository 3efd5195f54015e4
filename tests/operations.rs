//! What an operator relies on: health, an unavailable store, the log, orderly shutdown.

use std::fs;
#[cfg(target_os = "linux")]
use std::io::{Read, Write};
#[cfg(target_os = "linux")]
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
#[cfg(target_os = "linux")]
use std::thread;

use serde_json::json;
use tempfile::TempDir;

#[cfg(target_os = "linux")]
use crate::support::disk::{Disk, Word};
use crate::support::{ALICE, Place, Server, method};

#[test]
fn health_returns_the_version() {
    let server = Server::start();
    for path in ["/xrpc/_health", "/api/xrpc/_health", "/livez"] {
        let body = server.get(path).send().expect(200);
        assert_eq!(body, json!({ "version": env!("CARGO_PKG_VERSION") }));
    }
}

#[test]
fn a_missing_store_is_a_503_until_it_is_available() {
    let dir = TempDir::new().unwrap();
    let missing = dir.path().join("not-yet");
    let url = format!("sqlite:{}", missing.join("keys.sqlite").display());
    let server = Server::on(&url);
    let key = format!("cocore-{}", "A".repeat(43));
    for answer in [
        server.get("/xrpc/_health").send(),
        server.get(&method("listApiKeys")).key(&key).send(),
    ] {
        answer.expect_error(503, "ServiceUnavailable");
        assert!(answer.header("retry-after").is_some());
    }
    server.get("/livez").send().expect(200);
    // A malformed key is rejected without the store.
    server
        .get(&method("listApiKeys"))
        .key("cocore-x")
        .send()
        .expect(401);

    fs::create_dir(&missing).unwrap();
    server.await_status("/xrpc/_health", 200);
    server
        .get(&method("listApiKeys"))
        .key(&key)
        .send()
        .expect(401);
    let key = server.first_key(ALICE);
    assert!(server.accepts(&key));
}

#[test]
fn only_the_owner_can_read_the_database() {
    let server = Server::on_sqlite();
    server.first_key(ALICE);
    let file = server.database_url.strip_prefix("sqlite:").unwrap();
    assert_eq!(
        fs::metadata(file).unwrap().permissions().mode() & 0o777,
        0o600
    );
}

#[test]
fn each_request_is_one_line_with_its_id() {
    let server = Server::start();
    let key = server.first_key(ALICE);
    let answer = server.get(&method("listApiKeys")).key(&key).send();
    let id = answer.header("x-request-id").unwrap().to_owned();
    let printed = server.stop();
    let lines: Vec<_> = printed
        .lines()
        // The command created the key over the server too.
        .filter(|line| line.contains("answered") && !line.contains("createApiKey"))
        .collect();
    assert_eq!(lines.len(), 1, "{printed}");
    for part in [
        &id[..],
        "dev.cocore.account.listApiKeys",
        "status=200",
        "verb=\"GET\"",
    ] {
        assert!(lines[0].contains(part), "{part} is not in {}", lines[0]);
    }
}

#[test]
fn requests_of_every_kind_are_logged_under_their_routes() {
    let server = Server::start();
    let expected = [
        ("/nothing?token=secret", "none", 404),
        ("/xrpc", "/xrpc", 404),
        ("/xrpc/", "/xrpc", 400),
        ("/xrpc/_health", "/_health", 200),
        ("/xrpc/com.example.none", "/xrpc", 501),
        ("/api/xrpc/dev.cocore.account.listApiKeys", "/api/xrpc", 401),
        ("/auth/verify", "/auth/verify", 401),
        ("/auth/verify/a/b", "/auth/verify", 401),
        ("/livez", "/livez", 200),
        ("/sign-in/local?token=secret", "/sign-in/local", 403),
        ("/assets/none", "/assets/{name}", 404),
    ];
    for (path, _, status) in expected {
        assert_eq!(server.get(path).send().status, status, "{path}");
    }
    let printed = server.stop();
    let lines: Vec<_> = printed
        .lines()
        .filter(|line| line.contains("answered"))
        .collect();
    assert_eq!(lines.len(), expected.len(), "{printed}");
    for (line, (path, route, status)) in lines.iter().zip(expected) {
        let parts = [format!("route=\"{route}\""), format!("status={status}")];
        assert!(
            parts.iter().all(|part| line.contains(part)),
            "{path}: {line}"
        );
        assert!(!line.contains("secret"), "{line}");
    }
}

/// Row 56 of the list of attacks. Linux only: the test waits for the handler with a slow disk of its own.
#[cfg(target_os = "linux")]
#[test]
fn a_request_whose_client_disconnects_is_logged() {
    let (place, disk) = (Place::sqlite(), Disk::new());
    let server = Server::on_disk(&place.url, &disk);
    let key = server.first_key(ALICE);
    disk.set(Word::SyncMicros, 2_000_000);
    let before = disk.get(Word::Syncs);
    let mut client = TcpStream::connect(&server.address).unwrap();
    // The client never reads all of the first answer, so that closing its socket resets the connection.
    let body = json!({ "name": "n" }).to_string();
    let requests = format!(
        "GET /livez HTTP/1.1\r\nhost: x\r\n\r\n\
         POST {} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        method("createApiKey"),
        body.len()
    );
    client.write_all(requests.as_bytes()).unwrap();
    client.read_exact(&mut [0]).unwrap();
    while disk.get(Word::Syncs) == before {
        thread::yield_now();
    }
    drop(client);
    disk.set(Word::SyncMicros, 0);
    let printed = server.stop();
    let lines: Vec<_> = printed
        .lines()
        .filter(|line| line.contains("createApiKey") && line.contains("micros"))
        .collect();
    let [_first_key, line] = lines[..] else {
        panic!("expected two requests in:\n{printed}");
    };
    let account = format!("account={ALICE} key=");
    for part in [
        "client disconnected",
        "status=499",
        "verb=\"POST\"",
        "client=127.0.0.1",
        &account,
    ] {
        assert!(line.contains(part), "{part} is not in {line}");
    }
}

#[test]
fn sigterm_stops_it_in_order() {
    let server = Server::start();
    let printed = server.stop();
    assert!(printed.contains("stopped"), "{printed}");
}

#[test]
fn without_any_key_it_prints_how_to_create_one() {
    let Place { url, dir: _dir } = Place::new();
    let server = Server::on(&url);
    server.first_key(ALICE);
    let printed = server.stop();
    assert!(
        printed.contains("key create --did did:web:localhost --name first"),
        "{printed}"
    );
    if let Some(file) = url.strip_prefix("sqlite:") {
        assert!(printed.contains(file), "{printed}");
    }
    let printed = Server::on(&url).stop();
    assert!(!printed.contains("key create"), "{printed}");
}
