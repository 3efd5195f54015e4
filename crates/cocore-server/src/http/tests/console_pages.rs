//! What the console's pages say about the server: its version, and that it is unavailable.

use actix_web::test::{TestRequest, call_service, init_service, read_body};
use cocore_store::DatabaseUrl;
use serde_json::Value;

use super::world::World;

async fn get(world: &World, path: &str, cookie: &str) -> (u16, String) {
    let app = init_service(crate::http::app(world.state.clone())).await;
    let request = TestRequest::get().uri(path);
    let request = request.insert_header(("cookie", cookie)).to_request();
    let answer = call_service(&app, request).await;
    let status = answer.status().as_u16();
    let text = String::from_utf8(read_body(answer).await.to_vec()).unwrap();
    (status, text)
}

#[actix_web::test]
async fn every_page_has_the_version_of_the_server() {
    let world = World::new();
    let cookie = format!("cocore={}", world.sign_in().await);
    let live: Value = serde_json::from_str(&get(&world, "/livez", "").await.1).unwrap();
    let version = live["version"].as_str().unwrap();
    for path in ["/", "/sessions", "/sign-in/local"] {
        for cookie in ["", &cookie] {
            let (_, text) = get(&world, path, cookie).await;
            let footer = text.split("<footer").nth(1).unwrap();
            let expected = format!("cocore-server {version}<");
            assert!(footer.contains(&expected), "{path}: {footer}");
        }
    }
}

#[actix_web::test]
async fn a_page_that_is_unavailable_offers_to_try_again() {
    let world = World::with_changed(&[], |settings| {
        settings.database = DatabaseUrl::parse("sqlite:/nothing/keys.sqlite").unwrap();
    });
    let cookie = format!("cocore={}", "A".repeat(43));
    for path in ["/", "/?q=laptop&status=active", "/sessions"] {
        let (status, text) = get(&world, path, &cookie).await;
        assert_eq!(status, 503, "{path}");
        // An empty URL is the page's own.
        let link = "<a class=\"button primary wide-button\" href=\"\">Try again</a>";
        assert!(text.contains(link), "{text}");
    }
}
