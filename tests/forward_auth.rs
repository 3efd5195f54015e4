//! Other services verify keys: forward authentication and token introspection.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread;

use serde_json::json;
use tempfile::TempDir;

use crate::support::skip::skip;
use crate::support::{ALICE, Call, Server};

#[test]
fn verify_returns_the_account_of_a_key_for_every_verb_and_path() {
    let server = Server::start();
    let key = server.first_key(ALICE);
    let id = server.list(&key)[0]["id"].as_str().unwrap().to_owned();
    for (verb, path) in [
        ("GET", "/auth/verify"),
        ("POST", "/auth/verify"),
        ("DELETE", "/auth/verify/any/path?with=query"),
        ("OPTIONS", "/auth/verify/"),
        ("PROPFIND", "/auth/verify/%2e%2e/xrpc"),
    ] {
        let good = server.call(verb, path).key(&key).send();
        assert_eq!(good.status, 200, "{verb} {path}");
        assert_eq!(good.header("x-cocore-did"), Some(ALICE));
        assert_eq!(good.header("x-cocore-key-id"), Some(&id[..]));
        assert_eq!(good.header("cache-control"), Some("no-store"));
        let none = server.call(verb, path).send();
        assert_eq!(
            (none.status, none.header("www-authenticate")),
            (401, Some("Bearer"))
        );
        assert_eq!(none.header("x-cocore-did"), None);
    }
    assert!(server.list(&key)[0]["lastUsedAt"].is_string());
    for other in ["a.b.c", "nothing", ""] {
        server
            .get("/auth/verify")
            .key(other)
            .send()
            .expect_error(401, "AuthRequired");
    }
    server.end("revokeApiKey", &key, &id).expect(200);
    server
        .get("/auth/verify")
        .key(&key)
        .send()
        .expect_error(401, "AuthRequired");
}

#[test]
fn introspection_is_for_callers_with_a_key_of_their_own() {
    let server = Server::start();
    let own = server.first_key(ALICE);
    let shown = server.create_key(
        &own,
        &json!({ "name": "x", "expiresAt": "2099-01-01T00:00:00Z" }),
    );
    let ask = |caller: &str, token: &str| {
        let form = "application/x-www-form-urlencoded";
        let body = format!("token={token}&token_type_hint=access_token");
        server
            .call("POST", "/auth/introspect")
            .key(caller)
            .bytes(form, body.as_bytes())
            .send()
    };
    let secret = shown["secret"].as_str().unwrap();
    let answer = ask(&own, secret).expect(200);
    assert_eq!(answer["active"], true);
    assert_eq!(answer["sub"], ALICE);
    assert_eq!(answer["jti"], shown["key"]["id"]);
    assert_eq!(answer["exp"], 4_070_908_800_u64);
    let inactive = json!({ "active": false });
    assert_eq!(ask(&own, "cocore-unknown").expect(200), inactive);
    assert_eq!(ask(&own, "a.b.c").expect(200), inactive);
    ask("cocore-unknown", secret).expect_error(401, "AuthRequired");
    // The caller is authenticated before the body is read.
    for (content_type, body) in [
        ("application/json", "{}"),
        ("application/x-www-form-urlencoded", "nothing=here"),
        ("application/x-www-form-urlencoded", ""),
    ] {
        let send = |caller: &str| {
            let call = server.call("POST", "/auth/introspect").key(caller);
            call.bytes(content_type, body.as_bytes()).send()
        };
        send("cocore-unknown").expect_error(401, "AuthRequired");
        let message = send(&own).expect_error(400, "InvalidRequest");
        assert!(message.starts_with("input"), "{message}");
    }
    let id = shown["key"]["id"].as_str().unwrap();
    server.end("revokeApiKey", &own, id).expect(200);
    assert_eq!(ask(&own, secret).expect(200), inactive);
    let printed = server.stop();
    assert!(!printed.contains(secret) && !printed.contains(&own));
}

/// A running nginx, which is stopped when this is dropped.
struct Nginx {
    child: Child,
    address: String,
    _dir: TempDir,
}

impl Nginx {
    /// Runs the example of the documentation in front of a server and an upstream service.
    fn start(server: &Server, behind: &str) -> Option<Self> {
        let version = Command::new("nginx")
            .arg("-v")
            .stderr(Stdio::null())
            .status();
        if !version.is_ok_and(|status| status.success()) {
            return skip("there is no nginx here");
        }
        let page = include_str!("../docs/forward-auth.md");
        let example = page
            .split("```nginx")
            .nth(1)
            .unwrap()
            .split("```")
            .next()
            .unwrap();
        // A free port: nginx cannot choose one itself.
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = free.local_addr().unwrap().to_string();
        drop(free);
        let example = example
            .replace("127.0.0.1:8000", &address)
            .replace("127.0.0.1:8080", &server.address)
            .replace("127.0.0.1:9000", behind);
        let dir = TempDir::new().unwrap();
        let at = dir.path().display();
        let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|kind| format!("{kind}_temp_path {at}/{kind};"))
            .concat();
        let config = format!(
            "daemon off; master_process off; pid {at}/pid; error_log stderr;\n\
             events {{}}\nhttp {{ access_log off; {temporary}\n{example} }}\n"
        );
        let file = dir.path().join("nginx.conf");
        std::fs::write(&file, config).unwrap();
        let mut command = Command::new("nginx");
        let child = command
            .arg("-c")
            .arg(&file)
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        while TcpStream::connect(&address).is_err() {
            thread::yield_now();
        }
        Some(Self {
            child,
            address,
            _dir: dir,
        })
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn the_example_for_nginx_works() {
    let behind = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = behind.local_addr().unwrap().to_string();
    // Responds with the head of the request, which the test examines.
    thread::spawn(move || {
        for mut stream in behind.incoming().flatten() {
            let mut head = vec![0; 8192];
            let length = stream.read(&mut head).unwrap_or(0);
            let body = String::from_utf8_lossy(&head[..length]).to_ascii_lowercase();
            let text = format!("HTTP/1.0 200 OK\r\n\r\n{body}");
            let _ = stream.write_all(text.as_bytes());
        }
    });
    let server = Server::start();
    let Some(nginx) = Nginx::start(&server, &address) else {
        return;
    };
    let key = server.first_key(ALICE);
    let call = || {
        Call::new(&nginx.address, "GET", "/some/where")
            .header("x-cocore-did", "did:web:forged.example")
            .header("x-cocore-key-id", "forged")
            .key(&key)
            .send()
    };
    let answer = call();
    assert_eq!(answer.status, 200);
    let seen = String::from_utf8(answer.body).unwrap();
    assert!(seen.contains(&format!("x-cocore-did: {ALICE}")), "{seen}");
    assert!(!seen.contains("authorization"), "{seen}");
    let id = server.list(&key)[0]["id"].as_str().unwrap().to_owned();
    assert!(seen.contains(&format!("x-cocore-key-id: {id}")), "{seen}");
    assert!(!seen.contains("forged"), "{seen}");
    server.end("revokeApiKey", &key, &id).expect(200);
    assert_eq!(call().status, 401);
}
