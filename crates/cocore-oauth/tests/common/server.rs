//! The servers of one account, whose responses a test can change.

use std::sync::{Arc, Mutex};

use atproto_resolver::Resolver;
use cocore_oauth::{Callback, Settings, SignIn, SignInError, SignedIn};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::{ADDRESS, MemoryStore, TestClock};

pub const DID: &str = "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa";

/// A server on this machine that is the PLC directory, the handle resolver, the data server and the issuer of
/// one account.
pub struct Server {
    pub origin: String,
    change: Change,
    requests: Arc<Mutex<Vec<String>>>,
}

/// Changes a response: path, status, body, and further headers.
type Change = Arc<Mutex<Option<Box<dyn Fn(&str, &mut u16, &mut Value, &mut String) + Send>>>>;

impl Server {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let (change, requests) = (Change::default(), Arc::new(Mutex::new(Vec::new())));
        let server = Self {
            origin,
            change: change.clone(),
            requests: requests.clone(),
        };
        let origin = server.origin.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(
                    stream,
                    origin.clone(),
                    change.clone(),
                    requests.clone(),
                ));
            }
        });
        server
    }

    /// A server that accepts connections and never answers.
    pub fn at(origin: String) -> Self {
        Self {
            origin,
            change: Change::default(),
            requests: Arc::default(),
        }
    }

    /// Changes all further responses.
    pub fn change(
        &self,
        change: impl Fn(&str, &mut u16, &mut Value, &mut String) + Send + 'static,
    ) {
        *self.change.lock().unwrap() = Some(Box::new(change));
    }

    /// The number of requests for a path.
    pub fn requests(&self, path: &str) -> usize {
        self.requests
            .lock()
            .unwrap()
            .iter()
            .filter(|one| one.as_str() == path)
            .count()
    }

    /// A client whose accounts are on this server.
    pub fn sign_in(&self) -> (SignIn<MemoryStore>, MemoryStore) {
        let (sign_in, store, _) = self.sign_in_with_clock();
        (sign_in, store)
    }

    pub fn sign_in_with_clock(&self) -> (SignIn<MemoryStore>, MemoryStore, TestClock) {
        let (store, clock) = (MemoryStore::default(), TestClock::new());
        let settings = Settings {
            origin: "http://127.0.0.1:8399".into(),
            signing_key: None,
            connection_scope: None,
        };
        let resolver = Resolver::builder()
            .plc_url(&self.origin)
            .handle_resolver(&self.origin)
            .allow_localhost(true)
            .build()
            .unwrap();
        let sign_in = SignIn::new(settings, resolver, store.clone(), Arc::new(clock.clone()));
        (sign_in.unwrap(), store, clock)
    }

    /// The callback after the person has consented.
    pub fn callback(&self, state: String) -> Callback {
        let iss = Some(self.origin.clone());
        Callback {
            code: Some("c".into()),
            state: Some(state),
            iss,
            ..Callback::default()
        }
    }
}

async fn serve(
    mut stream: TcpStream,
    origin: String,
    change: Change,
    requests: Arc<Mutex<Vec<String>>>,
) {
    let mut request = vec![0; 65536];
    let length = stream.read(&mut request).await.unwrap();
    let text = String::from_utf8_lossy(&request[..length]).into_owned();
    let path = text.split([' ', '?']).nth(1).unwrap_or_default().to_owned();
    requests.lock().unwrap().push(path.clone());
    let mut status = 200;
    let mut headers = String::new();
    let mut body = match path.as_str() {
        "/xrpc/com.atproto.identity.resolveHandle" => json!({ "did": DID }),
        "/.well-known/oauth-protected-resource" => {
            json!({ "resource": origin, "authorization_servers": [origin] })
        }
        "/.well-known/oauth-authorization-server" => metadata(&origin),
        "/par" => json!({ "request_uri": "urn:r" }),
        "/token" => json!({ "access_token": "a", "refresh_token": "r", "token_type": "DPoP",
                            "scope": "atproto", "sub": DID, "expires_in": 0 }),
        path if path.starts_with("/did:plc:") || path == "/.well-known/did.json" => {
            let pds = json!({ "id": "#atproto_pds", "type": "AtprotoPersonalDataServer",
                              "serviceEndpoint": origin });
            json!({ "id": DID, "alsoKnownAs": ["at://mallory.test"], "service": [pds] })
        }
        _ => Value::Null,
    };
    if let Some(change) = change.lock().unwrap().as_ref() {
        change(&path, &mut status, &mut body, &mut headers);
    }
    let body = body.to_string();
    let head = format!("HTTP/1.1 {status} x\r\nconnection: close\r\n{headers}");
    let text = format!("{head}content-length: {}\r\n\r\n{body}", body.len());
    let _ = stream.write_all(text.as_bytes()).await;
}

fn metadata(origin: &str) -> Value {
    json!({
        "issuer": origin,
        "authorization_endpoint": format!("{origin}/authorize"),
        "token_endpoint": format!("{origin}/token"),
        "pushed_authorization_request_endpoint": format!("{origin}/par"),
        "revocation_endpoint": format!("{origin}/revoke"),
        "response_types_supported": ["code"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["none", "private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": ["ES256"],
        "scopes_supported": ["atproto"],
        "dpop_signing_alg_values_supported": ["ES256"],
        "authorization_response_iss_parameter_supported": true,
        "require_pushed_authorization_requests": true,
        "client_id_metadata_document_supported": true,
    })
}

/// A whole sign-in in which one field of one response has another value.
pub async fn sign_in_with(
    path: &'static str,
    field: &'static str,
    value: Value,
) -> (Result<SignedIn, SignInError>, Server, MemoryStore) {
    let server = Server::start().await;
    let (sign_in, store) = server.sign_in();
    server.change(move |requested, _, body, _| {
        if requested.starts_with(path) {
            body[field] = value.clone();
        }
    });
    let result = match sign_in.begin("mallory.test", ADDRESS).await {
        Ok(begun) => sign_in.finish(server.callback(begun.state), ADDRESS).await,
        Err(error) => Err(error),
    };
    (result, server, store)
}
