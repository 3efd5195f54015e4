//! A browser without scripts: it loads pages of the console, and calls methods as they do.

use actix_web::test::{TestRequest, call_service, init_service, read_body};
use serde_json::Value;

use super::world::World;

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0";

/// A browser in which an account is signed in.
pub(super) struct Browser<'w> {
    world: &'w World,
    cookie: String,
}

impl<'w> Browser<'w> {
    pub(super) async fn of(world: &'w World, did: &str) -> Self {
        let cookie = format!("cocore={}", world.sign_in_as(did).await);
        Self { world, cookie }
    }

    /// A browser in which nobody is signed in.
    pub(super) fn signed_out(world: &'w World) -> Self {
        let cookie = String::new();
        Self { world, cookie }
    }

    pub(super) async fn send(&self, request: TestRequest) -> (u16, String) {
        let app = init_service(crate::http::app(self.world.state.clone())).await;
        let request = request
            .peer_addr("192.0.2.7:1".parse().unwrap())
            .insert_header(("cookie", &self.cookie[..]))
            .insert_header(("user-agent", FIREFOX))
            .insert_header(("sec-fetch-site", "same-origin"));
        let answer = call_service(&app, request.to_request()).await;
        let status = answer.status().as_u16();
        let text = String::from_utf8(read_body(answer).await.to_vec()).unwrap();
        (status, text)
    }

    pub(super) async fn get(&self, path: &str) -> (u16, String) {
        self.send(TestRequest::get().uri(path)).await
    }

    /// The page at a path.
    pub(super) async fn page(&self, path: &str) -> String {
        let (status, text) = self.get(path).await;
        assert_eq!(status, 200, "{path}: {text}");
        text
    }

    /// Calls a method as the page does.
    pub(super) async fn call(&self, method: &str, input: Value) -> Value {
        let uri = format!("/xrpc/dev.cocore.apikey.{method}");
        let request = TestRequest::post().uri(&uri).set_json(input);
        let (status, text) = self.send(request).await;
        assert_eq!(status, 200, "{method}: {text}");
        serde_json::from_str(&text).unwrap()
    }

    /// Creates a key, and returns its id and its secret.
    pub(super) async fn create(&self, input: Value) -> (String, String) {
        let created = self.call("createKey", input).await;
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        (text(&created["key"]["id"]), text(&created["secret"]))
    }
}
