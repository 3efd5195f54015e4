//! Hosts that accept connections and never answer do not keep other callers out.

use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::json;

use crate::support::issuer::{Directory, Key};
use crate::support::{Answer, Server, method};

/// The addresses of two clients.
const ATTACKER: &str = "192.0.2.1";
const OTHER: &str = "192.0.2.2";

/// A host that never answers.
struct SilentHost(TcpListener);

impl SilentHost {
    fn start() -> Self {
        Self(TcpListener::bind("127.0.0.1:0").unwrap())
    }

    fn did(&self) -> String {
        format!(
            "did:web:localhost%3A{}",
            self.0.local_addr().unwrap().port()
        )
    }

    /// Waits until it is asked.
    fn accept(&self) -> TcpStream {
        self.0.accept().unwrap().0
    }
}

fn server(directory: &Directory) -> Server {
    let settings = ["--plc-url", &directory.url, "--allow-localhost"];
    Server::with(&[&settings[..], &["--trusted-proxies", "1"]].concat())
}

fn call(server: &Server, key: &Key, issuer: &str, client: &str) -> Answer {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let (_, port) = server.address.rsplit_once(':').unwrap();
    let claims = json!({
        "iss": issuer, "aud": format!("did:web:localhost%3A{port}"),
        "lxm": "dev.cocore.account.listApiKeys", "exp": now.as_secs() + 60, "iat": now.as_secs(),
        "jti": format!("{issuer} {client}"),
    });
    let call = server.get(&method("listApiKeys"));
    let call = call.key(&key.token(json!({}), claims));
    call.header("x-forwarded-for", client).send()
}

fn sign_in(server: &Server, account: &str, client: &str) -> Answer {
    let form = format!("handle={}", account.replace('%', "%25"));
    let call = server.call("POST", "/sign-in");
    call.header("sec-fetch-site", "same-origin")
        .header("x-forwarded-for", client)
        .bytes("application/x-www-form-urlencoded", form.as_bytes())
        .send()
}

/// Row 44 of the list of attacks.
#[test]
fn issuers_that_hang_leave_room_for_the_issuers_of_other_clients() {
    let directory = Directory::start();
    let server = server(&directory);
    let key = Key::secp256k1(7);
    let own = format!(
        "did:web:localhost%3A{}",
        directory.url.rsplit(':').next().unwrap()
    );
    directory.put(".well-known/did.json", key.document(&own));
    let hosts: Vec<_> = (0..40).map(|_| SilentHost::start()).collect();
    let ask = |host: &SilentHost| call(&server, &key, &host.did(), ATTACKER);
    let ask = &ask;
    thread::scope(|scope| {
        let (first, rest) = hosts.split_at(32);
        let mut hanging: Vec<_> = first
            .iter()
            .map(|host| scope.spawn(move || ask(host)))
            .collect();
        let held: Vec<_> = first.iter().map(SilentHost::accept).collect();
        hanging.extend(rest.iter().map(|host| scope.spawn(move || ask(host))));
        call(&server, &key, &own, OTHER).expect(200);
        for call in hanging {
            let answer = call.join().unwrap();
            match answer.status {
                503 => assert_eq!(answer.header("retry-after"), Some("1")),
                _ => drop(answer.expect_error(401, "BadJwtIssuer")),
            }
        }
        drop(held);
    });
}

/// Row 45 of the list of attacks.
#[test]
fn sign_ins_with_hosts_that_hang_leave_room_for_those_of_other_clients() {
    let directory = Directory::start();
    let server = server(&directory);
    let hosts: Vec<_> = (0..33).map(|_| SilentHost::start()).collect();
    let ask = |host: &SilentHost| sign_in(&server, &host.did(), ATTACKER);
    let ask = &ask;
    thread::scope(|scope| {
        let (last, first) = hosts.split_last().unwrap();
        let hanging: Vec<_> = first
            .iter()
            .map(|host| scope.spawn(move || ask(host)))
            .collect();
        let held: Vec<_> = first.iter().map(SilentHost::accept).collect();
        let one_more = scope.spawn(move || ask(last));
        // Another person's sign-in goes on to their host, which has no document.
        let (_, port) = directory.url.rsplit_once(':').unwrap();
        let other = sign_in(&server, &format!("did:web:localhost%3A{port}"), OTHER);
        let text = String::from_utf8(other.body).unwrap();
        assert!(text.contains("There is no account"), "{text}");
        let one_more = one_more.join().unwrap();
        assert_eq!(one_more.status, 503);
        assert_eq!(one_more.header("retry-after"), Some("1"));
        let text = String::from_utf8(one_more.body).unwrap();
        let is_refused = text.contains("Many people are signing in");
        // On a slow machine, requests before it may have timed out.
        assert!(
            is_refused || text.contains("did not answer in time"),
            "{text}"
        );
        drop(held);
        for person in hanging {
            assert_eq!(person.join().unwrap().status, 503);
        }
    });
}
