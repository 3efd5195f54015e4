//! The admin listener: metrics that are true to what happened, and probes with details.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::support::metrics::{Metrics, admin, admin_address};
use crate::support::skip::or_skip;
use crate::support::{ALICE, Server, method};

/// A server with an admin listener.
fn start() -> Server {
    Server::with(&["--admin-listen", "127.0.0.1:0"])
}

#[test]
fn figures_are_true_to_what_happened() {
    let server = start();
    let first = server.first_key(ALICE);
    let before = Metrics::of(&server);
    let created = server.create_key(&first, &json!({ "name": "second" }));
    let second = created["secret"].as_str().unwrap();
    let unknown = format!("cocore-{}", "A".repeat(43));
    for (key, times) in [(&first[..], 3), (second, 4), (&unknown, 5), ("cocore-x", 2)] {
        for _ in 0..times {
            server.get("/auth/verify").key(key).send();
        }
    }
    server.list(second);
    server.try_create(&first, "").expect(400);
    server.try_create(&first, &"x".repeat(20_000)).expect(413);
    let id = created["key"]["id"].as_str().unwrap();
    server.end("revokeApiKey", &first, id).expect(200);
    server.get("/auth/verify").key(second).send().expect(401);
    server.get(&method("listApiKeys")).send().expect(401);
    let now = Metrics::of(&server);
    let since = |series: &dyn Fn(&Metrics) -> f64| series(&now) - series(&before);

    let expected = [
        ("/auth/verify", 200, 7.0),
        ("/auth/verify", 401, 8.0),
        ("dev.cocore.account.createApiKey", 200, 1.0),
        ("dev.cocore.account.createApiKey", 400, 1.0),
        ("dev.cocore.account.createApiKey", 413, 1.0),
        ("dev.cocore.account.listApiKeys", 200, 1.0),
        ("dev.cocore.account.listApiKeys", 401, 1.0),
        ("dev.cocore.account.revokeApiKey", 200, 1.0),
    ];
    for (method, status, count) in expected {
        let found = since(&|metrics| metrics.requests(method, status));
        assert_eq!(found, count, "{method} {status}\n{}", now.text);
    }
    let all = now.series.iter();
    let all = all.filter(|(name, _)| name.starts_with("cocore_requests_total"));
    let all = all.map(|(_, value)| value).sum::<f64>();
    assert_eq!(all, expected.map(|(_, _, count)| count).iter().sum::<f64>());
    let durations = "cocore_request_duration_seconds_count{method=\"/auth/verify\"}";
    assert_eq!(now.value(durations), 15.0);
    let seconds = now.value("cocore_request_duration_seconds_sum{method=\"/auth/verify\"}");
    assert!(seconds > 0.0 && seconds < 60.0, "{seconds}");

    // The calls of methods check keys as well.
    assert_eq!(since(&|metrics| metrics.checks("active")), 7.0 + 5.0);
    assert_eq!(since(&|metrics| metrics.checks("inactive")), 5.0 + 1.0);
    assert_eq!(since(&|metrics| metrics.checks("malformed")), 2.0);
    assert_eq!(since(&|metrics| metrics.checks("unavailable")), 0.0);
    assert_eq!(now.value("cocore_key_lookups_total"), 0.0);
    assert_eq!(now.value("cocore_live_keys"), 1.0);
    assert_eq!(now.value("cocore_keys_in_memory"), 1.0);
    let writes = |metrics: &Metrics| metrics.value("cocore_writer_writes_total");
    // The create and the revoke; uses of keys and probes may be written as well.
    assert!(since(&writes) >= 2.0, "{}", now.text);
    let committed = "cocore_writer_batches_total{outcome=\"committed\"}";
    assert!(since(&|metrics| metrics.value(committed)) >= 2.0);
    assert!(since(&|metrics| metrics.value("cocore_writer_busy_seconds_total")) > 0.0);
    assert_eq!(
        since(&|metrics| metrics.rejections("request_body_size")),
        1.0
    );
    assert_eq!(now.value("cocore_sessions"), 0.0);
    let is_postgres = server.database_url.starts_with("postgres:");
    let lease = now.series.get("cocore_lease_remaining_seconds");
    let syncs = now.series.get("cocore_writer_syncs_total");
    assert_eq!(
        (lease.is_some(), syncs.is_none()),
        (is_postgres, is_postgres)
    );
    assert!(lease.is_none_or(|left| (0.0..=10.0).contains(left) && *left > 0.0));
    for part in ["checks", "changes", "schema"] {
        assert_eq!(now.value(&format!("cocore_ready{{part=\"{part}\"}}")), 1.0);
    }
}

#[test]
fn connections_that_are_cut_off_are_counted() {
    let server = start();
    let head = format!("GET / HTTP/1.1\r\nhost: x\r\nx: {}", "x".repeat(40_000));
    for address in [server.address.clone(), admin_address(&server)] {
        let mut client = TcpStream::connect(&address).unwrap();
        client.write_all(head.as_bytes()).unwrap();
        let mut answer = Vec::new();
        let _ = client.read_to_end(&mut answer);
        // The admin listener has the same bounds.
        assert!(answer.starts_with(b"HTTP/1.1 431 "), "{answer:?}");
    }
    let late = [server.address.clone(), admin_address(&server)].map(|address| {
        let mut client = TcpStream::connect(address).unwrap();
        client.write_all(b"GET / HTTP/1.1\r\nx: ").unwrap();
        client
    });
    for mut client in late {
        let mut answer = Vec::new();
        let _ = client.read_to_end(&mut answer);
        assert!(answer.starts_with(b"HTTP/1.1 408 "), "{answer:?}");
    }
    let metrics = Metrics::of(&server);
    assert_eq!(metrics.rejections("head_size"), 1.0);
    assert_eq!(metrics.rejections("head_timeout"), 1.0);
    assert_eq!(metrics.rejections("body_timeout"), 0.0);
}

/// Row 35 of the list of attacks.
#[test]
fn labels_are_bounded_and_hold_nothing_of_a_client() {
    let server = start();
    let first = server.first_key(ALICE);
    let created = server.create_key(&first, &json!({ "name": "named-in-secret" }));
    let (secret, id) = (created["secret"].as_str().unwrap(), &created["key"]["id"]);
    let call = |mark: &str| {
        for path in [
            format!("/{mark}"),
            format!("/xrpc/com.example.{mark}"),
            format!("/api/xrpc/dev.cocore.account.{mark}"),
            format!("/xrpc/{mark}"),
            format!("/auth/verify/{mark}"),
            format!("/assets/{mark}.js"),
            format!("/lexicons/{mark}"),
            format!("/.well-known/{mark}"),
        ] {
            server.get(&path).key(secret).send();
            server.call(&mark.to_uppercase(), &path).send();
        }
        let forged = server.get("/auth/verify").header("x-request-id", mark);
        forged.header("user-agent", mark).key(secret).send();
    };
    call("mark");
    let before = Metrics::of(&server);
    for number in 0..20 {
        call(&format!("mark{}", "x".repeat(number)));
    }
    let after = Metrics::of(&server);
    assert!(before.series.keys().eq(after.series.keys()));
    let unknown = |metrics: &Metrics| {
        let series = metrics.series.iter();
        let unknown = series.filter(|(name, _)| {
            name.starts_with("cocore_requests_total") && name.contains("method=\"unknown\"")
        });
        unknown.map(|(_, value)| value).sum::<f64>()
    };
    assert!(
        unknown(&after) >= unknown(&before) + 100.0,
        "{}",
        after.text
    );
    let lowercase = after.text.to_lowercase();
    let id = id.as_str().unwrap();
    for text in [
        "mark",
        secret,
        &first,
        &secret[..15],
        id,
        ALICE,
        "did:",
        "named-in",
        "127.0.0",
    ] {
        assert!(!lowercase.contains(&text.to_lowercase()), "{text}");
    }
}

#[test]
fn the_page_of_metrics_describes_what_there_is() {
    let page = fs::read_to_string(repository().join("docs/metrics.md")).unwrap();
    let rows = page
        .lines()
        .filter_map(|line| line.strip_prefix("| `cocore_"));
    let described = rows.map(|row| {
        let mut cells = row
            .split('|')
            .map(|cell| cell.replace('`', "").trim().to_owned());
        let name = format!("cocore_{}", cells.next().unwrap());
        let kind = cells.next().unwrap();
        let labels = cells.next().unwrap();
        let labels = labels.split(", ").filter(|label| !label.is_empty());
        (name, (kind, labels.map(str::to_owned).collect()))
    });
    let described: BTreeMap<String, (String, BTreeSet<String>)> = described.collect();
    let server = start();
    server.get("/auth/verify").send();
    let metrics = Metrics::of(&server);
    let mut found = metrics.descriptions();
    // Each of the two is there on one kind of database.
    let other = if server.database_url.starts_with("postgres:") {
        "cocore_writer_syncs_total"
    } else {
        "cocore_lease_remaining_seconds"
    };
    found.insert(other.to_owned(), described[other].clone());
    assert_eq!(found, described);
    let limits = metrics.series.keys();
    let limits = limits.filter_map(|name| name.strip_prefix("cocore_rejections_total{limit=\""));
    for limit in limits {
        let limit = limit.trim_end_matches("\"}");
        assert!(page.contains(&format!("`{limit}`")), "{limit}");
    }
}

#[test]
fn promtool_accepts_the_metrics() {
    let server = start();
    server.get("/auth/verify").send();
    let Some(mut promtool) = promtool(&["check", "metrics"]) else {
        return;
    };
    let mut child = promtool.stdin(Stdio::piped()).spawn().unwrap();
    let metrics = Metrics::of(&server).text;
    let mut input = child.stdin.take().unwrap();
    input.write_all(metrics.as_bytes()).unwrap();
    drop(input);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert!(output.stderr.is_empty(), "{output:?}");
}

#[test]
fn promtool_accepts_the_alerts() {
    let rules = repository().join("deploy/prometheus/cocore-server.rules.yaml");
    let text = fs::read_to_string(&rules).unwrap();
    let page = fs::read_to_string(repository().join("docs/metrics.md")).unwrap();
    let alerts = text
        .lines()
        .filter_map(|line| line.trim().strip_prefix("- alert: "));
    for alert in alerts {
        assert!(page.contains(&format!("| `{alert}` |")), "{alert}");
    }
    // An alert on a metric that does not exist never fires.
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    for name in words.filter(|word| word.starts_with("cocore_")) {
        let name = name.trim_end_matches("_bucket");
        assert!(page.contains(&format!("| `{name}` |")), "{name}");
    }
    if let Some(mut promtool) = promtool(&["check", "rules"]) {
        let output = promtool.arg(&rules).output().unwrap();
        assert!(output.status.success(), "{output:?}");
    }
}

/// Prometheus' own checks, if they are installed.
fn promtool(arguments: &[&str]) -> Option<Command> {
    let is_there = Command::new("promtool").arg("--version").output().is_ok();
    let is_there = is_there.then_some(()).ok_or("promtool is not installed");
    or_skip(is_there)?;
    let mut promtool = Command::new("promtool");
    promtool.args(arguments);
    promtool.stdout(Stdio::piped()).stderr(Stdio::piped());
    Some(promtool)
}

fn repository() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

#[test]
fn probes_have_details() {
    let server = start();
    server.first_key(ALICE);
    assert_eq!(
        admin(&server, "/livez").expect(200),
        server.get("/livez").send().expect(200)
    );
    let mut body = admin(&server, "/readyz").expect(200);
    let details = body.as_object_mut().unwrap().remove("details").unwrap();
    assert_eq!(body, server.get("/readyz").send().expect(200));
    assert_eq!(details["keys"]["in_memory"], 1);
    assert_eq!(details["keys"]["is_current"], true);
    assert!(details["probed_seconds_ago"].as_f64().unwrap() < 60.0);
    assert_eq!(details["queues"][0]["name"], "writes");
    assert_ne!(details["connections"]["limit"], Value::Null);
    let is_postgres = server.database_url.starts_with("postgres:");
    let lease = &details["keys"]["lease_remaining_seconds"];
    assert_eq!(lease.is_number(), is_postgres);
    admin(&server, "/auth/verify").expect_error(404, "NotFound");
}

/// A database that does not exist yet: probes and metrics say so, and are answered.
#[test]
fn metrics_are_there_while_the_database_is_not() {
    let dir = tempfile::TempDir::new().unwrap();
    let missing = dir.path().join("not-yet");
    let url = format!("sqlite:{}", missing.join("keys.sqlite").display());
    let server = Server::on_with(&url, &["--admin-listen", "127.0.0.1:0"]);
    let key = format!("cocore-{}", "A".repeat(43));
    server
        .get("/auth/verify")
        .key(&key)
        .send()
        .expect_unavailable();
    admin(&server, "/livez").expect(200);
    let body = admin(&server, "/readyz").expect(503);
    assert_eq!(body["details"]["keys"]["is_current"], false);
    let metrics = Metrics::of(&server);
    assert_eq!(metrics.requests("/auth/verify", 503), 1.0);
    assert_eq!(metrics.checks("unavailable"), 1.0);
    assert_eq!(metrics.value("cocore_key_lookups_total"), 1.0);
    assert_eq!(metrics.value("cocore_keys_in_memory"), 0.0);
    assert_eq!(metrics.value("cocore_ready{part=\"checks\"}"), 0.0);
    assert!(metrics.value("cocore_writer_batches_total{outcome=\"failed\"}") >= 1.0);
    assert!(!metrics.series.contains_key("cocore_sessions"));
    fs::create_dir(&missing).unwrap();
    server.await_status("/readyz", 200);
    let metrics = Metrics::of(&server);
    assert_eq!(metrics.value("cocore_keys_in_memory"), 1.0);
    assert_eq!(metrics.value("cocore_ready{part=\"checks\"}"), 1.0);
}

#[test]
fn there_is_no_admin_listener_unless_it_is_given() {
    let server = Server::start();
    server.get("/metrics").send().expect_error(404, "NotFound");
    assert!(!server.stop().contains("metrics and probes"));
    let place = crate::support::Place::sqlite();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    for (address, expected) in [
        (
            "nowhere",
            "--admin-listen (COCORE_ADMIN_LISTEN): expected an address and a port",
        ),
        (&taken, "choose another port with --admin-listen"),
    ] {
        let arguments = [
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--admin-listen",
            address,
        ];
        let output = crate::support::run(&arguments, &[("COCORE_DATABASE_URL", &place.url)]);
        let printed = String::from_utf8(output.stderr).unwrap();
        assert!(
            !output.status.success() && printed.contains(expected),
            "{printed}"
        );
    }
}
