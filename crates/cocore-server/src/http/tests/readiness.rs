//! Readiness while time passes, and what a request for it costs.

use actix_web::test::{TestRequest, call_service, init_service, read_body_json};
use serde_json::{Value, json};

use super::world::World;

/// The status of `/readyz`, and its body.
async fn ready(world: &World) -> (u16, Value) {
    let app = init_service(crate::http::app(world.state.clone())).await;
    let request = TestRequest::get().uri("/readyz").to_request();
    let answer = call_service(&app, request).await;
    (answer.status().as_u16(), read_body_json(answer).await)
}

/// Row 57 of the list of attacks: nobody without a credential causes work of the database.
#[actix_web::test]
async fn a_request_for_readiness_reads_what_the_last_probe_found() {
    let world = World::new();
    let starting = json!({ "ok": false, "reason": "this server is starting" });
    for _ in 0..3 {
        let (status, body) = ready(&world).await;
        assert_eq!(status, 503);
        assert_eq!(body["checks"], starting);
        assert_eq!(body["changes"], starting);
    }
    assert!(!world.has_database(), "no request has opened it");
    world.state.readiness.probe().await;
    assert!(world.has_database());
    let (status, body) = ready(&world).await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(body["ready"], true);
}

/// Row 57 of the list of attacks.
#[actix_web::test]
async fn a_probe_that_hangs_is_a_reason() {
    let world = World::new();
    world.state.keys.subscribe().await.unwrap();
    world.state.readiness.probe().await;
    world.clock.advance(10);
    assert_eq!(ready(&world).await.0, 200);
    world.clock.advance(1);
    let (status, body) = ready(&world).await;
    assert_eq!(status, 503);
    let late = json!({ "ok": false, "reason": "the database does not answer in time" });
    assert_eq!(body["changes"], late);
    // Keys are verified in memory.
    assert_eq!(body["checks"], json!({ "ok": true }));
    world.state.readiness.probe().await;
    assert_eq!(ready(&world).await.0, 200);
}
