//! A flood of service-auth tokens of unknown issuers, whose directory does not answer. Row 18 of the list of
//! attacks.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::support::issuer::{Key, encoded};
use crate::support::{ALICE, Answer, BOB, Connection, Server, method};

const CONNECTIONS: usize = 64;
/// Requests of good callers meanwhile.
const GOOD: usize = 200;

/// A directory that knows one account, and keeps all others waiting.
#[derive(Default)]
struct Directory {
    waiting: AtomicUsize,
    most_waiting: AtomicUsize,
}

impl Directory {
    fn answer(&self, mut stream: TcpStream, document: &Value) {
        let (mut head, mut part) = (String::new(), [0; 4096]);
        while !head.contains("\r\n\r\n") {
            match stream.read(&mut part) {
                Ok(read @ 1..) => head += &String::from_utf8_lossy(&part[..read]),
                _ => return,
            }
        }
        if head.contains(BOB) {
            let body = document.to_string();
            let length = body.len();
            let answer = format!(
                "HTTP/1.1 200 OK\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
            );
            stream.write_all(answer.as_bytes()).unwrap();
        } else {
            let waiting = 1 + self.waiting.fetch_add(1, Ordering::SeqCst);
            self.most_waiting.fetch_max(waiting, Ordering::SeqCst);
            // Until the server gives up.
            while matches!(stream.read(&mut part), Ok(1..)) {}
            self.waiting.fetch_sub(1, Ordering::SeqCst);
        }
    }
}

fn claims(server: &Server, issuer: &str, id: usize) -> Value {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let now = now.as_secs();
    let (_, port) = server.address.rsplit_once(':').unwrap();
    json!({
        "iss": issuer, "aud": format!("did:web:localhost%3A{port}"),
        "lxm": "dev.cocore.account.listApiKeys", "exp": now + 60, "iat": now, "jti": id.to_string(),
    })
}

/// A token of an issuer of its own, with a signature of nobody, and of some with another defect.
fn junk(server: &Server, number: usize) -> String {
    let digits = format!("{number:06}");
    let letters = digits.bytes().map(|digit| char::from(digit - b'0' + b'a'));
    let issuer = format!("did:plc:{:b>24}", letters.collect::<String>());
    let mut claims = claims(server, &issuer, number);
    if number.is_multiple_of(2) {
        claims["aud"] = json!("did:web:other.example");
    }
    let header = json!({ "alg": "ES256K" }).to_string();
    let [header, claims] = [header, claims.to_string()].map(|text| encoded(text.as_bytes()));
    format!("{header}.{claims}.{}", encoded(&[1; 64]))
}

fn list(server: &Server, connection: &mut Connection, credential: &str) -> Answer {
    let call = server.get(&method("listApiKeys")).key(credential);
    connection.send(&call).unwrap()
}

#[test]
fn unknown_issuers_hold_a_bounded_number_of_look_ups_and_no_good_caller() {
    let key = Key::secp256k1(7);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://localhost:{}", listener.local_addr().unwrap().port());
    let directory: &Directory = Box::leak(Box::default());
    let document = key.document(BOB);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let document = document.clone();
            thread::spawn(move || directory.answer(stream, &document));
        }
    });
    let server = Server::with(&["--plc-url", &url, "--log", "error"]);
    let api_key = server.first_key(ALICE);
    let token = |id| key.token(json!({}), claims(&server, BOB, id));
    let mut good = Connection::default();
    list(&server, &mut good, &token(0)).expect(200);

    let (next, is_over) = (AtomicUsize::new(0), AtomicBool::new(false));
    thread::scope(|scope| {
        for _ in 0..CONNECTIONS {
            scope.spawn(|| {
                let mut connection = Connection::default();
                while !is_over.load(Ordering::Relaxed) {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let answer = list(&server, &mut connection, &junk(&server, number));
                    match number % 2 {
                        0 => drop(answer.expect_error(401, "BadJwtAudience")),
                        _ => answer.expect_unavailable(),
                    }
                }
            });
        }
        while directory.waiting.load(Ordering::SeqCst) == 0 {
            thread::yield_now();
        }
        // Nothing in here panics before the flood has ended.
        let answers: Vec<_> = (1..=GOOD)
            .map(|id| {
                let by_key = list(&server, &mut good, &api_key).status;
                (by_key, list(&server, &mut good, &token(id)).status)
            })
            .collect();
        is_over.store(true, Ordering::Relaxed);
        assert_eq!(answers, [(200, 200); GOOD]);
    });
    let most = directory.most_waiting.load(Ordering::SeqCst);
    assert!(most <= 64, "{most} look-ups at a time");
}
