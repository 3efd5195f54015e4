//! Servers behind a connection pooler, and settings of PostgreSQL that cannot work. Rows 30 and 49 of the list of
//! attacks.

use std::io::Read;
use std::net::{TcpListener, TcpStream};
use std::process::{Output, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::pooler::Pooler;
use crate::support::postgres::{Cluster, name};
use crate::support::skip::or_skip;
use crate::support::{ALICE, ENCRYPTION_KEY, Server, program, wait, wait_until};

/// Starts a server that is expected to stop by itself.
fn serve(url: &str) -> Output {
    let mut server = program()
        .args(["serve", "--listen", "127.0.0.1:0", "--database-url", url])
        .env("COCORE_ENCRYPTION_KEY", ENCRYPTION_KEY)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let stopped = wait(&mut server, Duration::from_secs(60)).is_some();
    let _ = server.kill();
    assert!(stopped, "the server runs with {url}");
    server.wait_with_output().unwrap()
}

/// The one line in which a start failed.
fn failure(url: &str) -> String {
    let output = serve(url);
    assert!(!output.status.success());
    let printed = String::from_utf8(output.stderr).unwrap();
    let mut lines = printed.lines().filter(|line| line.starts_with("error: "));
    let line = lines.next().unwrap_or_else(|| panic!("{printed}"));
    assert_eq!(lines.next(), None, "{printed}");
    line.to_owned()
}

#[test]
fn a_pooler_of_transactions_is_refused_at_the_start() {
    let Some(cluster) = or_skip(Cluster::shared()) else {
        return;
    };
    let Some(pooler) = or_skip(Pooler::new(cluster, "transaction")) else {
        return;
    };
    let url = cluster.database();
    let line = failure(&pooler.url(name(&url)));
    assert!(
        line.contains("pooler") && line.contains("session"),
        "{line}"
    );
}

#[test]
fn a_pooler_of_sessions_is_no_different_from_the_database() {
    let Some(cluster) = or_skip(Cluster::shared()) else {
        return;
    };
    let Some(pooler) = or_skip(Pooler::new(cluster, "session")) else {
        return;
    };
    let url = cluster.database();
    let (here, there) = (Server::on(&pooler.url(name(&url))), Server::on(&url));
    let key = here.first_key(ALICE);
    assert!(here.accepts(&key) && there.accepts(&key));
    let printed = here.stop();
    assert!(printed.contains("checked in memory"), "{printed}");
}

/// Row 30 of the list of attacks.
#[test]
fn while_a_pooler_restarts_no_active_key_is_rejected() {
    let Some(cluster) = or_skip(Cluster::shared()) else {
        return;
    };
    let Some(mut pooler) = or_skip(Pooler::new(cluster, "session")) else {
        return;
    };
    let url = cluster.database();
    let (here, there) = (Server::on(&pooler.url(name(&url))), Server::on(&url));
    let key = here.first_key(ALICE);
    let revoked = there.create_key(&key, &json!({ "name": "n" }));
    let id = revoked["key"]["id"].as_str().unwrap();
    let revoked = revoked["secret"].as_str().unwrap();
    assert!(here.accepts(revoked));
    let status = |key: &str| here.get("/auth/verify").key(key).send().status;
    pooler.stop();
    wait_until("the server answers without its database", || {
        match status(&key) {
            200 => false,
            503 => true,
            other => panic!("{other}"),
        }
    });
    here.get("/livez").send().expect(200);
    here.get("/readyz").send().expect(503);
    there.end("revokeApiKey", &key, id).expect(200);
    pooler.start();
    wait_until("the server does not recover", || match status(&key) {
        200 => true,
        503 => false,
        other => panic!("{other}"),
    });
    assert_eq!(status(revoked), 401);
    wait_until("the server is not ready", || {
        here.get("/readyz").send().status == 200
    });
    here.first_key(ALICE);
}

/// What no retry can mend ends the start.
#[test]
fn a_permanent_mistake_in_the_settings_ends_the_start_with_one_line() {
    let Some(cluster) = or_skip(Cluster::shared()) else {
        return;
    };
    let url = cluster.database();
    let database = name(&url);
    assert!(cluster.sql(database, "CREATE ROLE may_not_create LOGIN"));
    for (url, expected) in [
        (
            url.replace(database, "nowhere"),
            "\"nowhere\" does not exist",
        ),
        (
            url.replace("cocore@", "no_one@"),
            "\"no_one\" does not exist",
        ),
        (format!("{url}?sslcert=file"), "sslcert"),
        (format!("{url}?application_nam=x"), "option"),
        (
            url.replace("cocore@", "may_not_create@"),
            "no right to create tables",
        ),
    ] {
        let line = failure(&url);
        assert!(line.contains(expected), "{line}");
    }
}

/// Connections that a silent pooler has accepted.
#[derive(Clone, Default)]
struct Accepted(Arc<Mutex<Vec<TcpStream>>>);

impl Accepted {
    /// How many there were, and how many of them the other side has not closed.
    fn count(&self) -> (usize, usize) {
        let all = self.0.lock().unwrap();
        let open = all.iter().filter(|stream| {
            let mut stream: &TcpStream = stream;
            let mut bytes = [0; 4096];
            loop {
                match stream.read(&mut bytes) {
                    Ok(0) => return false,
                    Ok(_) => {}
                    Err(error) => return error.kind() == std::io::ErrorKind::WouldBlock,
                }
            }
        });
        let open = open.count();
        (all.len(), open)
    }
}

/// A server that waits for such an answer gives up, and keeps neither the thread nor the socket.
#[test]
fn a_pooler_that_answers_nothing_leaves_nothing_behind() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let accepted = Accepted::default();
    let of_thread = accepted.clone();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            stream.set_nonblocking(true).unwrap();
            of_thread.0.lock().unwrap().push(stream);
        }
    });
    let server = Server::on(&format!("postgres://u@{address}/d"));
    let key = format!("cocore-{}", "A".repeat(43));
    let begun = Instant::now();
    let threads = server.threads();
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                while accepted.count().0 < 40 {
                    assert!(begun.elapsed() < Duration::from_secs(120), "no connections");
                    let answer = server.get("/auth/verify").key(&key).send();
                    answer.expect_error(503, "ServiceUnavailable");
                }
            });
        }
    });
    let (all, open) = accepted.count();
    assert!(open <= 8, "{open} of {all} connections are open");
    assert!(
        server.threads() <= threads + 4,
        "{} threads",
        server.threads()
    );
    server.get("/livez").send().expect(200);
}
