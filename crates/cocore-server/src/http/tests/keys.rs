//! Keys whose time passes.

use actix_web::http::StatusCode;
use actix_web::test::TestRequest;
use serde_json::{Value, json};

use super::world::World;

/// Row 21 of the list of attacks.
#[actix_web::test]
async fn a_key_that_expires_gets_the_answer_of_an_unknown_one() {
    let world = World::new();
    let key = world.create(Some("2030-01-01T00:00:10Z")).await;
    for (now, expected) in [
        ("2030-01-01T00:00:09.999Z", StatusCode::OK),
        ("2030-01-01T00:00:10Z", StatusCode::UNAUTHORIZED),
        ("2031-01-01T00:00:00Z", StatusCode::UNAUTHORIZED),
    ] {
        world.clock.set(now);
        assert_eq!(
            world.call(&key, "listApiKeys", None).await.0,
            expected,
            "{now}"
        );
    }
    let unknown = format!("cocore-{}", "A".repeat(43));
    for path in ["/xrpc/dev.cocore.account.listApiKeys", "/auth/verify"] {
        let expired = world.fingerprint(path, &key).await;
        assert_eq!(expired.0, StatusCode::UNAUTHORIZED);
        assert_eq!(expired, world.fingerprint(path, &unknown).await);
    }
}

/// Row 12 of the list of attacks.
#[actix_web::test]
async fn the_clock_jumps_an_hour_back_and_forth() {
    let world = World::new();
    world.clock.set("2030-01-01T00:00:00Z");
    let soon = world.create(Some("2030-01-01T00:30:00Z")).await;
    let key = world.create(None).await;
    let session = format!("cocore={}", world.sign_in().await);
    let jumps = [
        ("2029-12-31T23:00:00Z", true),
        ("2030-01-01T01:00:00Z", false),
        ("2030-01-01T00:00:00Z", true),
        ("1970-01-01T00:00:00Z", true),
        ("9999-12-31T23:59:59Z", false),
        ("2030-01-01T00:29:59.999Z", true),
    ];
    for (now, is_active) in jumps {
        world.clock.set(now);
        for (key, is_active) in [(&soon, is_active), (&key, true)] {
            let (status, _) = world.call(key, "listApiKeys", None).await;
            assert_eq!(status == StatusCode::OK, is_active, "{now}");
            assert!(is_active || status == StatusCode::UNAUTHORIZED, "{now}");
        }
        let input = json!({ "name": now });
        let (status, _) = world.call(&key, "createApiKey", Some(input)).await;
        assert_eq!(status, StatusCode::OK, "{now}");
        let list = TestRequest::get().uri("/xrpc/dev.cocore.account.listApiKeys");
        let status = world.send(list, &[("cookie", &session)]).await;
        assert!(matches!(status.as_u16(), 200 | 401), "{now}: {status}");
        world.state.keys.evict_expired().await.unwrap();
        world.state.keys.write_uses().await.unwrap();
    }
    let (_, body) = world.call(&key, "listApiKeys", None).await;
    let body: Value = serde_json::from_slice(&body).unwrap();
    let keys = body["keys"].as_array().unwrap();
    assert_eq!(keys.len(), 2 + jumps.len());
    // Times of use are not before the creation, and do not go back.
    for key in keys {
        let (created, used) = (&key["createdAt"], &key["lastUsedAt"]);
        assert!(used.is_null() || used.as_str() >= created.as_str(), "{key}");
    }
}

/// Row 11 of the list of attacks.
#[actix_web::test]
async fn an_expiry_must_be_in_the_future() {
    let world = World::new();
    let key = world.create(None).await;
    for (at, expected) in [
        ("2029-12-31T23:59:59.999Z", StatusCode::BAD_REQUEST),
        ("2030-01-01T00:00:00Z", StatusCode::BAD_REQUEST),
        ("2030-01-01T00:00:00.000999Z", StatusCode::BAD_REQUEST),
        ("2030-01-01T00:00:00.001Z", StatusCode::OK),
    ] {
        let input = json!({ "name": "n", "expiresAt": at });
        let (status, body) = world.call(&key, "createApiKey", Some(input)).await;
        assert_eq!(status, expected, "{at}: {}", String::from_utf8_lossy(&body));
    }
}

#[actix_web::test]
async fn a_use_is_listed_at_once() {
    let world = World::new();
    let key = world.create(None).await;
    for now in ["2030-01-01T00:00:01.000Z", "2030-01-01T00:00:01.001Z"] {
        world.clock.set(now);
        let (_, body) = world.call(&key, "listApiKeys", None).await;
        let body: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(body["keys"][0]["lastUsedAt"], now);
    }
}
