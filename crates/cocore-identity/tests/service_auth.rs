//! Service-auth tokens: which are accepted, and the name of each defect.
#![allow(clippy::unwrap_used, unreachable_pub, missing_docs)]

mod common;

use std::sync::Arc;
use std::time::Duration;

use atproto_resolver::{Did, Resolver};
use cocore_identity::{KeyResolver, Limits, Policy, ServiceAuth, Target};
use common::issuer::{Directory, Key};
use common::{ALICE, AUDIENCE, CLIENT, METHOD, NOW, TARGET, TestClock, World, claims};
use serde_json::json;

/// Row 16 of the list of attacks.
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
        // The type that the specification announces has no name yet.
        (json!({ "typ": "atproto+jwt" }), json!({}), ok.clone()),
        (json!({ "typ": "" }), json!({}), ok.clone()),
        (json!({ "kid": "#atproto" }), json!({}), ok.clone()),
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
        (json!({ "typ": "AT+JWT" }), json!({}), Err("BadJwt")),
        (
            json!({ "typ": "application/at+jwt" }),
            json!({}),
            Err("BadJwt"),
        ),
        (json!({ "typ": "refresh+jwt" }), json!({}), Err("BadJwt")),
        (
            json!({ "typ": "Application/Refresh+JWT" }),
            json!({}),
            Err("BadJwt"),
        ),
        (json!({ "typ": "dpop+jwt" }), json!({}), Err("BadJwt")),
        (
            json!({ "typ": "dpop+jwt; charset=utf-8" }),
            json!({}),
            Err("BadJwt"),
        ),
        (json!({ "typ": 1 }), json!({}), Err("BadJwt")),
        (json!({ "crit": ["exp"] }), json!({}), Err("BadJwt")),
        (json!({ "kid": "#other" }), json!({}), Err("BadJwtIssuer")),
        (json!({ "kid": "atproto" }), json!({}), Err("BadJwtIssuer")),
        (
            json!({ "kid": format!("{ALICE}#atproto") }),
            json!({}),
            Err("BadJwtIssuer"),
        ),
        (json!({ "kid": "" }), json!({}), Err("BadJwtIssuer")),
        (
            json!({ "kid": ["#atproto"] }),
            json!({}),
            Err("BadJwtIssuer"),
        ),
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
        (json!({}), json!({ "iat": null }), Err("BadJwt")),
        (json!({}), json!({ "iat": "now" }), Err("BadJwt")),
        // The id.
        (json!({}), json!({ "jti": null }), Err("BadJwt")),
        (json!({}), json!({ "jti": "" }), Err("BadJwt")),
        (json!({}), json!({ "jti": 5 }), Err("BadJwt")),
        (json!({}), json!({ "jti": "x".repeat(257) }), Err("BadJwt")),
        // The issuer.
        (json!({}), json!({ "iss": null }), Err("BadJwtIssuer")),
        (
            json!({}),
            json!({ "iss": format!("{ALICE}#atproto") }),
            Err("BadJwtIssuer"),
        ),
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
        // The method.
        (json!({}), json!({ "lxm": null }), Err("BadJwtLexicon")),
        (
            json!({}),
            json!({ "lxm": "dev.cocore.account.createApiKey" }),
            Err("BadJwtLexicon"),
        ),
    ] {
        let case = format!("{header} {more}");
        let token = key.token(header, claims(more));
        assert_eq!(world.verify(&token).await, expected, "{case}");
    }
}

/// Row 16 of the list of attacks: `aud` is this server's DID, alone or with the fragment of the method's service.
#[tokio::test]
async fn the_audience_is_the_service_of_the_method() {
    let world = World::new(Limits::default());
    let key = Key::secp256k1(1);
    let account = Some("cocore_account");
    for (audience, service, is_accepted) in [
        (json!(AUDIENCE), account, true),
        (json!(AUDIENCE), None, true),
        (json!(format!("{AUDIENCE}#cocore_account")), account, true),
        (json!(format!("{AUDIENCE}#cocore_account")), None, false),
        (
            json!(format!("{AUDIENCE}#cocore_account")),
            Some("cocore_inference"),
            false,
        ),
        (json!(format!("{AUDIENCE}#cocore_console")), account, false),
        (json!(format!("{AUDIENCE}#")), account, false),
        (json!(format!("{AUDIENCE}#other")), None, false),
        (json!(null), account, false),
        (json!([AUDIENCE]), account, false),
        (json!("did:web:other.example.com"), account, false),
        (json!(format!("{AUDIENCE}.evil.example")), account, false),
        (json!("https://keys.example.com"), account, false),
    ] {
        let token = key.token(json!({}), claims(json!({ "aud": audience })));
        let target = Target {
            method: METHOD,
            service,
        };
        let verified = world
            .auth
            .verify(&token, target, CLIENT, NOW, |_| true)
            .await;
        let found = verified.map(|_| ()).map_err(|error| error.name());
        let expected = if is_accepted {
            Ok(())
        } else {
            Err("BadJwtAudience")
        };
        assert_eq!(found, expected, "{audience} {service:?}");
    }
}

/// Rows 16 and 18 of the list of attacks.
#[tokio::test]
async fn texts_that_are_no_tokens() {
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
    assert_eq!(world.directory.requests(), 0, "junk causes no look-up");
}

#[tokio::test]
async fn documents_of_both_encodings_are_read() {
    let world = World::new(Limits::default());
    let port = world
        .directory
        .url
        .strip_prefix("http://localhost:")
        .unwrap();
    let web = format!("did:web:localhost%3A{port}");
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
async fn dids_are_compared_by_value() {
    let directory = Directory::start();
    let port = directory.url.strip_prefix("http://localhost:").unwrap();
    let normal = format!("did:web:localhost%3A{port}");
    let key = Key::secp256k1(1);
    directory.put(".well-known/did.json", key.document(&normal));
    let policy = Policy {
        audience: Did::parse("did:web:localhost%3A8080").unwrap(),
        max_lifetime: Duration::from_secs(300),
    };
    let resolver = Resolver::builder().allow_localhost(true).build().unwrap();
    let keys = KeyResolver::new(resolver, Limits::default(), Arc::new(TestClock::new()));
    let auth = ServiceAuth::new(policy, keys);
    for issuer in [
        normal.clone(),
        format!("did:web:localhost%3a{port}"),
        format!("did:web:LOCALHOST%3A{port}"),
    ] {
        for audience in [
            "did:web:localhost%3A8080",
            "did:web:localhost%3a8080",
            "did:web:Localhost%3a8080#cocore_account",
        ] {
            let claims = claims(json!({ "iss": issuer, "aud": audience }));
            let token = key.token(json!({}), claims);
            let caller = auth.verify(&token, TARGET, CLIENT, NOW, |_| true).await;
            let caller = caller.map(|caller| caller.did.into_string());
            assert_eq!(caller, Ok(normal.clone()), "{issuer} {audience}");
        }
    }
    assert_eq!(directory.requests(), 1, "one cached key for all spellings");
}
