//! `cocore-server doctor`: faults of settings, of the network and of PostgreSQL, and what it does not print.

use std::fs;
use std::net::TcpListener;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::doctor::{DID, PUBLIC, RESOLVE, Report, network, response, used_place};
use crate::support::issuer::Directory;
use crate::support::pooler::Pooler;
use crate::support::postgres::{Cluster, name};
use crate::support::skip::or_skip;
use crate::support::{ALICE, ENCRYPTION_KEY, Server, program, wait_until};

#[test]
fn faults_of_settings_and_of_the_network() {
    let (place, network) = (used_place(), network());
    let other = Directory::start();
    other.put(".well-known/did.json", json!({ "id": "did:web:other" }));
    let now = chrono::DateTime::<chrono::Utc>::from(std::time::SystemTime::now());
    let late = Directory::start();
    late.put(
        DID,
        response(&json!({ "id": DID }), now - chrono::TimeDelta::minutes(2)),
    );
    let slow = Directory::start();
    slow.put(
        DID,
        response(&json!({ "id": DID }), now + chrono::TimeDelta::seconds(20)),
    );
    let broken = Directory::start();
    let error = "HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    broken.put(DID, error);
    broken.put(RESOLVE, error);
    // It accepts connections, and answers nothing.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = format!("http://localhost:{}", listener.local_addr().unwrap().port());
    let closed = "http://localhost:9";
    for (settings, name, status, text) in [
        (
            &["--plc-url", "ftp://x"][..],
            "settings",
            "failed",
            "--plc-url",
        ),
        (
            &["--public-url", "https://1.2.3.4"],
            "settings",
            "failed",
            "--public-url",
        ),
        (
            &["--database-url", "mysql://x:hunter2@y"],
            "settings",
            "failed",
            "--database-url",
        ),
        (&["--allow", "a b"], "settings", "failed", "--allow"),
        (
            &["--listen", "0.0.0.0:80"],
            "settings",
            "warning",
            "service auth and sign-in are off",
        ),
        (
            &["--public-url", closed, "--allow-localhost"],
            "settings",
            "ok",
            "did:web:localhost%3A9",
        ),
        (
            &["--plc-url", closed],
            "PLC directory",
            "failed",
            "http://localhost:9/",
        ),
        (
            &["--plc-url", &broken.url],
            "PLC directory",
            "failed",
            "502 Bad Gateway",
        ),
        (
            &["--plc-url", &other.url],
            "PLC directory",
            "failed",
            "404 Not Found",
        ),
        (
            &["--plc-url", &silent],
            "PLC directory",
            "failed",
            "localhost",
        ),
        (
            &["--handle-resolver", closed],
            "handle resolver",
            "failed",
            "http://localhost:9/",
        ),
        (
            &["--handle-resolver", &broken.url],
            "handle resolver",
            "failed",
            "502 Bad Gateway",
        ),
        (
            &["--plc-url", &late.url],
            "clock",
            "failed",
            "behind this machine",
        ),
        (
            &["--plc-url", &slow.url],
            "clock",
            "warning",
            "ahead of this machine",
        ),
        (
            &["--public-url", &other.url],
            "DID document",
            "failed",
            "did:web:other",
        ),
        (
            &["--public-url", &broken.url],
            "DID document",
            "failed",
            "404 Not Found",
        ),
        (&["--public-url", closed], "DID document", "failed", closed),
        (
            &["--listen", "0.0.0.0:80"],
            "DID document",
            "not-checked",
            "without a --public-url",
        ),
        (
            &["--trusted-proxies", "1"],
            "proxies",
            "warning",
            "no proxy can be seen",
        ),
        (
            &["--public-url", "https://keys.invalid"],
            "proxies",
            "warning",
            "--trusted-proxies is 0",
        ),
    ] {
        let begun = Instant::now();
        let report = Report::of(program(), &place.url, &network.url, settings);
        report.expect(name, status, text);
        assert!(begun.elapsed() < Duration::from_secs(15), "{settings:?}");
    }
    drop(listener);
}

#[test]
fn no_secret_is_printed() {
    let place = used_place();
    let secret = "hunter2hunter2";
    fs::write(place.dir.path().join("encryption.key"), secret).unwrap();
    for (url, plc) in [
        (&place.url[..], format!("http://user:{secret}@localhost:9")),
        (
            &format!("postgres://user:{secret}@localhost:9/db"),
            format!("ftp://user:{secret}@x"),
        ),
        (
            &format!("postgres://user:{secret}@localhost:9/db"),
            format!("http://localhost:9/?{secret}"),
        ),
    ] {
        for more in [&[][..], &["--json"]] {
            let mut command = program();
            command.arg("doctor").args(more).envs([
                ("COCORE_DATABASE_URL", url),
                ("COCORE_PLC_URL", &plc),
                ("COCORE_HANDLE_RESOLVER", &plc),
                (
                    "COCORE_ENCRYPTION_KEY",
                    if more.is_empty() { "" } else { secret },
                ),
            ]);
            let output = command.output().unwrap();
            assert_eq!(output.status.code(), Some(1), "{output:?}");
            let printed = format!("{output:?}");
            assert!(!printed.contains(secret), "{printed}");
        }
    }
}

#[test]
fn faults_of_postgres() {
    let Some(cluster) = or_skip(Cluster::new(&["fsync=off"])) else {
        return;
    };
    let (url, network) = (cluster.database(), network());
    let database = name(&url);
    let on = |url: &str| {
        let mut command = program();
        command.env("COCORE_ENCRYPTION_KEY", ENCRYPTION_KEY);
        Report::of(command, url, &network.url, &[])
    };
    let empty = on(&url);
    empty.expect_only("schema", "warning", "no tables of this program");
    empty.expect("servers", "not-checked", "do not exist yet");
    empty.expect("database", "warning", "fsync");

    let on_public = || Server::on_with(&url, &PUBLIC);
    let (first, second) = (on_public(), on_public());
    first.first_key(ALICE);
    let well = on(&url);
    for (name, text) in [
        ("role", "cocore may read, write and create tables"),
        ("connections", "are free"),
        ("pooler", "keeps its session"),
        ("servers", "2 renew their lease"),
        ("schema", "that of this program"),
        ("encryption key", "COCORE_ENCRYPTION_KEY decrypts"),
        ("clock of the database", "seconds"),
    ] {
        well.expect(name, "ok", text);
    }
    assert!(first.signal("KILL"));
    drop(first);
    // Its row does not change any more.
    wait_until("the server is gone", || {
        on(&url).check("servers").1.starts_with("1 renew")
    });

    let without_key = Report::of(program(), &url, &network.url, &[]);
    without_key.expect_only("encryption key", "warning", "sign-in is off");
    let mut other = program();
    other.env("COCORE_ENCRYPTION_KEY", "A".repeat(43));
    let other = Report::of(other, &url, &network.url, &[]);
    other.expect_only("encryption key", "failed", "is not the key that encrypted");

    for statement in [
        "CREATE ROLE weak LOGIN CONNECTION LIMIT 4",
        "GRANT SELECT ON ALL TABLES IN SCHEMA public TO weak",
        "CREATE ROLE reader LOGIN",
        "GRANT cocore TO reader",
        "ALTER ROLE reader SET default_transaction_read_only = on",
    ] {
        assert!(cluster.sql(database, statement), "{statement}");
    }
    let weak = on(&url.replace("cocore@", "weak@"));
    weak.expect("role", "failed", "DELETE on keys, INSERT on keys");
    weak.expect("connections", "failed", "of 4 are free");
    let reader = on(&url.replace("cocore@", "reader@"));
    reader.expect("role", "failed", "read-only");
    let nobody = on(&url.replace("cocore@", "nobody@"));
    nobody.expect_only("database", "failed", "nobody");
    let missing = on(&cluster.url("missing"));
    missing.expect_only("database", "failed", "missing");
    let owner = cluster.url("postgres").replace("cocore@", "weak@");
    on(&owner).expect("role", "failed", "may not create tables");

    let standby = cluster.standby();
    on(&standby.url(database)).expect_only("database", "failed", "in recovery");
    drop(standby);
    if let Some(pooler) = or_skip(Pooler::new(&cluster, "transaction")) {
        on(&pooler.url(database)).expect_only("pooler", "failed", "another session");
    }
    drop(second);
    cluster.signal("STOP");
    let begun = Instant::now();
    let silent = on(&url);
    cluster.signal("CONT");
    silent.expect_only("database", "failed", "in time");
    assert!(begun.elapsed() < Duration::from_secs(30));
}
