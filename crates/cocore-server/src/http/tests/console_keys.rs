//! The pages of keys without a browser: the list, page by page, and the page of each key.

use actix_web::test::{TestRequest, call_service, init_service, read_body};
use serde_json::{Value, json};

use super::browser::Browser;
use super::world::World;

/// The names of the keys that a page lists.
fn names(page: &str) -> Vec<&str> {
    let list = page.split("<template").next().unwrap();
    let names = list.split("<a class=\"name\"").skip(1);
    names
        .map(|name| name.split_once('>').unwrap().1.split('<').next().unwrap())
        .collect()
}

/// The target of the link with an id.
fn target(page: &str, id: &str) -> String {
    let link = page
        .split(&format!("<a id=\"{id}\" class=\"button small\" href=\""))
        .nth(1)
        .unwrap();
    let target = link.split('"').next().unwrap();
    target.replace("&#38;", "&")
}

const ALICE: &str = "did:web:alice.example";

#[actix_web::test]
async fn the_list_is_paged_and_filtered_by_its_address() {
    let world = World::new();
    let alice = Browser::of(&world, ALICE).await;
    for number in 0..53 {
        world.clock.advance(1);
        alice
            .create(json!({ "name": format!("key {number}") }))
            .await;
    }
    let (id, secret) = alice.create(json!({ "name": "<laptop>" })).await;
    alice.call("revokeKey", json!({ "id": id })).await;
    // Keys of others are on no page.
    let bob = Browser::of(&world, "did:web:bob.example").await;
    bob.create(json!({ "name": "key of bob" })).await;

    let first = alice.page("/").await;
    assert_eq!(names(&first).len(), 50);
    let rest = alice.page(&target(&first, "next")).await;
    assert_eq!(names(&rest), ["key 3", "key 2", "key 1", "key 0"]);
    assert!(rest.contains("<a id=\"next\" class=\"button small\" href=\"/\" hidden>"));
    assert_eq!(target(&rest, "first"), "/");

    let filtered = alice.page("/?q=KEY&status=active").await;
    assert!(filtered.contains("value=\"KEY\"") && filtered.contains("\"active\" selected"));
    assert!(target(&filtered, "next").starts_with("/?q=KEY&status=active&cursor="));
    let rest = alice.page(&target(&filtered, "next")).await;
    assert_eq!(names(&rest), ["key 2", "key 1", "key 0"]);

    let escaped = ["&#60;laptop&#62;"];
    for (query, expected) in [
        ("status=revoked", &escaped[..]),
        ("q=key+51", &["key 51"]),
        ("q=key+51&status=revoked", &[]),
        ("q=nothing", &[]),
        (&format!("q={id}"), &escaped),
        (&format!("q={id}&status=active"), &[]),
        (&format!("q={secret}"), &escaped),
        (&format!("q={}&status=revoked", &secret[7..]), &escaped),
        ("q=of+bob", &[]),
    ] {
        let page = alice.page(&format!("/?{query}")).await;
        assert_eq!(names(&page), expected, "{query}");
        assert!(!page.contains(&secret[15..]), "{query}");
    }
    // What is unknown counts as absent.
    for query in ["status=nothing", "cursor=nothing", "q=%00", "q=a&q=b%ff&x"] {
        let page = alice.page(&format!("/?{query}")).await;
        let expected = if query.starts_with("q=a") { 1 } else { 50 };
        assert_eq!(names(&page).len(), expected, "{query}");
    }
}

#[actix_web::test]
async fn the_page_of_a_key_shows_what_it_may_do_and_what_was_done() {
    let world = World::new();
    let alice = Browser::of(&world, ALICE).await;
    let (plain, _) = alice.create(json!({ "name": "plain" })).await;
    let page = alice.page(&format!("/keys/{plain}")).await;
    assert!(page.contains("Everything that this account may do"));
    for expected in [
        "<strong>Created</strong>",
        "by a session of the console",
        "<bdi>192.0.2.7</bdi>",
        "<bdi>Firefox on Linux</bdi>",
        "No key descends from it.",
        "<title>plain · cocore</title>",
    ] {
        assert!(page.contains(expected), "{expected}: {page}");
    }

    let identity = world.state.identity.as_deref().unwrap();
    let aud = format!("{}%23cocore_account", identity.did.replace('%', "%25"));
    let input = json!({
        "name": "<i>agent</i>",
        "note": "of the <b>build</b>",
        "scopes": [format!("include:dev.cocore.apikey.authManage?aud={aud}")],
        "models": ["small"],
        "expiresAt": "2030-01-11T00:00:00Z",
    });
    // The form offers the same scope.
    let list = alice.page("/").await;
    let offered = input["scopes"][0].as_str().unwrap().replace('&', "&#38;");
    assert!(
        list.contains(&format!("data-scopes=\"{offered}\"")),
        "{list}"
    );
    let (parent, secret) = alice.create(input).await;
    let create = json!({ "name": "child" });
    let (status, created) = call_with(&world, &secret, "createKey", create).await;
    assert_eq!(status, 200, "{created}");
    let child = created["key"]["id"].as_str().unwrap();

    let page = alice.page(&format!("/keys/{parent}")).await;
    for expected in [
        "&#60;i&#62;agent&#60;/i&#62;",
        "of the &#60;b&#62;build&#60;/b&#62;",
        "Create keys, change keys, set the limits of keys, rotate keys, revoke keys, delete keys, read keys, \
         read the history of keys, read the usage of keys and read what it may do itself on this server.",
        "<code>small</code>",
        &format!("<a href=\"/keys/{child}\"><bdi>child</bdi></a>"),
        "This key and all keys that it created: 1 key",
    ] {
        assert!(page.contains(expected), "{expected}: {page}");
    }
    // The tenth of its life in which it expires soon.
    assert!(page.contains("data-status=\"active\">Active<"));
    world.clock.set("2030-01-10T00:00:00Z");
    // Her session has expired meanwhile.
    let alice = Browser::of(&world, ALICE).await;
    for path in ["/", &format!("/keys/{parent}")] {
        let page = alice.page(path).await;
        assert!(page.contains("Expires soon"), "{path}: {page}");
    }

    let page = alice.page(&format!("/keys/{child}")).await;
    let by = format!("by the key <a href=\"/keys/{parent}\">");
    assert!(page.contains(&by), "{page}");
    alice.call("deleteKey", json!({ "id": parent })).await;
    let page = alice.page(&format!("/keys/{child}")).await;
    let parent = format!("<code>{parent}</code> <span class=\"none\">deleted</span>");
    assert!(page.contains(&parent), "{page}");
}

#[actix_web::test]
async fn the_history_of_a_key_is_paged() {
    let world = World::new();
    let alice = Browser::of(&world, ALICE).await;
    let (id, _) = alice.create(json!({ "name": "key" })).await;
    for number in 0..24 {
        let update = json!({ "id": id, "name": format!("name {number}") });
        alice.call("updateKey", update).await;
    }
    let first = alice.page(&format!("/keys/{id}")).await;
    assert_eq!(first.matches("<strong>Changed</strong>").count(), 20);
    let link = first.split("?events=").nth(1).unwrap().split('#').next();
    let older = format!("/keys/{id}?events={}", link.unwrap());
    let older = alice.page(&older).await;
    assert_eq!(older.matches("<strong>Changed</strong>").count(), 4);
    assert_eq!(older.matches("<strong>Created</strong>").count(), 1);
    assert!(!older.contains("?events=") && older.contains("Latest events"));
    let unknown = alice.page(&format!("/keys/{id}?events=unknown")).await;
    assert_eq!(unknown.matches("<strong>Changed</strong>").count(), 20);
}

/// Row 20 of the list of attacks.
#[actix_web::test]
async fn keys_of_others_are_answered_like_unknown_ones() {
    let world = World::new();
    let alice = Browser::of(&world, ALICE).await;
    let bob = Browser::of(&world, "did:web:bob.example").await;
    let (id, _) = alice.create(json!({ "name": "a key" })).await;
    let path = format!("/keys/{id}");
    let other = bob.get(&path).await;
    assert_eq!(other.0, 404);
    let long = format!("/keys/{}", "a".repeat(300));
    for unknown in ["/keys/unknown", "/keys/%00", "/keys/a%2Fb", &long] {
        assert_eq!(bob.get(unknown).await, other, "{unknown}");
    }
    alice.call("deleteKey", json!({ "id": id })).await;
    assert_eq!(alice.get(&path).await, other);
    let stranger = Browser::signed_out(&world);
    let signed_out = stranger.page(&path).await;
    assert!(signed_out.contains("<h1>Sign in</h1>"), "{signed_out}");
    let head = TestRequest::default().method("HEAD".parse().unwrap());
    assert_eq!(alice.send(head.uri(&path)).await.0, 404);
    assert_eq!(alice.send(TestRequest::post().uri(&path)).await.0, 405);
}

/// Calls a method with a key.
pub(super) async fn call_with(
    world: &World,
    key: &str,
    method: &str,
    input: Value,
) -> (u16, Value) {
    let app = init_service(crate::http::app(world.state.clone())).await;
    let request = TestRequest::post()
        .uri(&format!("/xrpc/dev.cocore.apikey.{method}"))
        .insert_header(("authorization", format!("Bearer {key}")))
        .set_json(input);
    let answer = call_service(&app, request.to_request()).await;
    let status = answer.status().as_u16();
    let body = read_body(answer).await;
    (status, serde_json::from_slice(&body).unwrap())
}
