//! What the console's pages say about the server: its version, how it is used, and that it is unavailable.

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
    for path in [
        "/",
        "/usage",
        "/sessions",
        "/sign-in/local",
        "/documentation",
    ] {
        for cookie in ["", &cookie] {
            let (_, text) = get(&world, path, cookie).await;
            let footer = text.split("<footer").nth(1).unwrap();
            let expected = format!("cocore-server {version}<");
            assert!(footer.contains(&expected), "{path}: {footer}");
            for (_, link) in links(footer) {
                let (status, _) = get(&world, link, "").await;
                assert_eq!(status, 200, "{path}: {link}");
            }
            let texts: Vec<_> = links(footer).map(|(text, _)| text).collect();
            assert_eq!(texts, ["Documentation", "API", "OpenAPI"], "{path}");
        }
    }
}

#[actix_web::test]
async fn what_the_documentation_links_to_is_there() {
    let world = World::new();
    let (status, text) = get(&world, "/documentation", "").await;
    assert_eq!(status, 200);
    let all: Vec<_> = links(&text).collect();
    assert!(all.len() > 8, "{all:?}");
    for (name, link) in all.into_iter().filter(|(_, link)| !link.starts_with('#')) {
        let status = get(&world, link, "").await.0;
        // Nothing has probed the database of this world.
        let expected = if link == "/readyz" { 503 } else { 200 };
        assert_eq!(status, expected, "{name}: {link}");
    }
}

#[actix_web::test]
async fn the_documentation_has_every_method_of_the_keys() {
    let (_, text) = get(&World::new(), "/documentation", "").await;
    let listed: Vec<_> = links(&text).map(|(_, link)| link).collect();
    for lexicon in cocore_lexicon::LEXICONS {
        let document: Value = serde_json::from_str(lexicon.json).unwrap();
        let kind = document["defs"]["main"]["type"].as_str();
        if lexicon.nsid.starts_with("dev.cocore.") && matches!(kind, Some("query" | "procedure")) {
            let page = format!("/lexicons/{}", lexicon.nsid);
            assert!(listed.contains(&page.as_str()), "{page}: {listed:?}");
        }
    }
}

/// The texts and the targets of links.
fn links(html: &str) -> impl Iterator<Item = (&str, &str)> {
    html.split("<a ").skip(1).map(|link| {
        let target = link.split("href=\"").nth(1).unwrap().split('"');
        let text = link.split_once('>').unwrap().1.split("</a>");
        (text.take(1).next().unwrap(), target.take(1).next().unwrap())
    })
}

#[actix_web::test]
async fn a_page_that_is_unavailable_offers_to_try_again() {
    let world = World::with_changed(&[], |settings| {
        settings.database = DatabaseUrl::parse("sqlite:/nothing/keys.sqlite").unwrap();
    });
    let cookie = format!("cocore={}", "A".repeat(43));
    for path in ["/", "/?q=laptop&status=active", "/usage", "/sessions"] {
        let (status, text) = get(&world, path, &cookie).await;
        assert_eq!(status, 503, "{path}");
        // An empty URL is the page's own.
        let link = "<a class=\"button primary wide-button\" href=\"\">Try again</a>";
        assert!(text.contains(link), "{text}");
    }
}
