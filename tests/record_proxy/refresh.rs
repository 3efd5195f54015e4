//! Refreshing tokens: once, stored before they are used, and to its end.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::{Value, json};

use super::world::{GRANTED, World, form, good, input, sign_in};
use crate::support::BOB;
use crate::support::pds::{REFRESH_TOKEN, answer, now};

const SECOND: &str = "second-access-token-of-the-account";

/// An issuer that demands nonces, and accepts a refresh token once.
pub(super) fn issuer(path: &str, request: &str, used: &Mutex<Vec<String>>) -> Option<String> {
    let host = request
        .lines()
        .find_map(|line| line.strip_prefix("host: ").or(line.strip_prefix("Host: ")));
    let origin = format!("http://{}", host.unwrap().trim());
    let has = |text: &str| request.contains(text);
    match path {
        "/.well-known/oauth-protected-resource" => answer(
            200,
            &[],
            &json!({ "resource": origin, "authorization_servers": [origin] }),
        ),
        "/.well-known/oauth-authorization-server" => answer(200, &[], &metadata(&origin)),
        "/token" if !proof_has_nonce(request, "nonce-of-the-issuer") => answer(
            400,
            &[("dpop-nonce", "nonce-of-the-issuer")],
            &json!({ "error": "use_dpop_nonce" }),
        ),
        "/token" => {
            let token = request.split("refresh_token=").nth(1).unwrap_or_default();
            let token = token.split('&').next().unwrap().to_owned();
            let mut used = used.lock().unwrap();
            if used.contains(&token) {
                return answer(400, &[], &json!({ "error": "invalid_grant" }));
            }
            used.push(token);
            answer(
                200,
                &[],
                &json!({ "access_token": SECOND, "token_type": "DPoP", "expires_in": 3600,
                         "refresh_token": format!("next-{}", used.len()), "scope": GRANTED, "sub": BOB }),
            )
        }
        _ if !has(SECOND) => answer(
            401,
            &[("www-authenticate", "DPoP error=\"invalid_token\"")],
            &json!({ "error": "invalid_token" }),
        ),
        _ if !proof_has_nonce(request, "nonce-of-the-host") => answer(
            401,
            &[
                ("www-authenticate", "DPoP error=\"use_dpop_nonce\""),
                ("dpop-nonce", "nonce-of-the-host"),
            ],
            &json!({ "error": "use_dpop_nonce" }),
        ),
        _ => good(path),
    }
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

fn proof_has_nonce(request: &str, nonce: &str) -> bool {
    use base64::Engine;
    let proof = request.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("dpop").then_some(value.trim())
    });
    let claims = proof.and_then(|proof| proof.split('.').nth(1)).unwrap();
    let claims = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(claims);
    let claims: Value = serde_json::from_slice(&claims.unwrap()).unwrap();
    claims["nonce"] == nonce
}

fn with_issuer(expires_at: u64) -> (World, Arc<Mutex<Vec<String>>>) {
    let used = Arc::new(Mutex::new(Vec::new()));
    let of_issuer = used.clone();
    let world = World::with(expires_at, GRANTED, move |path, request| {
        issuer(path, request, &of_issuer)
    });
    (world, used)
}

#[test]
fn many_calls_with_an_expired_token_refresh_it_once() {
    let (world, used) = with_issuer(now() - 60);
    thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                world
                    .call("createRecord", &input("createRecord"))
                    .expect(200)
            });
        }
    });
    assert_eq!(*used.lock().unwrap(), [REFRESH_TOKEN]);
    // One without the nonce, and one with it.
    assert_eq!(world.pds.count("/token"), 2);
    // Nonces are kept: a later call is sent once.
    let before = world.calls_of_host().len();
    world
        .call("createRecord", &input("createRecord"))
        .expect(200);
    assert_eq!(world.calls_of_host().len(), before + 1);
    // What was stored is what a server that starts later uses.
    let url = world.server.database_url.clone();
    let World {
        pds: _pds,
        directory,
        server,
        key,
        place: _place,
    } = world;
    server.stop();
    let again = super::world::start(&url, &directory.url, &[]);
    let call = again.post("/pds/createRecord", &input("createRecord"));
    call.key(&key).send().expect(200);
    assert_eq!(used.lock().unwrap().len(), 1);
}

/// The host knows better than the time in the token's answer.
#[test]
fn a_token_that_the_host_rejects_is_refreshed() {
    let (world, used) = with_issuer(now() + 3600);
    world
        .call("createRecord", &input("createRecord"))
        .expect(200);
    assert_eq!(*used.lock().unwrap(), [REFRESH_TOKEN]);
}

#[test]
fn tokens_that_are_valid_for_a_second_are_used() {
    let used = Mutex::new(Vec::new());
    let world = World::with(now() - 60, GRANTED, move |path, request| {
        let answer = issuer(path, request, &used)?;
        Some(answer.replace("\"expires_in\":3600", "\"expires_in\":1   "))
    });
    for calls in 1..=2 {
        world
            .call("createRecord", &input("createRecord"))
            .expect(200);
        // At most one without the nonce, and one with it.
        assert!(world.pds.count("/token") <= 2 * calls);
    }
}

/// What the host has revoked is removed here, and not the other way round: tokens that nobody knows of cannot be revoked.
#[test]
fn a_disconnect_during_which_the_server_dies_is_repeated() {
    let used = Mutex::new(Vec::new());
    let hangs = Arc::new(AtomicBool::new(true));
    let hanging = hangs.clone();
    let world = World::with(now() + 3600, GRANTED, move |path, request| match path {
        "/revoke" if hanging.load(Ordering::SeqCst) => None,
        "/revoke" => answer(200, &[], &json!({})),
        _ => issuer(path, request, &used),
    });
    let cookie = sign_in(&world.server, BOB);
    let World {
        pds,
        directory,
        server,
        place: _place,
        ..
    } = world;
    let url = server.database_url.clone();
    thread::scope(|scope| {
        scope.spawn(|| {
            server
                .call("POST", "/records/disconnect")
                .header("sec-fetch-site", "same-origin")
                .header("cookie", &cookie)
                .bytes("application/x-www-form-urlencoded", b"")
                .try_send()
        });
        crate::support::wait_until("the host is not asked", || pds.count("/revoke") > 0);
        assert!(server.signal("KILL"));
    });
    hangs.store(false, Ordering::SeqCst);
    let again = super::world::start(&url, &directory.url, &[]);
    let cookie = sign_in(&again, BOB);
    let before = pds.count("/revoke");
    let answer = form(&again, "/records/disconnect", &cookie, "");
    assert_eq!(answer.status, 303, "{answer:?}");
    assert!(pds.count("/revoke") > before);
}

#[test]
fn a_session_that_its_host_has_ended_has_to_be_connected_again() {
    let (world, used) = with_issuer(now() - 60);
    // As after a crash between the refresh and the store.
    used.lock().unwrap().push(REFRESH_TOKEN.to_owned());
    for _ in 0..3 {
        let answer = world.call("createRecord", &input("createRecord"));
        let message = answer.expect_error(403, "SignInRequired");
        assert!(message.contains("/records"), "{message}");
        // The key itself is as good as before.
        assert!(world.server.accepts(&world.key));
    }
    // The session is gone: nobody asks again.
    assert_eq!(world.pds.count("/token"), 2);
    assert_eq!(world.calls_of_host().len(), 0);
}

#[test]
fn an_issuer_that_is_away_ends_no_session() {
    let is_away = Arc::new(AtomicBool::new(true));
    let (away, used) = (is_away.clone(), Mutex::new(Vec::new()));
    let world = World::with(now() - 60, GRANTED, move |path, request| {
        if path == "/token" && away.load(Ordering::SeqCst) {
            return answer(503, &[], &json!({ "error": "temporarily_unavailable" }));
        }
        issuer(path, request, &used)
    });
    for _ in 0..2 {
        let answer = world.call("createRecord", &input("createRecord"));
        answer.expect_error(502, "PdsError");
    }
    is_away.store(false, Ordering::SeqCst);
    world
        .call("createRecord", &input("createRecord"))
        .expect(200);
}

/// A client that hangs up does not take the new tokens with it.
#[test]
fn a_refresh_is_completed_when_the_client_hangs_up() {
    use std::io::Write;
    let (world, used) = with_issuer(now() - 60);
    let body = input("createRecord").to_string();
    let mut stream = std::net::TcpStream::connect(&world.server.address).unwrap();
    let request = format!(
        "POST /pds/createRecord HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n{body}",
        world.key,
        body.len()
    );
    stream.write_all(request.as_bytes()).unwrap();
    crate::support::wait_until("the issuer is not asked", || world.pds.count("/token") > 0);
    drop(stream);
    world
        .call("createRecord", &input("createRecord"))
        .expect(200);
    assert_eq!(used.lock().unwrap().len(), 1);
}
