//! The command `link`: a way into the console for the operator of any server.

use std::process::Output;

use serde_json::json;

use crate::support::{ALICE, Answer, Call, Place, Server, method, run};

/// Runs `link` on the database of a server, with the settings of the server.
fn link(server: &Server, more: &[&str]) -> Output {
    let variables = [
        ("COCORE_DATABASE_URL", &server.database_url[..]),
        ("COCORE_LISTEN", &server.address),
    ];
    run(&[&["link"], more].concat(), &variables)
}

/// The link that the command printed, without the origin.
fn path(output: &Output, origin: &str) -> String {
    assert!(output.status.success(), "{output:?}");
    let printed = String::from_utf8(output.stdout.clone()).unwrap();
    let (url, rest) = printed.split_once('\n').unwrap();
    assert_eq!(rest, "", "the link alone");
    url.strip_prefix(origin)
        .unwrap_or_else(|| panic!("{url}"))
        .to_owned()
}

fn cookie(signed_in: &Answer) -> String {
    assert_eq!(signed_in.status, 303, "{signed_in:?}");
    let cookie = signed_in.header("set-cookie").unwrap();
    cookie.split(';').next().unwrap().to_owned()
}

#[test]
fn after_a_sign_out_the_operator_signs_in_again() {
    let server = Server::start();
    let origin = format!("http://{}", server.address);
    let first = path(&link(&server, &[]), &origin);
    let head = server.call("HEAD", &first).send();
    assert_eq!((head.status, head.header("set-cookie")), (200, None));
    let session = cookie(&server.get(&first).send());
    let list = |session: &str| {
        let list = server.get(&method("listApiKeys"));
        list.header("cookie", session).send().status
    };
    assert_eq!(list(&session), 200);
    assert_eq!(server.get(&first).send().status, 403, "used");
    let sign_out = server.post("/console/sign-out", &json!({}));
    let sign_out = sign_out.header("cookie", &session);
    sign_out
        .header("sec-fetch-site", "same-origin")
        .send()
        .expect(200);
    assert_eq!(list(&session), 401);
    let page = String::from_utf8(server.get("/").send().body).unwrap();
    assert!(page.contains("cocore-server link"), "{page}");
    let second = path(&link(&server, &["--did", ALICE]), &origin);
    let session = cookie(&server.get(&second).send());
    let create = server.post(&method("createApiKey"), &json!({ "name": "mine" }));
    let create = create.header("cookie", &session);
    let created = create
        .header("sec-fetch-site", "same-origin")
        .send()
        .expect(200);
    assert_eq!(created["key"]["did"], ALICE);
    let printed = server.stop();
    for link in [first, second] {
        let (_, token) = link.split_once('=').unwrap();
        assert!(!printed.contains(token), "a token is logged");
    }
}

#[test]
fn a_link_works_on_a_server_that_starts_later() {
    let Place { url, dir: _dir } = Place::new();
    let variables = [("COCORE_DATABASE_URL", &url[..])];
    let created = run(&["link", "--listen", "127.0.0.1:8399"], &variables);
    let link = path(&created, "http://127.0.0.1:8399");
    let server = Server::on(&url);
    cookie(&server.get(&link).send());
}

#[test]
fn a_server_behind_https_has_links_for_named_accounts() {
    let Place { url, dir: _dir } = Place::new();
    let public = ["--public-url", "https://keys.example.com"];
    let server = Server::on_with(&url, &public);
    let nameless = link(&server, &public);
    assert_eq!(nameless.status.code(), Some(1));
    let printed = String::from_utf8(nameless.stderr).unwrap();
    assert!(printed.contains("expected --did"), "{printed}");
    let named = link(&server, &[&public[..], &["--did", ALICE]].concat());
    let path = path(&named, "https://keys.example.com");
    let session = cookie(&server.get(&path).send());
    assert!(session.starts_with("__Host-cocore="), "{session}");
}

#[test]
fn a_server_that_others_reach_without_encryption_has_no_link() {
    let server = Server::with(&["--listen", "0.0.0.0:0"]);
    let (_, port) = server.address.rsplit_once(':').unwrap();
    let refused = link(&server, &[]);
    assert_eq!(refused.status.code(), Some(1));
    let printed = String::from_utf8(refused.stderr).unwrap();
    assert!(printed.contains("a login link needs a server"), "{printed}");
    let call = Call::new(
        &format!("127.0.0.1:{port}"),
        "GET",
        "/sign-in/local?token=x",
    );
    assert_eq!(call.send().status, 403);
}

#[test]
fn a_link_is_for_an_account_that_the_server_serves() {
    let Place { url, dir: _dir } = Place::sqlite();
    let server = Server::on_with(&url, &["--allow", ALICE]);
    let refused = link(&server, &[]);
    let printed = String::from_utf8(refused.stderr).unwrap();
    assert!(printed.contains("does not serve this account"), "{printed}");
    let origin = format!("http://{}", server.address);
    let path = path(&link(&server, &["--did", ALICE]), &origin);
    cookie(&server.get(&path).send());
}
