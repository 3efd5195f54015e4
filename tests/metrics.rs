//! The admin listener: metrics that are true to what happened, and probes with details.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::support::issuer::{Directory, Key};
use crate::support::metrics::{Metrics, admin, admin_address};
use crate::support::{ALICE, BOB, Server, method};

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

#[test]
fn look_ups_of_issuers_and_sessions_are_counted() {
    let directory = Directory::start();
    let server = Server::with(&["--admin-listen", "127.0.0.1:0", "--plc-url", &directory.url]);
    let key = Key::p256(7);
    let unknown = "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa";
    directory.put(BOB, key.document(BOB));
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let (_, port) = server.address.rsplit_once(':').unwrap();
    let audience = format!("did:web:localhost%3A{port}");
    for (number, (issuer, status)) in [(BOB, 200), (BOB, 200), (unknown, 401)].iter().enumerate() {
        let claims = json!({
            "iss": issuer, "aud": audience, "lxm": "dev.cocore.account.listApiKeys",
            "exp": now.as_secs() + 60, "iat": now.as_secs(), "jti": number.to_string(),
        });
        let token = key.token(json!({}), claims);
        let answer = server.get(&method("listApiKeys")).key(&token).send();
        assert_eq!(answer.status, *status, "{answer:?}");
    }
    let lookups = |metrics: &Metrics, outcome: &str| {
        metrics.value(&format!(
            "cocore_identity_lookups_total{{outcome=\"{outcome}\"}}"
        ))
    };
    let metrics = Metrics::of(&server);
    // The second token of Bob finds his key in the cache.
    let counts = ["found", "missing", "failed", "busy"].map(|outcome| lookups(&metrics, outcome));
    assert_eq!(counts, [1.0, 1.0, 0.0, 0.0]);
    // A token is no key.
    assert_eq!(metrics.checks("malformed"), 0.0);
    assert!(!metrics.text.contains("did:"), "{}", metrics.text);

    let sign_in = || {
        let variables = [
            ("COCORE_DATABASE_URL", &server.database_url[..]),
            ("COCORE_LISTEN", &server.address),
        ];
        let output = crate::support::run(&["link"], &variables);
        let link = String::from_utf8(output.stdout).unwrap();
        let path = link
            .trim()
            .split_once(&server.address)
            .unwrap()
            .1
            .to_owned();
        let answer = server.get(&path).send();
        assert_eq!(answer.status, 303, "{answer:?}");
        let cookie = answer.header("set-cookie").unwrap();
        cookie.split(';').next().unwrap().to_owned()
    };
    let cookies = [sign_in(), sign_in()];
    assert_eq!(Metrics::of(&server).value("cocore_sessions"), 2.0);
    let sign_out = server.post("/console/sign-out", &json!({}));
    let sign_out = sign_out.header("cookie", &cookies[0]);
    sign_out
        .header("sec-fetch-site", "same-origin")
        .send()
        .expect(200);
    let metrics = Metrics::of(&server);
    assert_eq!(metrics.value("cocore_sessions"), 1.0);
    assert!(
        !cookies
            .iter()
            .any(|cookie| metrics.text.contains(cookie.as_str()))
    );
}
