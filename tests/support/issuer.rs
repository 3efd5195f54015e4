//! Accounts whose signing keys the tests hold, and a PLC directory with their documents.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use p256::ecdsa::signature::Signer;
use secp256k1::{Message, ecdsa};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// A key that signs.
pub enum Key {
    P256(p256::ecdsa::SigningKey),
    Secp256k1(secp256k1::SecretKey),
}

impl Key {
    pub fn p256(seed: u8) -> Self {
        Self::P256(p256::ecdsa::SigningKey::from_slice(&[seed; 32]).unwrap())
    }

    pub fn secp256k1(seed: u8) -> Self {
        Self::Secp256k1(secp256k1::SecretKey::from_secret_bytes([seed; 32]).unwrap())
    }

    pub fn algorithm(&self) -> &'static str {
        match self {
            Self::P256(_) => "ES256",
            Self::Secp256k1(_) => "ES256K",
        }
    }

    /// The raw signature with the lower `s`.
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        match self {
            Self::P256(key) => {
                let signature: p256::ecdsa::Signature = key.sign(message);
                signature.normalize_s().to_bytes().into()
            }
            Self::Secp256k1(key) => {
                let digest = Message::from_digest(Sha256::digest(message).into());
                ecdsa::sign(digest, key).serialize_compact()
            }
        }
    }

    fn point(&self, compressed: bool) -> Vec<u8> {
        match self {
            Self::P256(key) => key
                .verifying_key()
                .to_sec1_point(compressed)
                .as_bytes()
                .to_vec(),
            Self::Secp256k1(key) => {
                let point = secp256k1::PublicKey::from_secret_key(key);
                if compressed {
                    point.serialize().to_vec()
                } else {
                    point.serialize_uncompressed().to_vec()
                }
            }
        }
    }

    /// The document of a DID whose signing key this is.
    pub fn document(&self, did: &str) -> Value {
        let prefix: &[u8] = match self {
            Self::P256(_) => &[0x80, 0x24],
            Self::Secp256k1(_) => &[0xe7, 0x01],
        };
        let key = [prefix, &self.point(true)].concat();
        document(did, &format!("{did}#atproto"), "Multikey", &key)
    }

    /// The same document in the older encoding.
    pub fn older_document(&self, did: &str) -> Value {
        let kind = match self {
            Self::P256(_) => "EcdsaSecp256r1VerificationKey2019",
            Self::Secp256k1(_) => "EcdsaSecp256k1VerificationKey2019",
        };
        document(did, "#atproto", kind, &self.point(false))
    }

    /// A token as a PDS creates it. Members that are null in `header` or `claims` are left out.
    pub fn token(&self, header: Value, claims: Value) -> String {
        let header = merged(json!({ "typ": "JWT", "alg": self.algorithm() }), header);
        self.signed(&header.to_string(), &merged(json!({}), claims).to_string())
    }

    /// A token with this header and these claims, which need not be JSON.
    pub fn signed(&self, header: &str, claims: &str) -> String {
        let message = format!(
            "{}.{}",
            encoded(header.as_bytes()),
            encoded(claims.as_bytes())
        );
        format!("{message}.{}", encoded(&self.sign(message.as_bytes())))
    }
}

pub fn encoded(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn merged(mut into: Value, from: Value) -> Value {
    let members = into.as_object_mut().unwrap();
    for (key, value) in from.as_object().unwrap() {
        members.insert(key.clone(), value.clone());
    }
    members.retain(|_, value| !value.is_null());
    into
}

fn document(did: &str, id: &str, kind: &str, key: &[u8]) -> Value {
    let key = format!("z{}", bs58::encode(key).into_string());
    let method = json!({ "id": id, "type": kind, "controller": did, "publicKeyMultibase": key });
    json!({ "id": did, "verificationMethod": [method] })
}

/// A server with a DID document for each path: a PLC directory, or the host of a did:web.
pub struct Directory {
    pub url: String,
    documents: Arc<Mutex<HashMap<String, String>>>,
    requests: Arc<AtomicUsize>,
}

impl Directory {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let directory = Self {
            url: format!("http://localhost:{}", listener.local_addr().unwrap().port()),
            documents: Arc::default(),
            requests: Arc::default(),
        };
        let (documents, requests) = (directory.documents.clone(), directory.requests.clone());
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (documents, requests) = (documents.clone(), requests.clone());
                thread::spawn(move || answer(stream, &documents, &requests));
            }
        });
        directory
    }

    pub fn put(&self, path: &str, document: impl ToString) {
        let mut documents = self.documents.lock().unwrap();
        documents.insert(path.to_owned(), document.to_string());
    }

    /// The number of requests so far.
    pub fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

/// Answers with the document of the path. A document that begins with `HTTP/` is the whole response.
fn answer(
    mut stream: TcpStream,
    documents: &Mutex<HashMap<String, String>>,
    requests: &AtomicUsize,
) {
    let mut lines = BufReader::new(stream.try_clone().unwrap())
        .lines()
        .map_while(Result::ok);
    let head = lines.next().unwrap_or_default();
    let path = head
        .split(' ')
        .nth(1)
        .unwrap_or_default()
        .trim_start_matches('/')
        .to_owned();
    lines.find(String::is_empty);
    requests.fetch_add(1, Ordering::SeqCst);
    let found = documents.lock().unwrap().get(&path).cloned();
    let text = match found {
        Some(whole) if whole.starts_with("HTTP/") => whole,
        Some(text) => {
            let length = text.len();
            format!(
                "HTTP/1.1 200 OK\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{text}"
            )
        }
        None => {
            "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".to_owned()
        }
    };
    let _ = stream.write_all(text.as_bytes());
}
