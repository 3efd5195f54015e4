//! The lexicons of the server as pages and for programs.

use std::io::{Read, Write};
use std::net::TcpStream;

use cocore_lexicon::LEXICONS;
use serde_json::{Value, json};

use crate::support::network::{browse, prerequisites};
use crate::support::skip::skip;
use crate::support::{ALICE, Answer, Server, method};

const CREATE: &str = "dev.cocore.account.createApiKey";
const RESOLVE: &str = "/xrpc/com.atproto.lexicon.resolveLexicon";

fn text(answer: &Answer) -> &str {
    std::str::from_utf8(&answer.body).unwrap()
}

#[test]
fn every_lexicon_has_its_pages_without_a_credential() {
    let server = Server::start();
    let get = |path: &str| server.get(path).send();
    let index = get("/lexicons/");
    assert_eq!(index.status, 200);
    for lexicon in LEXICONS {
        let nsid = lexicon.nsid;
        assert!(
            text(&index).contains(&format!("/lexicons/{nsid}\"")),
            "{nsid}"
        );
        for tab in ["", "/json", "/validate", "/metadata"] {
            let page = get(&format!("/lexicons/{nsid}{tab}"));
            assert_eq!(page.status, 200, "{nsid}{tab}");
            assert_eq!(
                page.header("content-type"),
                Some("text/html; charset=utf-8")
            );
            let policy = page.header("content-security-policy").unwrap();
            assert!(policy.contains("connect-src 'self';"), "{policy}");
            assert_eq!(page.header("x-frame-options"), Some("DENY"));
            assert_eq!(page.header("set-cookie"), None);
        }
        let document = get(&format!("/lexicons/{nsid}.json"));
        assert_eq!(text(&document), lexicon.json, "{nsid}");
        assert_eq!(document.header("access-control-allow-origin"), Some("*"));
    }
    // The history is that of the project.
    let metadata = get(&format!("/lexicons/{CREATE}/metadata"));
    assert!(text(&metadata).contains("The first version"));
    let redirect = get("/lexicons");
    assert_eq!(
        (redirect.status, redirect.header("location")),
        (308, Some("/lexicons/"))
    );
    for path in [
        "/lexicons/com.example.none",
        "/lexicons/%2e%2e/livez",
        "/lexicons//",
    ] {
        assert_eq!(get(path).status, 404, "{path}");
    }
    assert_eq!(get("/lexicons/assets/try.js").status, 200);
}

#[test]
fn programs_find_the_documents_at_the_root() {
    let server = Server::start();
    for (path, part) in [
        ("/openapi.json", "\"/xrpc/dev.cocore.account.createApiKey\""),
        (
            "/llms.txt",
            "(/lexicons/dev.cocore.account.createApiKey.txt)",
        ),
    ] {
        let answer = server
            .get(path)
            .header("origin", "https://a.example")
            .send();
        assert_eq!(answer.status, 200);
        assert!(text(&answer).contains(part), "{path}: {}", text(&answer));
        assert_eq!(
            answer.header("access-control-allow-origin"),
            Some("*"),
            "{path}"
        );
        let below = server.get(&format!("/lexicons{path}")).send();
        assert_eq!(below.body, answer.body, "{path}");
        let etag = answer.header("etag").unwrap();
        let again = server.get(path).header("if-none-match", etag).send();
        assert_eq!((again.status, again.body.len()), (304, 0), "{path}");
        let head = server.call("HEAD", path).send();
        let length = answer.body.len().to_string();
        assert_eq!((head.status, head.body.len()), (200, 0), "{path}");
        assert_eq!(head.header("content-length"), Some(&length[..]), "{path}");
        let preflight = server.call("OPTIONS", path).send();
        assert_eq!(preflight.status, 204, "{path}");
        server
            .call("DELETE", path)
            .send()
            .expect_error(405, "MethodNotAllowed");
    }
    let committed: Value = serde_json::from_str(include_str!("../docs/openapi.json")).unwrap();
    let served = server.get("/openapi.json").send().value();
    assert!(served == committed, "docs/openapi.json is another document");
}

#[test]
fn lexicons_are_resolved_by_the_method_of_the_protocol() {
    let server = Server::start();
    let (_, port) = server.address.rsplit_once(':').unwrap();
    let resolve = |nsid: &str| server.get(&format!("{RESOLVE}?nsid={nsid}"));
    for lexicon in LEXICONS {
        let nsid = lexicon.nsid;
        let answer = resolve(nsid).send();
        let body = answer.expect(200);
        let uri = format!("at://did:web:localhost%3A{port}/com.atproto.lexicon.schema/{nsid}");
        assert_eq!(body["uri"], uri);
        let mut schema = body["schema"].clone();
        let members = schema.as_object_mut().unwrap();
        assert_eq!(
            members.remove("$type"),
            Some(json!("com.atproto.lexicon.schema"))
        );
        let source: Value = serde_json::from_str(lexicon.json).unwrap();
        assert_eq!(schema, source, "{nsid}");
        let etag = format!("\"{}\"", body["cid"].as_str().unwrap());
        assert_eq!(answer.header("etag"), Some(&etag[..]));
        let again = resolve(nsid).header("if-none-match", &etag).send();
        assert_eq!((again.status, again.body.len()), (304, 0));
    }
    // The CID is that of the published document.
    let body = resolve(CREATE).send().expect(200);
    assert_eq!(
        body["cid"],
        "bafyreih5sw74bhtf6qnbtpntboezr4rdu4efqwxpsrvs6d4cqkqo5c3tnm"
    );
    // No credential is asked for, and none is looked at.
    resolve(CREATE).key("cocore-bad").send().expect(200);
    resolve("com.example.none")
        .send()
        .expect_error(400, "LexiconNotFound");
    resolve("nothing")
        .send()
        .expect_error(400, "InvalidRequest");
    server
        .get(RESOLVE)
        .send()
        .expect_error(400, "InvalidRequest");
    let other = RESOLVE.replace("com.atproto", "COM.ATProto");
    server
        .get(&format!("{other}?nsid={CREATE}"))
        .send()
        .expect(200);
    let older = format!("/api{RESOLVE}?nsid={CREATE}");
    server.get(&older).send().expect(200);
    let head = server
        .call("HEAD", &format!("{RESOLVE}?nsid={CREATE}"))
        .send();
    assert_eq!((head.status, head.body.len()), (200, 0));
    server
        .call("POST", RESOLVE)
        .send()
        .expect_error(405, "MethodNotAllowed");
    // Its preflights are those of every method.
    let preflight = server.call("OPTIONS", RESOLVE);
    let preflight = preflight
        .header("origin", "https://a.example")
        .header("access-control-request-method", "GET")
        .header(
            "access-control-request-headers",
            "authorization, atproto-accept-labelers",
        )
        .send();
    let allowed = preflight.header("access-control-allow-headers").unwrap();
    assert!(allowed.contains("atproto-accept-labelers"), "{allowed}");
}

#[test]
fn a_public_url_is_the_authority() {
    let server = Server::with(&["--public-url", "https://keys.example.com"]);
    let body = server
        .get(&format!("{RESOLVE}?nsid={CREATE}"))
        .send()
        .expect(200);
    let uri = format!("at://did:web:keys.example.com/com.atproto.lexicon.schema/{CREATE}");
    assert_eq!(body["uri"], uri);
}

#[test]
fn values_are_validated_within_bounds() {
    let server = Server::start();
    let path = format!("/lexicons/{CREATE}/validate");
    let valid = |body: &Value| server.post(&path, body).send().expect(200);
    assert_eq!(valid(&json!({ "name": "laptop" }))["valid"], true);
    let report = valid(&json!({ "name": "", "expiresAt": "soon" }));
    assert_eq!(report["valid"], false);
    assert_eq!(
        report["violations"].as_array().unwrap().len(),
        2,
        "{report}"
    );
    assert_eq!(report["violations"][0]["place"], "input/name");
    let large = json!({ "name": "a".repeat(64 * 1024) });
    server
        .post(&path, &large)
        .send()
        .expect_error(413, "PayloadTooLarge");
    let form = server.call("POST", &path).bytes(
        "application/x-www-form-urlencoded",
        b"def=input&value=%7B%7D",
    );
    assert!(text(&form.send()).contains("1 violation"));
}

#[test]
fn errors_link_to_the_page_that_explains_them() {
    let server = Server::start();
    let key = server.first_key(ALICE);
    let page = format!("</lexicons/{CREATE}>; rel=\"help\"");
    let index = "</lexicons/>; rel=\"help\"";
    let invalid = server.try_create(&key, "");
    invalid.expect_error(400, "InvalidRequest");
    assert_eq!(invalid.header("link"), Some(&page[..]));
    for path in [
        "/xrpc/com.example.none",
        "/api/xrpc/dev.cocore.account.none",
        "/xrpc/%3Cscript%3E",
    ] {
        assert_eq!(
            server.get(path).send().header("link"),
            Some(index),
            "{path}"
        );
    }
    // An answer about a credential is the same as ever.
    let unauthenticated = server.get(&method("listApiKeys")).key("cocore-bad").send();
    assert_eq!(
        (unauthenticated.status, unauthenticated.header("link")),
        (401, None)
    );
    assert_eq!(server.get("/nothing").send().header("link"), None);
}

#[test]
fn the_log_has_the_routes_and_not_the_paths() {
    let server = Server::start();
    server.get("/lexicons/secret-in-a-path?q=secret").send();
    server.get("/llms.txt").send();
    server
        .get(&format!("{RESOLVE}?nsid=com.example.secret"))
        .send();
    let log = server.stop();
    for route in [
        "/lexicons/{page:.*}",
        "/llms.txt",
        "com.atproto.lexicon.resolveLexicon",
    ] {
        assert!(
            log.contains(&format!("route=\"{route}\"")),
            "{route}: {log}"
        );
    }
    assert!(!log.contains("secret"), "{log}");
}

#[test]
fn the_page_for_calls_is_at_the_origin_of_the_session() {
    let server = Server::start();
    let path = format!("/lexicons/{CREATE}/try");
    let (_, port) = server.address.rsplit_once(':').unwrap();
    let call =
        format!("GET {path} HTTP/1.1\r\nhost: localhost:{port}\r\nconnection: close\r\n\r\n");
    let mut stream = TcpStream::connect(&server.address).unwrap();
    stream.write_all(call.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 307 "), "{answer}");
    let target = format!("\r\nlocation: http://127.0.0.1:{port}{path}\r\n");
    assert!(answer.contains(&target), "{answer}");
}

#[test]
fn methods_are_called_from_a_browser() {
    if let Err(missing) = prerequisites(&["chromium"]) {
        return skip(&missing).unwrap_or_default();
    }
    let (server, other) = (Server::start(), Server::start());
    let link = server.command(&["link", "--listen", &server.address]);
    let link = String::from_utf8_lossy(&link.stdout).trim().to_owned();
    let key = server.first_key(ALICE);
    let other_key = other.first_key(ALICE);
    let other = format!("http://{}", other.address);
    let checks = browse("try.mjs", &[&link, &key, &other, &other_key]);
    assert!(checks.len() >= 30, "{checks:#?}");
}

#[test]
fn each_kind_of_page_looks_right_in_a_browser() {
    if let Err(missing) = prerequisites(&["chromium"]) {
        return skip(&missing).unwrap_or_default();
    }
    let server = Server::start();
    let root = format!("http://{}/lexicons/", server.address);
    assert!(browse("site-directory.mjs", &[&root]).len() >= 30);
    let (invalid, valid) = (r#"{"id": 1}"#, r#"{"id": "a", "graceSeconds": 60}"#);
    let rotate = "dev.cocore.apikey.rotateKey";
    assert!(browse("site.mjs", &[&root, rotate, invalid, valid]).len() >= 12);
}
