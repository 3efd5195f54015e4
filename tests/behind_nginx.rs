//! Two servers on one PostgreSQL behind nginx, as an operator runs them.

use serde_json::Value;

use crate::support::postgres::Cluster;
use crate::support::reverse_proxy::ReverseProxy;
use crate::support::skip::or_skip;
use crate::support::{ALICE, Call, Server, wait_until};

/// Rows 30 and 57 of the list of attacks: one server is stopped, one is killed, the database is restarted, and
/// keys are revoked meanwhile by the command line. Readiness is true at each step, and no revoked key is
/// accepted.
#[test]
fn servers_come_and_go_behind_nginx() {
    let Some(cluster) = or_skip(Cluster::new(&["fsync=off"])) else {
        return;
    };
    let url = cluster.database();
    let start = |address: &str| {
        let settings = ["--trusted-proxies", "1", "--listen", address];
        Server::on_with(&url, &settings)
    };
    let (first, second) = (start("127.0.0.1:0"), start("127.0.0.1:0"));
    let (first_address, second_address) = (first.address.clone(), second.address.clone());
    let nginx = |address: &str, _: &str| {
        format!(
            "upstream keys {{ server {first_address} max_fails=0; server {second_address} max_fails=0; }}\n\
             server {{ listen {address}; location / {{ proxy_pass http://keys; \
             proxy_next_upstream error timeout http_503; }} }}"
        )
    };
    let Some(proxy) = ReverseProxy::nginx(nginx) else {
        return;
    };
    let verify = |key: &str| {
        let call = Call::new(&proxy.address, "GET", "/auth/verify");
        call.key(key).send().status
    };
    let command = |arguments: &[&str]| {
        let variables = [("COCORE_DATABASE_URL", &url[..])];
        let output = crate::support::run(arguments, &variables);
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let create = |name: &str| {
        let printed = command(&["key", "create", "--did", ALICE, "--name", name]);
        printed.trim().to_owned()
    };
    let revoke = |name: &str| {
        let listed = command(&["key", "list", "--all", "--json"]);
        let mut keys = listed
            .lines()
            .map(|line| -> Value { serde_json::from_str(line).unwrap() });
        let key = keys.find(|key| key["name"] == name).unwrap();
        let id = key["id"].as_str().unwrap();
        command(&["key", "revoke", "--did", ALICE, id]);
    };
    let [one, two, three, four] = ["one", "two", "three", "four"].map(create);

    for server in [&first, &second] {
        assert_eq!(readiness(server), (200, true, true));
    }
    let by_turns = |key: &str, expected: u16| {
        for _ in 0..6 {
            assert_eq!(verify(key), expected);
        }
    };
    by_turns(&one, 200);

    // One is stopped. The command line, which is no server, revokes.
    first.stop();
    by_turns(&two, 200);
    assert_eq!(readiness(&second), (200, true, true));
    revoke("one");
    by_turns(&one, 401);

    // It is started again, and the other is killed: its lease has to expire before a change is answered.
    let first = start(&first_address);
    until(&first, (200, true, true));
    by_turns(&one, 401);
    assert!(second.signal("KILL"));
    drop(second);
    revoke("two");
    by_turns(&two, 401);
    by_turns(&three, 200);
    assert_eq!(readiness(&first), (200, true, true));

    let second = start(&second_address);
    for server in [&first, &second] {
        until(server, (200, true, true));
    }

    // Without the database, keys cannot be verified once the leases have expired, and no answer is 401.
    cluster.kill();
    for server in [&first, &second] {
        until(server, (503, false, false));
        server.get("/livez").send().expect(200);
    }
    by_turns(&three, 503);
    by_turns(&one, 503);
    cluster.start();
    for server in [&first, &second] {
        until(server, (200, true, true));
    }
    by_turns(&three, 200);
    revoke("three");
    for (key, expected) in [(&one, 401), (&two, 401), (&three, 401), (&four, 200)] {
        by_turns(key, expected);
    }
}

/// The status of `/readyz`, and whether checks and changes are ready. What is not ready has a reason.
fn readiness(server: &Server) -> (u16, bool, bool) {
    let answer = server.get("/readyz").send();
    let body: Value = serde_json::from_slice(&answer.body).unwrap();
    let is_ready = |part: &str| {
        let part = &body[part];
        let is_ready = part["ok"].as_bool().unwrap();
        assert_eq!(part["reason"].is_string(), !is_ready, "{body}");
        is_ready
    };
    (answer.status, is_ready("checks"), is_ready("changes"))
}

#[track_caller]
fn until(server: &Server, expected: (u16, bool, bool)) {
    wait_until(format!("readiness is not {expected:?}"), || {
        readiness(server) == expected
    });
}
