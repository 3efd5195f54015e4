//! An account's host that answers what a test says, down to the bytes, and the sessions of the record proxy there.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cocore_keys::{Clock, SystemClock};
use cocore_oauth::SigningKey;
use cocore_store::{DatabaseUrl, Store};
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use serde_json::{Value, json};

use super::ENCRYPTION_KEY;

/// The tokens with which a session begins.
pub const ACCESS_TOKEN: &str = "first-access-token-of-the-account";
pub const REFRESH_TOKEN: &str = "first-refresh-token-of-the-account";

/// A running host.
pub struct Pds {
    /// Its origin.
    pub url: String,
    requests: Arc<Mutex<Vec<String>>>,
}

/// What a host answers to a request, by its path: the whole answer, or nothing at all.
type Answer = dyn Fn(&str, &str) -> Option<String> + Send + Sync;

impl Pds {
    pub fn start(answer: impl Fn(&str, &str) -> Option<String> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://localhost:{}", listener.local_addr().unwrap().port());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (seen, answer): (_, Arc<Answer>) = (requests.clone(), Arc::new(answer));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (seen, answer) = (seen.clone(), answer.clone());
                thread::spawn(move || serve(stream, &seen, &*answer));
            }
        });
        Self { url, requests }
    }

    /// The requests that came, whole.
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    /// The number of requests to this path.
    pub fn count(&self, path: &str) -> usize {
        let requests = self.requests();
        let of_path = |request: &&String| request.split(' ').nth(1) == Some(path);
        requests.iter().filter(of_path).count()
    }
}

fn serve(mut stream: TcpStream, seen: &Mutex<Vec<String>>, answer: &Answer) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let (mut request, mut length) = (String::new(), 0);
    loop {
        let before = request.len();
        if !matches!(reader.read_line(&mut request), Ok(1..)) {
            return;
        }
        let line = request[before..].trim_end().to_ascii_lowercase();
        if let Some(found) = line.strip_prefix("content-length:") {
            length = found.trim().parse().unwrap();
        }
        if line.is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    request.push_str(&String::from_utf8_lossy(&body));
    seen.lock().unwrap().push(request.clone());
    let path = request.split(' ').nth(1).unwrap().to_owned();
    match answer(&path, &request) {
        Some(text) => drop(stream.write_all(text.as_bytes())),
        // Until the client gives up.
        None => drop(reader.read(&mut [0])),
    }
}

/// An answer of JSON with headers.
pub fn answer(status: u16, headers: &[(&str, &str)], body: &Value) -> Option<String> {
    raw(status, headers, &body.to_string())
}

/// An answer with any body.
pub fn raw(status: u16, headers: &[(&str, &str)], body: &str) -> Option<String> {
    let length = body.len();
    let headers: String = headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}\r\n"))
        .collect();
    Some(format!(
        "HTTP/1.1 {status} x\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\
         connection: close\r\n{headers}\r\n{body}"
    ))
}

/// The document of an account at a host.
pub fn document(did: &str, pds: &str) -> Value {
    json!({ "id": did, "service": [{
        "id": "#atproto_pds", "type": "AtprotoPersonalDataServer", "serviceEndpoint": pds,
    }] })
}

/// Seconds since 1970.
pub fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.unwrap().as_secs()
}

/// The tokens of a session at a host, which is its own issuer. The access token expires at a time.
pub fn tokens(pds: &str, scope: &str, expires_at: u64) -> Value {
    json!({
        "client_id": "http://localhost?redirect_uri=http%3A%2F%2F127.0.0.1%3A1%2Foauth%2Fcallback",
        "issuer": pds,
        "pds": pds,
        "key": SigningKey::generate().unwrap().secret_jwk(),
        "access_token": ACCESS_TOKEN,
        "refresh_token": REFRESH_TOKEN,
        "scope": scope,
        "issued_at": now() - 3600,
        "expires_at": expires_at,
    })
}

fn cipher() -> LessSafeKey {
    let key = URL_SAFE_NO_PAD.decode(ENCRYPTION_KEY).unwrap();
    LessSafeKey::new(UnboundKey::new(&CHACHA20_POLY1305, &key).unwrap())
}

fn bound_to(did: &str) -> Aad<Vec<u8>> {
    Aad::from(format!("proxy-session\n{did}").into_bytes())
}

/// Encrypts tokens as a server with the encryption key of the tests does.
pub fn seal(did: &str, tokens: &Value) -> Vec<u8> {
    let nonce = [fastrand::u8(..); NONCE_LEN];
    let mut bytes = tokens.to_string().into_bytes();
    cipher()
        .seal_in_place_append_tag(
            Nonce::assume_unique_for_key(nonce),
            bound_to(did),
            &mut bytes,
        )
        .unwrap();
    [&nonce[..], &bytes].concat()
}

/// Decrypts the tokens of an account.
pub fn unseal(did: &str, sealed: &[u8]) -> Value {
    let (nonce, encrypted) = sealed.split_at(NONCE_LEN);
    let nonce = Nonce::try_assume_unique_for_key(nonce).unwrap();
    let mut bytes = encrypted.to_vec();
    let opened = cipher().open_in_place(nonce, bound_to(did), &mut bytes);
    serde_json::from_slice(opened.unwrap()).unwrap()
}

/// Stores sessions in a database on which no server runs.
pub fn store_sessions(database_url: &str, sessions: &[(&str, Vec<u8>, &str)]) {
    // A process owns an SQLite file to its end: the server gets a copy.
    let file = database_url.strip_prefix("sqlite:");
    let url = file.map_or(database_url.to_owned(), |_| format!("{database_url}.first"));
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let url = DatabaseUrl::parse(&url).unwrap();
        let store = Store::open(url, Arc::new(SystemClock));
        for (did, tokens, scope) in sessions {
            let put = store.proxy_session_put(did, tokens.clone(), scope, SystemClock.now());
            put.await.unwrap();
        }
        store.close().await;
    });
    if let Some(file) = file {
        std::fs::copy(format!("{file}.first"), file).unwrap();
    }
}
