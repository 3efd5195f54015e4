//! What an honest PDS never does: one server plays all parts, and lies as it is told.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::sync::{Arc, Mutex};

use cocore_oauth::{Callback, Kind, Settings, SignIn, SignInError, SignedIn};
use common::{Memory, client};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const DID: &str = "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa";

struct Server {
    origin: String,
    /// Changes an answer: (path, status, body, further headers).
    lie: Lie,
    asked: Arc<Mutex<Vec<String>>>,
}

type Lie = Arc<Mutex<Option<Box<dyn Fn(&str, &mut u16, &mut Value, &mut String) + Send>>>>;

impl Server {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let (lie, asked) = (Lie::default(), Arc::new(Mutex::new(Vec::new())));
        let server = Self {
            origin,
            lie: lie.clone(),
            asked: asked.clone(),
        };
        let origin = server.origin.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, origin.clone(), lie.clone(), asked.clone()));
            }
        });
        server
    }

    fn lie(&self, lie: impl Fn(&str, &mut u16, &mut Value, &mut String) + Send + 'static) {
        *self.lie.lock().unwrap() = Some(Box::new(lie));
    }

    fn asked(&self, path: &str) -> usize {
        self.asked
            .lock()
            .unwrap()
            .iter()
            .filter(|one| one.as_str() == path)
            .count()
    }

    fn sign_in(&self) -> (SignIn<Memory>, Memory) {
        let vault = Memory::default();
        let settings = Settings {
            origin: "http://127.0.0.1:8399".into(),
            plc_url: self.origin.clone(),
            handle_resolver: self.origin.clone(),
            allow_loopback: true,
            signing_key: None,
        };
        (
            SignIn::new(
                settings,
                client().build().unwrap(),
                client().build().unwrap(),
                vault.clone(),
            )
            .unwrap(),
            vault,
        )
    }

    fn callback(&self, state: String) -> Callback {
        let iss = Some(self.origin.clone());
        Callback {
            code: Some("c".into()),
            state: Some(state),
            iss,
            ..Callback::default()
        }
    }
}

async fn serve(mut stream: TcpStream, origin: String, lie: Lie, asked: Arc<Mutex<Vec<String>>>) {
    let mut request = vec![0; 65536];
    let length = stream.read(&mut request).await.unwrap();
    let text = String::from_utf8_lossy(&request[..length]).into_owned();
    let path = text.split([' ', '?']).nth(1).unwrap_or_default().to_owned();
    asked.lock().unwrap().push(path.clone());
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
        path if path.starts_with("/did:plc:") => {
            let pds = json!({ "id": "#atproto_pds", "type": "AtprotoPersonalDataServer",
                              "serviceEndpoint": origin });
            json!({ "id": DID, "alsoKnownAs": ["at://mallory.test"], "service": [pds] })
        }
        _ => Value::Null,
    };
    if let Some(lie) = lie.lock().unwrap().as_ref() {
        lie(&path, &mut status, &mut body, &mut headers);
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

/// A sign-in in which one field of one answer has another value.
async fn with(
    path: &'static str,
    field: &'static str,
    value: Value,
) -> (Result<SignedIn, SignInError>, Server, Memory) {
    let server = Server::start().await;
    let (sign_in, vault) = server.sign_in();
    server.lie(move |asked, _, body, _| {
        if asked.starts_with(path) {
            body[field] = value.clone();
        }
    });
    let result = match sign_in.begin("mallory.test").await {
        Ok(begun) => sign_in.finish(server.callback(begun.state)).await,
        Err(error) => Err(error),
    };
    (result, server, vault)
}

#[tokio::test]
async fn the_honest_one_signs_in() {
    let (result, ..) = with("/none", "", Value::Null).await;
    assert_eq!(
        result.unwrap(),
        SignedIn {
            did: DID.into(),
            handle: Some("mallory.test".into())
        }
    );
}

#[tokio::test]
async fn tokens_that_are_not_what_was_asked_for_are_revoked_and_not_kept() {
    for (field, value) in [
        ("sub", json!("did:plc:bbbbbbbbbbbbbbbbbbbbbbbb")),
        ("sub", Value::Null),
        ("scope", json!("transition:generic atprotox")),
        ("token_type", json!("Bearer")),
    ] {
        let (result, server, vault) = with("/token", field, value.clone()).await;
        let error = result.unwrap_err();
        println!("{field} = {value}: {error}");
        assert!(matches!(error, SignInError::Refused(_)));
        assert_eq!(vault.count(Kind::Session), 0);
        if !value.is_null() {
            assert_eq!(server.asked("/revoke"), 2);
        }
    }
}

#[tokio::test]
async fn an_issuer_that_falls_short_is_refused_before_the_browser_is_sent_there() {
    for (field, value) in [
        ("issuer", json!("http://127.0.0.1:1")),
        ("response_types_supported", json!([])),
        ("grant_types_supported", json!(["authorization_code"])),
        ("code_challenge_methods_supported", json!(["plain"])),
        (
            "token_endpoint_auth_methods_supported",
            json!(["private_key_jwt"]),
        ),
        ("scopes_supported", json!(["openid"])),
        ("dpop_signing_alg_values_supported", json!(["RS256"])),
        (
            "authorization_response_iss_parameter_supported",
            json!(false),
        ),
        ("require_pushed_authorization_requests", json!(false)),
        ("client_id_metadata_document_supported", json!(false)),
        ("pushed_authorization_request_endpoint", Value::Null),
        (
            "pushed_authorization_request_endpoint",
            json!("http://10.0.0.1/par"),
        ),
        ("authorization_endpoint", json!("javascript:alert(1)")),
        ("authorization_endpoint", json!("http://example.com/")),
        ("protected_resources", json!(["https://pds.example"])),
    ] {
        let (result, server, vault) = with(
            "/.well-known/oauth-authorization-server",
            field,
            value.clone(),
        )
        .await;
        let error = result.unwrap_err();
        println!("{field} = {value}: {error}");
        assert!(matches!(error, SignInError::Refused(_)), "{error:?}");
        assert_eq!((server.asked("/par"), vault.count(Kind::State)), (0, 0));
    }
}

#[tokio::test]
async fn a_data_server_or_document_that_lies_is_refused() {
    for (path, field, value) in [
        (
            "/.well-known/oauth-protected-resource",
            "resource",
            json!("https://pds.example"),
        ),
        (
            "/.well-known/oauth-protected-resource",
            "authorization_servers",
            json!([]),
        ),
        (
            "/.well-known/oauth-protected-resource",
            "authorization_servers",
            json!(["https://10.0.0.1"]),
        ),
        (
            "/.well-known/oauth-protected-resource",
            "authorization_servers",
            json!(["https://a.example/x"]),
        ),
        ("/did:plc:", "id", json!("did:plc:bbbbbbbbbbbbbbbbbbbbbbbb")),
        ("/did:plc:", "service", json!([])),
        (
            "/did:plc:",
            "alsoKnownAs",
            json!(["at://alice.test", "at://mallory.test"]),
        ),
        ("/xrpc/", "did", json!("did:plc:x/../../y")),
    ] {
        let (result, server, _) = with(path, field, value.clone()).await;
        let error = result.unwrap_err();
        println!("{path} {field} = {value}: {error}");
        assert!(
            matches!(error, SignInError::Refused(_) | SignInError::Unknown(_)),
            "{error:?}"
        );
        assert_eq!(server.asked("/par"), 0);
    }
}

#[tokio::test]
async fn an_account_that_moved_during_the_sign_in_is_refused() {
    let (first, second) = (Server::start().await, Server::start().await);
    let (sign_in, _) = first.sign_in();
    let begun = sign_in.begin("mallory.test").await.unwrap();
    let pds = second.origin.clone();
    first.lie(move |path, _, body, _| {
        if path.starts_with("/did:plc:") {
            body["service"][0]["serviceEndpoint"] = json!(pds);
        }
    });
    let error = sign_in
        .finish(first.callback(begun.state))
        .await
        .unwrap_err();
    println!("{error}");
    assert!(matches!(error, SignInError::Refused(_)));
    assert_eq!((first.asked("/token"), second.asked("/token")), (0, 0));
}

#[tokio::test]
async fn a_server_may_neither_say_too_much_nor_send_us_elsewhere_nor_keep_us_waiting() {
    let server = Server::start().await;
    let (sign_in, _) = server.sign_in();
    server.lie(|_, _, body, _| *body = json!("x".repeat(300 * 1024)));
    println!("{}", sign_in.begin(DID).await.err().unwrap());
    for status in [302, 307] {
        server.lie(move |path, code, _, headers| {
            if path == "/.well-known/oauth-authorization-server" {
                *code = status;
                headers.push_str("location: /.well-known/oauth-protected-resource\r\n");
            }
        });
        println!("{status}: {}", sign_in.begin(DID).await.err().unwrap());
    }
    server.lie(|_, status, _, _| *status = 503);
    let error = sign_in.begin(DID).await.err().unwrap();
    println!("{error}");
    assert!(matches!(error, SignInError::Unavailable(_)));

    // Accepts, and never answers.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", silent.local_addr().unwrap());
    let silent = Server {
        origin,
        lie: Lie::default(),
        asked: Arc::default(),
    };
    let start = std::time::Instant::now();
    let error = silent.sign_in().0.begin(DID).await.err().unwrap();
    println!("{error} ({:.1} s)", start.elapsed().as_secs_f32());
    assert!(matches!(error, SignInError::Unavailable(_)));
}

#[tokio::test]
async fn ten_refreshes_at_once_ask_the_issuer_once_and_an_ended_one_is_forgotten() {
    let server = Server::start().await;
    let (sign_in, vault) = server.sign_in();
    let begun = sign_in.begin("mallory.test").await.unwrap();
    sign_in.finish(server.callback(begun.state)).await.unwrap();
    server.lie(|path, _, body, _| {
        if path == "/token" {
            body["expires_in"] = json!(3600);
            body["refresh_token"] = json!("r2");
        }
    });
    let sign_in = Arc::new(sign_in);
    let before = server.asked("/token");
    let tasks: Vec<_> = (0..10)
        .map(|_| {
            let sign_in = sign_in.clone();
            // That it can be spawned shows that the futures are Send.
            tokio::spawn(async move { sign_in.refresh(DID).await })
        })
        .collect();
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    println!(
        "10 refreshes asked the issuer {} time(s)",
        server.asked("/token") - before
    );
    assert_eq!(server.asked("/token") - before, 1);
    assert_eq!(vault.session(DID).unwrap()["refresh_token"], "r2");

    let mut near = vault.session(DID).unwrap();
    near["ends"] = json!(0);
    vault.set(DID, &near);
    server.lie(|path, status, body, _| {
        if path == "/token" {
            *status = 500;
            *body = Value::Null;
        }
    });
    assert!(matches!(
        sign_in.refresh(DID).await,
        Err(SignInError::Unavailable(_))
    ));
    assert!(vault.session(DID).is_some());
    server.lie(|path, status, body, _| {
        if path == "/token" {
            *status = 400;
            *body = json!({ "error": "invalid_grant" });
        }
    });
    assert!(matches!(
        sign_in.refresh(DID).await,
        Err(SignInError::Refused(_))
    ));
    assert!(vault.session(DID).is_none());
}

#[tokio::test]
async fn one_of_two_callbacks_with_the_same_state_goes_through() {
    let server = Server::start().await;
    let (sign_in, _) = server.sign_in();
    let state = sign_in.begin(DID).await.unwrap().state;
    let one = sign_in.finish(server.callback(state.clone()));
    let (one, two) = tokio::join!(one, sign_in.finish(server.callback(state)));
    assert_eq!(
        (one.is_ok(), two.is_ok(), server.asked("/token")),
        (true, false, 1)
    );
}

#[test]
fn settings_that_cannot_work_are_refused() {
    let new = |origin: &str| {
        let settings = Settings {
            origin: origin.into(),
            plc_url: "https://plc.directory".into(),
            handle_resolver: "https://public.api.bsky.app".into(),
            allow_loopback: false,
            signing_key: None,
        };
        let client = client().build().unwrap();
        SignIn::new(settings, client.clone(), client, Memory::default()).err()
    };
    for origin in [
        "x",
        "http://a.example",
        "http://localhost:1",
        "https://a.example",
        "https://1.2.3.4",
        "https://a.example/x",
        "http://10.0.0.1",
        "ftp://127.0.0.1",
    ] {
        println!("{origin}: {}", new(origin).expect(origin));
    }
    assert_eq!(new("http://127.0.0.1:80/"), None);
    assert_eq!(new("http://[::1]:1"), None);
}
