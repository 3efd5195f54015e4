//! Service-auth tokens: which prove who calls, and which name each defect has.
#![allow(clippy::unwrap_used, unreachable_pub, missing_docs)]

#[path = "../../../tests/support/issuer.rs"]
mod issuer;

use std::time::Duration;

use cocore_identity::{Limits, Policy, Refusal, Resolver, ServiceAuth};
use issuer::{Directory, Key, encoded};
use serde_json::{Value, json};

const AUDIENCE: &str = "did:web:keys.example.com";
const METHOD: &str = "dev.cocore.account.listApiKeys";
const ALICE: &str = "did:plc:ewvi7nxzyoun6zhxrhs64oiz";
const NOW: f64 = 1_800_000_000.0;

struct World {
    directory: Directory,
    auth: ServiceAuth,
}

impl World {
    fn new(limits: Limits) -> Self {
        let directory = Directory::start();
        directory.put(ALICE, Key::secp256k1(1).document(ALICE));
        let policy = Policy {
            audience: AUDIENCE.to_owned(),
            services: vec!["cocore_account"],
            longest_life: Duration::from_secs(300),
        };
        let resolver = Resolver::new(&directory.url, true, limits).unwrap();
        let auth = ServiceAuth::new(policy, resolver);
        Self { directory, auth }
    }

    async fn verify(&self, token: &str) -> Result<String, &'static str> {
        let caller = self.auth.verify(token, METHOD, NOW, |_| true).await;
        caller
            .map(|caller| caller.did.to_string())
            .map_err(|refusal| refusal.name())
    }
}

/// What a PDS claims.
fn claims(more: Value) -> Value {
    let mut claims = json!({
        "iss": ALICE, "aud": AUDIENCE, "lxm": METHOD, "exp": NOW as i64 + 60, "iat": NOW as i64, "jti": "1",
    });
    for (key, value) in more.as_object().unwrap() {
        claims[key] = value.clone();
    }
    claims
}

#[tokio::test]
async fn each_defect_has_its_name() {
    let world = World::new(Limits::default());
    let key = Key::secp256k1(1);
    let ok = Ok(ALICE.to_owned());
    let now = NOW as i64;
    for (header, more, expected) in [
        (json!({}), json!({}), ok.clone()),
        (json!({ "typ": null }), json!({}), ok.clone()),
        (json!({ "typ": "jwt" }), json!({}), ok.clone()),
        (
            json!({ "kid": "x" }),
            json!({ "jti": null, "iat": null }),
            ok.clone(),
        ),
        (
            json!({}),
            json!({ "iss": format!("{ALICE}#bsky_fg") }),
            ok.clone(),
        ),
        (
            json!({}),
            json!({ "aud": format!("{AUDIENCE}#cocore_account") }),
            ok.clone(),
        ),
        (
            json!({}),
            json!({ "exp": now + 330, "nbf": now + 29, "iat": NOW + 29.5 }),
            ok.clone(),
        ),
        // The header.
        (json!({ "alg": "none" }), json!({}), Err("BadJwt")),
        (json!({ "alg": "HS256" }), json!({}), Err("BadJwt")),
        (json!({ "alg": "ES256" }), json!({}), Err("BadJwt")),
        (json!({ "alg": null }), json!({}), Err("BadJwt")),
        (json!({ "alg": ["ES256K"] }), json!({}), Err("BadJwt")),
        (json!({ "typ": "at+jwt" }), json!({}), Err("BadJwt")),
        (json!({ "typ": "refresh+jwt" }), json!({}), Err("BadJwt")),
        (json!({ "typ": "dpop+jwt" }), json!({}), Err("BadJwt")),
        (json!({ "typ": 1 }), json!({}), Err("BadJwt")),
        (json!({ "crit": ["exp"] }), json!({}), Err("BadJwt")),
        // Times.
        (json!({}), json!({ "exp": null }), Err("BadJwt")),
        (json!({}), json!({ "exp": "2030-01-01" }), Err("BadJwt")),
        (json!({}), json!({ "exp": now + 331 }), Err("BadJwt")),
        (
            json!({}),
            json!({ "exp": now + 315_360_000 }),
            Err("BadJwt"),
        ),
        (json!({}), json!({ "exp": 1e300 }), Err("BadJwt")),
        (json!({}), json!({ "exp": now }), Err("JwtExpired")),
        (json!({}), json!({ "exp": -1e300 }), Err("JwtExpired")),
        (json!({}), json!({ "nbf": now + 31 }), Err("BadJwt")),
        (json!({}), json!({ "iat": now + 31 }), Err("BadJwt")),
        (json!({}), json!({ "nbf": "now" }), Err("BadJwt")),
        (json!({}), json!({ "jti": 5 }), Err("BadJwt")),
        (json!({}), json!({ "jti": "x".repeat(257) }), Err("BadJwt")),
        // Who.
        (json!({}), json!({ "iss": null }), Err("BadJwtIssuer")),
        (
            json!({}),
            json!({ "iss": "alice.example.com" }),
            Err("BadJwtIssuer"),
        ),
        (
            json!({}),
            json!({ "iss": "did:key:z6Mk" }),
            Err("BadJwtIssuer"),
        ),
        (
            json!({}),
            json!({ "iss": "did:plc:unknownaaaaaaaaaaaaaaaaa" }),
            Err("BadJwtIssuer"),
        ),
        (
            json!({}),
            json!({ "iss": "did:web:169.254.169.254" }),
            Err("BadJwtIssuer"),
        ),
        (
            json!({}),
            json!({ "iss": "did:web:localhost%3A1" }),
            Err("BadJwtIssuer"),
        ),
        // For whom, for what.
        (json!({}), json!({ "aud": null }), Err("BadJwtAudience")),
        (
            json!({}),
            json!({ "aud": [AUDIENCE] }),
            Err("BadJwtAudience"),
        ),
        (
            json!({}),
            json!({ "aud": "did:web:other.example.com" }),
            Err("BadJwtAudience"),
        ),
        (
            json!({}),
            json!({ "aud": format!("{AUDIENCE}#other") }),
            Err("BadJwtAudience"),
        ),
        (
            json!({}),
            json!({ "aud": format!("{AUDIENCE}.evil.example") }),
            Err("BadJwtAudience"),
        ),
        (json!({}), json!({ "lxm": null }), Err("BadJwtLexicon")),
        (
            json!({}),
            json!({ "lxm": "dev.cocore.account.createApiKey" }),
            Err("BadJwtLexicon"),
        ),
    ] {
        let told = format!("{header} {more}");
        let token = key.token(header, claims(more));
        assert_eq!(world.verify(&token).await, expected, "{told}");
    }
}

#[tokio::test]
async fn signatures_count_in_one_form() {
    let world = World::new(Limits::default());
    let p256 = "did:plc:p256aaaaaaaaaaaaaaaaaaaa";
    world.directory.put(p256, Key::p256(3).document(p256));
    for (did, key, order) in [
        (ALICE, Key::secp256k1(1), secp256k1_order()),
        (p256, Key::p256(3), p256_order()),
    ] {
        let good = key.token(json!({}), claims(json!({ "iss": did })));
        assert_eq!(world.verify(&good).await, Ok(did.to_owned()));
        let (message, signature) = good.rsplit_once('.').unwrap();
        let raw = key.sign(message.as_bytes());
        let mut high = raw;
        high[32..].copy_from_slice(&subtract(&order, &raw[32..]));
        let mut other = raw;
        other[3] ^= 1;
        for (name, signature) in [
            ("high s", encoded(&high)),
            ("truncated", encoded(&raw[..63])),
            ("longer", encoded(&[&raw[..], &[0]].concat())),
            (
                "der",
                encoded(&[&[0x30, 0x44, 2, 0x20], &raw[..32], &[2, 0x20], &raw[32..]].concat()),
            ),
            ("changed", encoded(&other)),
            ("zeros", encoded(&[0; 64])),
            ("none", String::new()),
            ("padded", format!("{signature}==")),
        ] {
            let token = format!("{message}.{signature}");
            assert_eq!(world.verify(&token).await, Err("BadJwtSignature"), "{name}");
        }
    }
    let other = Key::secp256k1(2).token(json!({}), claims(json!({})));
    assert_eq!(world.verify(&other).await, Err("BadJwtSignature"));
}

#[tokio::test]
async fn what_cannot_be_read_is_no_token() {
    let world = World::new(Limits::default());
    let key = Key::secp256k1(1);
    let good = key.token(json!({}), claims(json!({})));
    let header = r#"{"alg":"ES256K"}"#;
    for token in [
        String::new(),
        "..".to_owned(),
        "a.b".to_owned(),
        good.replace('.', ".."),
        format!("{good}.x"),
        format!(" {good}"),
        key.signed("null", &claims(json!({})).to_string()),
        key.signed(header, "null"),
        key.signed(header, "[]"),
        key.signed(header, "{"),
        key.signed(
            r#"{"alg":"ES256K","alg":"ES256"}"#,
            &claims(json!({})).to_string(),
        ),
        key.token(json!({}), claims(json!({ "pad": "x".repeat(4096) }))),
        "x".repeat(1_000_000),
    ] {
        assert_eq!(world.verify(&token).await, Err("BadJwt"), "{:.80}", token);
    }
    assert_eq!(world.directory.asked(), 0, "nothing is looked up for junk");
}

#[tokio::test]
async fn documents_of_both_shapes_are_read() {
    let world = World::new(Limits::default());
    let host = world
        .directory
        .url
        .strip_prefix("http://localhost:")
        .unwrap();
    let web = format!("did:web:localhost%3A{host}");
    let key = Key::secp256k1(1);
    for (path, did, document, expected) in [
        (
            "did:plc:newaaaaaaaaaaaaaaaaaaaaa",
            "did:plc:newaaaaaaaaaaaaaaaaaaaaa",
            key.document("did:plc:newaaaaaaaaaaaaaaaaaaaaa"),
            true,
        ),
        (
            "did:plc:oldaaaaaaaaaaaaaaaaaaaaa",
            "did:plc:oldaaaaaaaaaaaaaaaaaaaaa",
            key.older_document("did:plc:oldaaaaaaaaaaaaaaaaaaaaa"),
            true,
        ),
        (".well-known/did.json", &web, key.document(&web), true),
        (
            "did:plc:otheraaaaaaaaaaaaaaaaaaa",
            "did:plc:otheraaaaaaaaaaaaaaaaaaa",
            key.document(ALICE),
            false,
        ),
        (
            "did:plc:noneaaaaaaaaaaaaaaaaaaaa",
            "did:plc:noneaaaaaaaaaaaaaaaaaaaa",
            json!({ "id": "did:plc:noneaaaaaaaaaaaaaaaaaaaa" }),
            false,
        ),
        (
            "did:plc:listaaaaaaaaaaaaaaaaaaaa",
            "did:plc:listaaaaaaaaaaaaaaaaaaaa",
            json!([]),
            false,
        ),
    ] {
        world.directory.put(path, document);
        let token = key.token(json!({}), claims(json!({ "iss": did })));
        let expected = if expected {
            Ok(did.to_owned())
        } else {
            Err("BadJwtIssuer")
        };
        assert_eq!(world.verify(&token).await, expected, "{did}");
    }
    let p256 = Key::p256(9);
    world.directory.put(
        "did:plc:paaaaaaaaaaaaaaaaaaaaaaa",
        p256.older_document("did:plc:paaaaaaaaaaaaaaaaaaaaaaa"),
    );
    let token = p256.token(
        json!({}),
        claims(json!({ "iss": "did:plc:paaaaaaaaaaaaaaaaaaaaaaa" })),
    );
    assert_eq!(
        world.verify(&token).await,
        Ok("did:plc:paaaaaaaaaaaaaaaaaaaaaaa".to_owned())
    );
}

#[tokio::test]
async fn a_rotated_key_is_looked_up_once() {
    let world = World::new(Limits::default());
    let [old, new] = [Key::secp256k1(1), Key::p256(2)];
    let token = |key: &Key| key.token(json!({}), claims(json!({})));
    assert_eq!(world.verify(&token(&old)).await, Ok(ALICE.to_owned()));
    assert_eq!(world.verify(&token(&old)).await, Ok(ALICE.to_owned()));
    assert_eq!(world.directory.asked(), 1);
    world.directory.put(ALICE, new.document(ALICE));
    assert_eq!(world.verify(&token(&new)).await, Ok(ALICE.to_owned()));
    assert_eq!(world.directory.asked(), 2);
    // The old one is dead, and nobody asks again for its sake.
    for _ in 0..5 {
        assert!(world.verify(&token(&old)).await.is_err());
    }
    assert_eq!(world.directory.asked(), 2);
    assert_eq!(world.verify(&token(&new)).await, Ok(ALICE.to_owned()));
}

#[tokio::test]
async fn that_there_is_nobody_is_remembered_for_a_while() {
    let nobody = Key::secp256k1(5).token(
        json!({}),
        claims(json!({ "iss": "did:plc:nobodyaaaaaaaaaaaaaaaaaa" })),
    );
    let world = World::new(Limits::default());
    for _ in 0..3 {
        assert_eq!(world.verify(&nobody).await, Err("BadJwtIssuer"));
    }
    assert_eq!(world.directory.asked(), 1);
    let limits = Limits {
        keep_none: Duration::ZERO,
        ..Limits::default()
    };
    let world = World::new(limits);
    for _ in 0..3 {
        assert_eq!(world.verify(&nobody).await, Err("BadJwtIssuer"));
    }
    assert_eq!(world.directory.asked(), 3);
}

#[tokio::test]
async fn trouble_with_the_directory_is_not_the_issuers_fault() {
    let world = World::new(Limits {
        keep_trouble: Duration::ZERO,
        ..Limits::default()
    });
    let broken = "HTTP/1.1 500 Oops\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    let key = Key::secp256k1(1);
    let token = key.token(
        json!({}),
        claims(json!({ "iss": "did:plc:lateraaaaaaaaaaaaaaaaaaa" })),
    );
    world
        .directory
        .put("did:plc:lateraaaaaaaaaaaaaaaaaaa", broken);
    assert_eq!(world.verify(&token).await, Err("ServiceUnavailable"));
    // It heals unaided.
    world.directory.put(
        "did:plc:lateraaaaaaaaaaaaaaaaaaa",
        key.document("did:plc:lateraaaaaaaaaaaaaaaaaaa"),
    );
    assert_eq!(
        world.verify(&token).await,
        Ok("did:plc:lateraaaaaaaaaaaaaaaaaaa".to_owned())
    );
    let nowhere = Resolver::new("http://localhost:1", false, Limits::default()).unwrap();
    let policy = Policy {
        audience: AUDIENCE.to_owned(),
        services: vec![],
        longest_life: Duration::from_secs(300),
    };
    let auth = ServiceAuth::new(policy, nowhere);
    let refused = auth.verify(&token, METHOD, NOW, |_| true).await;
    assert!(
        matches!(refused, Err(Refusal::Unavailable(_))),
        "{refused:?}"
    );
}

#[tokio::test]
async fn hosts_are_held_to_bounds() {
    let world = World::new(Limits {
        keep_none: Duration::ZERO,
        ..Limits::default()
    });
    let port = world
        .directory
        .url
        .strip_prefix("http://localhost:")
        .unwrap();
    let did = format!("did:web:localhost%3A{port}");
    let token = Key::secp256k1(1).token(json!({}), claims(json!({ "iss": did })));
    let elsewhere = Directory::start();
    elsewhere.put("did.json", Key::secp256k1(1).document(&did));
    let path = ".well-known/did.json";
    let redirect = |to: &str| {
        format!(
            "HTTP/1.1 302 Found\r\nlocation: {to}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        )
    };
    for document in [
        redirect(&format!("{}/did.json", elsewhere.url)),
        redirect("/.well-known/did.json"),
        format!("{}{}", Key::secp256k1(1).document(&did), " ".repeat(70_000)),
        "HTTP/1.1 500 Oops\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".to_owned(),
        "HTTP/1.1 200 OK\r\n".to_owned(),
    ] {
        world.directory.put(path, document);
        assert_eq!(world.verify(&token).await, Err("BadJwtIssuer"));
    }
    assert_eq!(elsewhere.asked(), 0);
    world
        .directory
        .put("moved", Key::secp256k1(1).document(&did));
    world.directory.put(path, redirect("/moved"));
    assert_eq!(world.verify(&token).await, Ok(did.clone()));

    // Where the operator does not develop, localhost is nobody.
    let resolver = Resolver::new(&world.directory.url, false, Limits::default()).unwrap();
    let policy = Policy {
        audience: AUDIENCE.to_owned(),
        services: vec![],
        longest_life: Duration::from_secs(300),
    };
    let before = world.directory.asked();
    let refused = ServiceAuth::new(policy, resolver)
        .verify(&token, METHOD, NOW, |_| true)
        .await;
    assert_eq!(refused.unwrap_err().name(), "BadJwtIssuer");
    assert_eq!(world.directory.asked(), before);
}

#[tokio::test]
async fn a_flood_of_unknown_issuers_holds_up_nobody_who_is_known() {
    let limits = Limits {
        in_flight: 2,
        patience: Duration::ZERO,
        ..Limits::default()
    };
    let world = World::new(limits);
    let key = Key::secp256k1(1);
    let good = key.token(json!({}), claims(json!({})));
    assert_eq!(world.verify(&good).await, Ok(ALICE.to_owned()));
    let junk: Vec<_> = (0..200)
        .map(|n| key.token(json!({}), claims(json!({ "iss": junk_did(n) }))))
        .collect();
    let flood = junk.iter().map(|token| world.verify(token));
    let mut flood: Vec<_> = flood.map(Box::pin).collect();
    // All of them are begun, and a good caller is told at once.
    for one in &mut flood {
        let polled =
            std::future::poll_fn(|context| std::task::Poll::Ready(one.as_mut().poll(context)));
        let _ = polled.await;
    }
    assert_eq!(world.verify(&good).await, Ok(ALICE.to_owned()));
    assert!(world.directory.asked() <= 3, "{}", world.directory.asked());
}

fn junk_did(number: usize) -> String {
    let digits = format!("{number:03}");
    let letters: String = digits
        .bytes()
        .map(|digit| char::from(digit - b'0' + b'a'))
        .collect();
    format!("did:plc:{letters:b>24}")
}

fn subtract(from: &[u8; 32], what: &[u8]) -> [u8; 32] {
    let mut difference = [0; 32];
    let mut borrow = 0;
    for index in (0..32).rev() {
        let value = i16::from(from[index]) - i16::from(what[index]) - borrow;
        borrow = i16::from(value < 0);
        difference[index] = u8::try_from(value + 256 * borrow).unwrap();
    }
    difference
}

fn secp256k1_order() -> [u8; 32] {
    hex("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141")
}

fn p256_order() -> [u8; 32] {
    hex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551")
}

fn hex(text: &str) -> [u8; 32] {
    let byte = |index: usize| u8::from_str_radix(&text[2 * index..2 * index + 2], 16).unwrap();
    std::array::from_fn(byte)
}

#[tokio::test]
async fn many_at_once_after_a_rotation_are_all_accepted() {
    let world = World::new(Limits::default());
    let [old, new] = [Key::secp256k1(1), Key::secp256k1(2)];
    let token = |key: &Key| key.token(json!({}), claims(json!({})));
    assert!(world.verify(&token(&old)).await.is_ok());
    world.directory.put(ALICE, new.document(ALICE));
    let fresh = token(&new);
    let calls = (0..10).map(|_| world.verify(&fresh));
    for result in together(calls).await {
        assert!(result.is_ok(), "{result:?}");
    }
    assert_eq!(world.directory.asked(), 2);
}

#[tokio::test]
async fn a_forged_token_costs_one_look_up_and_drives_no_good_key_out() {
    let world = World::new(Limits {
        refresh_every: Duration::ZERO,
        ..Limits::default()
    });
    let port = world
        .directory
        .url
        .strip_prefix("http://localhost:")
        .unwrap();
    let did = format!("did:web:localhost%3A{port}");
    let key = Key::secp256k1(1);
    let path = ".well-known/did.json";
    world.directory.put(path, key.document(&did));
    let by = |key: &Key| key.token(json!({}), claims(json!({ "iss": did })));
    assert_eq!(
        world.verify(&by(&Key::secp256k1(9))).await,
        Err("BadJwtSignature")
    );
    assert_eq!(
        world.directory.asked(),
        1,
        "what was looked up just now is not looked up again"
    );
    assert!(world.verify(&by(&key)).await.is_ok());
    let down = "HTTP/1.1 500 Oops\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    world.directory.put(path, down);
    assert_eq!(
        world.verify(&by(&Key::secp256k1(9))).await,
        Err("BadJwtSignature")
    );
    assert!(
        world.verify(&by(&key)).await.is_ok(),
        "a host that is down has not changed its key"
    );
}

#[tokio::test]
async fn those_who_wait_for_one_look_up_share_what_it_came_to() {
    let world = World::new(Limits::default());
    let did = "did:plc:brokenaaaaaaaaaaaaaaaaaa";
    let down = "HTTP/1.1 500 Oops\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    world.directory.put(did, down);
    let token = Key::secp256k1(1).token(json!({}), claims(json!({ "iss": did })));
    let calls = (0..20).map(|_| world.verify(&token));
    for result in together(calls).await {
        assert_eq!(result, Err("ServiceUnavailable"));
    }
    assert_eq!(world.directory.asked(), 1);
}

#[tokio::test]
async fn whom_the_service_does_not_admit_is_not_looked_up() {
    let world = World::new(Limits::default());
    let token = Key::secp256k1(1).token(json!({}), claims(json!({})));
    let refused = world.auth.verify(&token, METHOD, NOW, |_| false).await;
    assert_eq!(refused.unwrap_err().name(), "Forbidden");
    for did in [
        "did:plc:short",
        "did:plc:UPPERaaaaaaaaaaaaaaaaaaa",
        "did:web:a:path",
    ] {
        let token = Key::secp256k1(1).token(json!({}), claims(json!({ "iss": did })));
        assert_eq!(world.verify(&token).await, Err("BadJwtIssuer"));
    }
    assert_eq!(world.directory.asked(), 0);
}

/// Runs futures at the same time.
async fn together<F: Future>(futures: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut futures: Vec<_> = futures.map(|future| (Box::pin(future), None)).collect();
    std::future::poll_fn(move |context| {
        for (future, done) in &mut futures {
            if done.is_none()
                && let std::task::Poll::Ready(output) = future.as_mut().poll(context)
            {
                *done = Some(output);
            }
        }
        match futures.iter().all(|(_, done)| done.is_some()) {
            true => {
                std::task::Poll::Ready(futures.drain(..).filter_map(|(_, done)| done).collect())
            }
            false => std::task::Poll::Pending,
        }
    })
    .await
}
