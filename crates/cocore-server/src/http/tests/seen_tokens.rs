//! Used service-auth tokens while clocks jump.

use actix_web::http::StatusCode;
use serde_json::{Value, json};

use super::issuer::{Directory, Key};
use super::world::World;
use crate::seen_tokens::SeenTokens;

const ALICE: &str = "did:plc:ewvi7nxzyoun6zhxrhs64oiz";
const START: i64 = 1_893_456_000;

struct Service {
    world: World,
    token: String,
    _directory: Directory,
}

impl Service {
    /// A service, and a token that expires a minute after its start.
    fn start() -> Self {
        let directory = Directory::start();
        let key = Key::p256(5);
        directory.put(ALICE, key.document(ALICE));
        let claims = json!({
            "iss": ALICE, "aud": "did:web:localhost%3A8080", "lxm": "dev.cocore.account.listApiKeys",
            "iat": START, "exp": START + 60, "jti": "1",
        });
        Self {
            world: World::with(&["--plc-url", &directory.url]),
            token: key.token(json!({}), claims),
            _directory: directory,
        }
    }

    fn seen_tokens(&self) -> SeenTokens {
        SeenTokens::new(self.world.state.store.clone(), self.world.clock.clone())
    }

    /// The status of a call with the token, and the name of its error.
    async fn call(&self) -> (StatusCode, Value) {
        let (status, body) = self.world.call(&self.token, "listApiKeys", None).await;
        let body: Value = serde_json::from_slice(&body).unwrap();
        (status, body["error"].clone())
    }

    async fn assert_replayed(&self) {
        let replayed = (StatusCode::UNAUTHORIZED, json!("JwtReplayed"));
        assert_eq!(self.call().await, replayed);
    }
}

/// Row 55 of the list of attacks.
#[actix_web::test]
async fn a_used_token_stays_used_when_the_clock_jumps() {
    let service = Service::start();
    let clock = &service.world.clock;
    assert_eq!(service.call().await.0, StatusCode::OK);
    // The clock is an hour ahead while the server starts again.
    clock.set("2030-01-01T01:00:00Z");
    let mut tokens = service.seen_tokens();
    assert_eq!(tokens.purge().await.unwrap(), 0);
    assert_eq!(service.call().await.1, "JwtExpired");
    clock.set("2030-01-01T00:00:10Z");
    service.assert_replayed().await;
    // It jumps ahead once more, while the server runs.
    for _ in 0..5 {
        assert_eq!(tokens.purge().await.unwrap(), 0);
        clock.set("2031-01-01T00:00:00Z");
        clock.advance(600);
        assert_eq!(tokens.purge().await.unwrap(), 0);
        clock.set("2030-01-01T00:00:20Z");
        service.assert_replayed().await;
    }
}

#[actix_web::test]
async fn expired_tokens_are_removed_once_the_clock_is_confirmed() {
    let service = Service::start();
    let clock = &service.world.clock;
    assert_eq!(service.call().await.0, StatusCode::OK);
    clock.advance(600);
    let mut tokens = service.seen_tokens();
    let mut removed = Vec::new();
    for _ in 0..10 {
        removed.push(tokens.purge().await.unwrap());
        clock.advance(600);
    }
    assert_eq!(removed, [0, 0, 0, 0, 0, 0, 0, 1, 0, 0]);
}
