//! Keys whose time passes.

use actix_web::http::StatusCode;
use serde_json::{Value, json};

use super::world::World;

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
    let expired = world.call(&key, "listApiKeys", None).await;
    assert_eq!(expired, world.call(&unknown, "listApiKeys", None).await);
}

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
