//! Signing in to the console with a real PDS and a real browser, and the sign-ins that must fail.

use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::network::{Network, dir, prerequisites};
use crate::support::skip::skip;
use crate::support::{Answer, Call, Place, Server, method};

fn server(network: &Network, more: &[&str]) -> Server {
    let settings = [
        "--plc-url",
        network.text("plc"),
        "--handle-resolver",
        network.text("pds"),
        "--allow-localhost",
    ];
    Server::with(&[&settings[..], more].concat())
}

fn form(server: &Server, handle: &str, site: &str) -> Answer {
    let handle = handle.replace(':', "%3A").replace('@', "%40");
    server
        .call("POST", "/sign-in")
        .header("sec-fetch-site", site)
        .bytes(
            "application/x-www-form-urlencoded",
            format!("handle={handle}").as_bytes(),
        )
        .send()
}

/// Signs in with the browser. Returns the output of the script.
fn browser(server: &Server, network: &Network, account: &str, more: &[&str]) -> String {
    let output = Command::new("node")
        .arg(dir().join("sign-in.mjs"))
        .arg(format!("http://{}", server.address))
        .arg(network.account(account, "handle"))
        .arg(network.account(account, "password"))
        .args(more)
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// The network, if a browser is installed too.
fn with_browser() -> Option<&'static Network> {
    match prerequisites(&["chromium"]) {
        Ok(()) => Network::get(),
        Err(missing) => skip(&missing),
    }
}

/// Row 35 of the list of attacks.
#[test]
fn a_person_signs_in_and_their_cookie_calls_all_four_methods() {
    let Some(network) = with_browser() else {
        return;
    };
    let server = server(network, &[]);
    let cookie = format!("cocore={}", browser(&server, network, "alice", &[]));
    let call = |name: &str, input| {
        server
            .post(&method(name), &input)
            .header("cookie", &cookie)
            .header("sec-fetch-site", "same-origin")
            .send()
    };
    let created = call("createApiKey", json!({ "name": "from the console" })).expect(200);
    assert_eq!(created["key"]["did"], network.account("alice", "did"));
    let list = server.get(&method("listApiKeys")).header("cookie", &cookie);
    assert_eq!(
        list.send().expect(200)["keys"][0]["id"],
        created["key"]["id"]
    );
    let id = json!({ "id": created["key"]["id"] });
    assert_eq!(
        call("revokeApiKey", id.clone()).expect(200)["revoked"],
        true
    );
    assert_eq!(call("deleteApiKey", id).expect(200)["deleted"], true);

    // Signs out another browser, then all of them.
    let other = format!("cocore={}", browser(&server, network, "alice", &[]));
    let end = server
        .post("/console/end-sessions", &json!({ "all": true }))
        .header("cookie", &other)
        .header("sec-fetch-site", "same-origin");
    assert_eq!(end.send().expect(200)["ended"], 2);
    for cookie in [&cookie, &other] {
        let list = server.get(&method("listApiKeys")).header("cookie", cookie);
        list.send().expect_error(401, "AuthRequired");
    }
    let secret = created["secret"].as_str().unwrap().to_owned();
    let printed = server.stop();
    assert!(!printed.contains("revoke its tokens"), "{printed}");
    for hidden in [
        &secret,
        &cookie[7..],
        &other[7..],
        network.account("alice", "password"),
    ] {
        assert!(!printed.contains(hidden));
    }
}

#[test]
fn a_declined_sign_in_starts_no_session() {
    let Some(network) = with_browser() else {
        return;
    };
    let server = server(network, &[]);
    let page = browser(&server, network, "bob", &["--deny"]);
    assert!(page.contains("declined"), "{page}");
}

#[test]
fn a_sign_in_belongs_to_the_browser_that_started_it() {
    let Some(network) = Network::get() else {
        return;
    };
    let server = server(network, &[]);
    let begun = form(&server, network.account("alice", "did"), "same-origin");
    assert_eq!(begun.status, 200, "{begun:?}");
    let cookie = begun.header("set-cookie").unwrap();
    assert!(
        cookie.starts_with("cocore-sign-in=")
            && cookie.contains("HttpOnly; SameSite=Lax; Max-Age=900"),
        "{cookie}"
    );
    let state = cookie.split(['=', ';']).nth(1).unwrap().to_owned();
    let back = |state: &str, cookie: &str| -> Answer {
        let path = format!(
            "/oauth/callback?code=x&state={state}&iss={}",
            network.text("pds")
        );
        server.get(&path).header("cookie", cookie).send()
    };
    for (state, cookie) in [
        (&state[..], ""),
        (&state, "cocore-sign-in=other"),
        ("other", &format!("cocore-sign-in={state}")[..]),
        ("", "cocore-sign-in="),
    ] {
        let answer = back(state, cookie);
        assert_eq!(answer.status, 403, "{answer:?}");
        assert!(!format!("{:?}", answer.headers).contains("cocore="));
    }
    // The right browser with a code that no server issued; and the state is valid once.
    let own = format!("cocore-sign-in={state}");
    for _ in 0..2 {
        let answer = back(&state, &own);
        assert_eq!(answer.status, 400);
        assert!(!format!("{:?}", answer.headers).contains("cocore="));
    }
}

#[test]
fn a_failed_sign_in_is_explained_in_plain_words() {
    let Some(network) = Network::get() else {
        return;
    };
    let server = server(network, &[]);
    for (typed, status, words) in [
        ("", 400, "Enter a handle"),
        ("<b>", 400, "Enter a handle"),
        (
            "nobody.test",
            400,
            "There is no account with the handle nobody.test",
        ),
        (
            "did:key:z6Mk",
            400,
            "Only DIDs of the kinds did:plc and did:web",
        ),
        ("did:web:169.254.169.254", 400, "Only DIDs"),
    ] {
        let answer = form(&server, typed, "same-origin");
        let text = String::from_utf8(answer.body.clone()).unwrap();
        assert_eq!(answer.status, status, "{typed}");
        assert!(text.contains(words), "{typed}: {text}");
        assert!(!text.contains("<b>"), "{typed}");
    }
    assert_eq!(form(&server, "alice.test", "cross-site").status, 403);
}

#[test]
fn a_confidential_client_publishes_its_metadata_and_keys() {
    let Place { url, dir: _dir } = Place::new();
    let settings = ["--public-url", "https://keys.example.com"];
    let server = Server::on_with(&url, &settings);
    let metadata = server.get("/oauth/client-metadata.json").send().expect(200);
    assert_eq!(
        metadata["client_id"],
        "https://keys.example.com/oauth/client-metadata.json"
    );
    assert_eq!(
        metadata["redirect_uris"][0],
        "https://keys.example.com/oauth/callback"
    );
    assert_eq!(metadata["token_endpoint_auth_method"], "private_key_jwt");
    assert_eq!(metadata["dpop_bound_access_tokens"], true);
    assert_eq!(metadata["grant_types"], json!(["authorization_code"]));
    let keys = server.get("/oauth/jwks.json").send().expect(200);
    assert_eq!(keys["keys"][0]["crv"], "P-256");
    assert!(keys["keys"][0].get("d").is_none());
    let page = server.get("/").send();
    assert_eq!(
        page.header("strict-transport-security"),
        Some("max-age=63072000")
    );
    // The same key after a restart, and on every server.
    server.stop();
    let again = Server::on_with(&url, &settings);
    assert_eq!(again.get("/oauth/jwks.json").send().expect(200), keys);
    let hidden = Server::with(&["--listen", "0.0.0.0:0"]);
    let (_, port) = hidden.address.rsplit_once(':').unwrap();
    let call = |path: &str| Call::new(&format!("127.0.0.1:{port}"), "GET", path).send();
    call("/oauth/client-metadata.json").expect_error(404, "NotFound");
    let page = String::from_utf8(call("/").body).unwrap();
    assert!(page.contains("public URL"), "{page}");
}

#[test]
fn an_encryption_key_that_is_invalid_or_readable_by_others_is_rejected() {
    let Place { url, dir } = Place::sqlite();
    let key = dir.path().join("encryption.key");
    std::fs::write(&key, "short").unwrap();
    let run = |key: &str| {
        let variables = [
            ("COCORE_ENCRYPTION_KEY", key),
            ("COCORE_LISTEN", "127.0.0.1:0"),
        ];
        let set = if key.is_empty() {
            &variables[1..]
        } else {
            &variables[..]
        };
        let output = crate::support::run(&["serve", "--database-url", &url], set);
        assert!(!output.status.success());
        String::from_utf8(output.stderr).unwrap()
    };
    let stderr = run("");
    assert!(
        stderr.contains("encryption.key: ") && stderr.contains("expected mode 0600"),
        "{stderr}"
    );
    let stderr = run("nonsense");
    assert!(
        stderr.contains("COCORE_ENCRYPTION_KEY: expected 32 bytes in base64url"),
        "{stderr}"
    );
}

#[test]
fn sign_in_recovers_with_the_store() {
    let dir = tempfile::TempDir::new().unwrap();
    let place = dir.path().join("later");
    let url = format!("sqlite:{}", place.join("keys.sqlite").display());
    let server = Server::on_with(&url, &["--public-url", "https://keys.example.com"]);
    server
        .get("/oauth/jwks.json")
        .send()
        .expect_error(503, "ServiceUnavailable");
    let page = form(&server, "alice.example.com", "same-origin");
    assert_eq!(page.status, 503);
    std::fs::create_dir(&place).unwrap();
    // As soon as the database is locked.
    let begun = Instant::now();
    while server.get("/oauth/jwks.json").send().status != 200 {
        assert!(
            begun.elapsed() < Duration::from_secs(30),
            "it does not heal"
        );
    }
}
