//! The access log: what a line names, and how many lines of one kind there are.

use crate::support::{ALICE, Server, method};

/// The lines of requests.
fn lines(printed: &str) -> Vec<&str> {
    let lines = printed.lines();
    lines.filter(|line| line.contains("answered")).collect()
}

#[test]
fn a_line_names_the_client_the_account_and_the_key() {
    let server = Server::with(&["--trusted-proxies", "1"]);
    let secret = server.first_key(ALICE);
    let id = server.list(&secret)[0]["id"].as_str().unwrap().to_owned();
    let forwarded = "203.0.113.9, 192.0.2.7";
    let calls = [
        (method("listApiKeys"), 200),
        ("/auth/verify".to_owned(), 200),
        (method("createApiKey"), 405),
    ];
    for (path, status) in &calls {
        let call = server.get(path).header("x-forwarded-for", forwarded);
        assert_eq!(call.key(&secret).send().status, *status, "{path}");
    }
    let introspect = server.call("POST", "/auth/introspect").key(&secret);
    let form = format!("token={secret}");
    let introspect = introspect.bytes("application/x-www-form-urlencoded", form.as_bytes());
    introspect.send().expect(200);
    server.get("/nothing").send().expect(404);
    let printed = server.stop();
    assert!(!printed.contains(&secret), "{printed}");
    let lines = lines(&printed);
    let [.., list, verify, wrong_verb, introspect, nothing] = lines[..] else {
        panic!("{printed}");
    };
    let caller = format!("account={ALICE} key={id}");
    for (line, client, is_known) in [
        (list, "client=192.0.2.7", true),
        (verify, "client=192.0.2.7", true),
        (wrong_verb, "client=192.0.2.7", false),
        (introspect, "client=127.0.0.1", true),
        (nothing, "client=127.0.0.1", false),
    ] {
        assert!(line.contains(client), "{line}");
        assert_eq!(line.contains(&caller), is_known, "{line}");
        assert_eq!(line.contains("account="), is_known, "{line}");
    }
}

#[test]
fn without_a_trusted_proxy_the_client_is_the_peer() {
    let server = Server::start();
    let call = server.get("/nothing");
    call.header("x-forwarded-for", "192.0.2.7").send();
    let printed = server.stop();
    assert!(lines(&printed)[0].contains("client=127.0.0.1"), "{printed}");
    assert!(!printed.contains("192.0.2.7"), "{printed}");
}

#[test]
fn probes_and_assets_are_logged_at_the_level_debug() {
    let paths = [
        "/livez",
        "/readyz",
        "/readyz/checks",
        "/xrpc/_health",
        "/assets/none",
    ];
    for (level, expected) in [("debug", paths.len()), ("info", 0)] {
        let server = Server::with(&["--log", &format!("cocore_server={level}")]);
        for path in paths {
            server.get(path).send();
        }
        let printed = server.stop();
        assert_eq!(lines(&printed).len(), expected, "{printed}");
    }
}

/// Row 58 of the list of attacks.
#[test]
fn a_flood_of_refused_calls_does_not_fill_the_log() {
    const CALLS: usize = 2_000;
    let server = Server::with(&["--log", "info"]);
    let key = server.first_key(ALICE);
    for number in 0..CALLS {
        let refused = server.get(&method("listApiKeys")).key("cocore-x");
        assert_eq!(refused.send().status, 401);
        if number % 20 == 0 {
            server.list(&key);
        }
    }
    let printed = server.stop();
    // Where the key is created depends on the database.
    let mut lines = lines(&printed);
    lines.retain(|line| line.contains("listApiKeys"));
    let all = |status| lines.iter().filter(move |line| line.contains(status));
    assert_eq!(all("status=200").count(), CALLS / 20, "{printed}");
    let (mut written, mut counted) = (0, 0);
    for line in all("status=401") {
        match line.rsplit_once("lines=") {
            Some((_, number)) => counted += number.parse::<usize>().unwrap(),
            None => written += 1,
        }
    }
    assert_eq!(written + counted, CALLS, "{printed}");
    assert!(counted > 0, "{printed}");
}
