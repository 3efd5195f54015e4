//! The methods of `dev.cocore.apikey`: what a key can go through.

use serde_json::{Value, json};

use crate::support::{ALICE, BOB, Server, id_and_secret, key_method};

fn create(server: &Server, key: &str, name: &str) -> (String, String) {
    let made = server.call_key_method("createKey", key, &json!({ "name": name }));
    id_and_secret(&made.expect(200))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn get(server: &Server, key: &str, id: &str) -> Value {
    let path = format!("{}?id={id}", key_method("getKey"));
    server.get(&path).key(key).send().expect(200)["key"].clone()
}

fn events(server: &Server, key: &str, query: &str) -> Vec<Value> {
    let path = format!("{}?{query}", key_method("listEvents"));
    let answer = server.get(&path).key(key).send().expect(200);
    answer["events"].as_array().unwrap().clone()
}

#[test]
fn a_key_is_created_shown_and_changed() {
    let server = Server::start();
    let first = server.first_key(ALICE);
    let made = server.call_key_method(
        "createKey",
        &first,
        &json!({
            "name": "laptop", "note": "the old one", "models": ["b", "a"],
            "expiresAt": "2099-01-01T00:00:00Z",
        }),
    );
    assert_eq!(made.header("cache-control"), Some("no-store"));
    let made = made.expect(200);
    let (id, secret) = id_and_secret(&made);
    assert!(server.accepts(&secret));
    let key = &made["key"];
    assert_eq!(key["status"], "active");
    assert_eq!(key["note"], "the old one");
    assert_eq!(key["models"], json!(["a", "b"]));
    assert_eq!(key.get("scopes"), None, "everything");
    let who = server
        .get(&key_method("whoAmI"))
        .key(&first)
        .send()
        .expect(200);
    assert_eq!(key["parent"], who["keyId"]);

    let changed = server.call_key_method(
        "updateKey",
        &first,
        &json!({ "id": id, "name": "desktop", "note": "" }),
    );
    let changed = changed.expect(200)["key"].clone();
    assert_eq!(changed["name"], "desktop");
    assert_eq!(changed.get("note"), None);
    assert_eq!(changed["expiresAt"], "2099-01-01T00:00:00.000Z");
    let mut shown = get(&server, &first, &id);
    // It was used meanwhile.
    shown["lastUsedAt"] = changed["lastUsedAt"].clone();
    assert_eq!(shown, changed);

    let kinds: Vec<_> = events(&server, &first, &format!("id={id}"))
        .iter()
        .map(|event| text(&event["kind"]))
        .collect();
    assert_eq!(kinds, ["updated", "created"]);
}

#[test]
fn narrowed_scopes_hold_at_once_and_never_widen() {
    let server = Server::start();
    let first = server.first_key(ALICE);
    let (id, secret) = create(&server, &first, "narrow");
    let repo = |rest: &str| json!({ "id": id, "scopes": [format!("repo:com.example.a{rest}")] });
    let verify = |scope: &str| {
        let path = format!("/auth/verify?scope={scope}");
        server.get(&path).key(&secret).send()
    };
    let all = verify("repo:com.example.b");
    assert_eq!(all.header("x-cocore-scopes"), Some("*"));
    assert_eq!(all.status, 200);
    server
        .call_key_method("updateKey", &first, &repo(""))
        .expect(200);
    verify("repo:com.example.b").expect_error(403, "InsufficientScope");
    let allowed = verify("repo:com.example.a%3Faction%3Dcreate");
    assert_eq!(allowed.status, 200);
    assert_eq!(
        allowed.header("x-cocore-scopes"),
        Some("repo:com.example.a")
    );
    server
        .call_key_method("updateKey", &first, &repo("?action=create"))
        .expect(200);
    verify("repo:com.example.a").expect_error(403, "InsufficientScope");
    let wider = server
        .call_key_method("updateKey", &first, &repo(""))
        .expect_error(400, "ScopeTooWide");
    assert!(wider.contains("repo:com.example.a"), "{wider}");
    // Only at exactly this path: below it stands the client's own path and query.
    let below = server
        .get("/auth/verify/x?scope=repo:com.example.b")
        .key(&secret)
        .send();
    assert_eq!(below.status, 200);
    verify("nonsense").expect_error(400, "InvalidScope");
    server
        .get("/auth/verify?scope=repo:com.example.a")
        .send()
        .expect_error(401, "AuthRequired");
}

#[test]
fn a_rotated_key_lives_on_for_its_grace() {
    let server = Server::start();
    let first = server.first_key(ALICE);
    let (id, secret) = create(&server, &first, "old");
    let rotate = |id: &str, grace: u32| {
        let input = json!({ "id": id, "graceSeconds": grace });
        server.call_key_method("rotateKey", &first, &input)
    };
    let made = rotate(&id, 3600).expect(200);
    let (new_id, new_secret) = id_and_secret(&made);
    assert_eq!(made["key"]["replaces"], id);
    assert_eq!(made["key"]["name"], "old");
    assert!(server.accepts(&secret) && server.accepts(&new_secret));
    let old = get(&server, &first, &id);
    assert_eq!(old["replacedBy"], new_id);
    assert!(old["expiresAt"].is_string());
    rotate(&id, 0).expect_error(400, "KeyNotActive");
    let change = json!({ "id": id, "expiresAt": null });
    server
        .call_key_method("updateKey", &first, &change)
        .expect_error(400, "KeyNotActive");

    let last = rotate(&new_id, 0).expect(200);
    assert!(!server.accepts(&new_secret));
    assert_eq!(get(&server, &first, &new_id)["status"], "revoked");
    assert!(server.accepts(&text(&last["secret"])));
    server
        .call_key_method("revokeKey", &first, &json!({ "id": id }))
        .expect(200);
    assert!(!server.accepts(&secret), "at once, whatever its grace");
    for grace in [-1, 604_801] {
        let input = json!({ "id": text(&last["key"]["id"]), "graceSeconds": grace });
        server
            .call_key_method("rotateKey", &first, &input)
            .expect_error(400, "InvalidRequest");
    }
}

#[test]
fn a_cascade_ends_all_that_a_key_has_created() {
    let server = Server::start();
    let first = server.first_key(ALICE);
    let (root_id, root) = create(&server, &first, "root");
    let (sibling_id, sibling) = create(&server, &first, "sibling");
    let (child_id, child) = create(&server, &root, "child");
    let (_, grandchild) = create(&server, &child, "grandchild");
    // The replacement of the leaked key, by its owner.
    let safe = server
        .call_key_method("rotateKey", &first, &json!({ "id": root_id }))
        .expect(200);
    assert!(!server.accepts(&root) && server.accepts(&child));
    // Deleting it does not hide what it made.
    server
        .call_key_method("deleteKey", &first, &json!({ "id": child_id }))
        .expect(200);
    assert!(server.accepts(&grandchild));

    let input = json!({ "id": root_id, "cascade": true });
    let revoked = server
        .call_key_method("revokeKey", &first, &input)
        .expect(200);
    assert_eq!(revoked["revoked"].as_array().unwrap().len(), 1);
    assert!(!server.accepts(&grandchild));
    assert!(server.accepts(&text(&safe["secret"])) && server.accepts(&sibling));
    assert!(server.accepts(&first));
    let again = server
        .call_key_method("revokeKey", &first, &input)
        .expect(200);
    assert_eq!(again, json!({ "revoked": [] }));
    let alone = json!({ "id": sibling_id });
    let ended = server
        .call_key_method("revokeKey", &first, &alone)
        .expect(200);
    assert_eq!(ended, json!({ "revoked": [sibling_id] }));
}

#[test]
fn whoever_holds_a_key_can_revoke_it() {
    let server = Server::start();
    let first = server.first_key(ALICE);
    let (id, secret) = create(&server, &first, "leaked");
    let (_, child) = create(&server, &secret, "child");
    let revoke = |form: &str| {
        let call = server.call("POST", "/auth/revoke");
        call.bytes("application/x-www-form-urlencoded", form.as_bytes())
            .header("user-agent", "finder")
            .send()
    };
    for form in ["token=unknown", &format!("token=cocore-{}", "A".repeat(43))] {
        assert_eq!(revoke(form).status, 200);
        assert_eq!(revoke(&format!("{form}&cascade=true")).status, 200);
    }
    for form in ["", "token=a&token=b", "token=a&cascade=maybe"] {
        revoke(form).expect_error(400, "invalid_request");
    }
    let revoked = revoke(&format!("token={secret}"));
    assert_eq!(revoked.status, 200);
    assert!(!server.accepts(&secret) && server.accepts(&child));
    let event = &events(&server, &first, &format!("id={id}"))[0];
    assert_eq!(event["kind"], "revoked");
    assert_eq!(
        (&event["by"], &event["byKey"]),
        (&json!("apiKey"), &json!(id))
    );
    assert_eq!(event["userAgent"], "finder");
    assert_eq!(event["requestId"].as_str(), revoked.header("x-request-id"));
    // Its descendants, although it is revoked itself.
    assert_eq!(revoke(&format!("token={secret}&cascade=true")).status, 200);
    assert!(!server.accepts(&child) && server.accepts(&first));
}

#[test]
fn lists_come_in_pages() {
    let server = Server::start();
    let first = server.first_key(ALICE);
    server.first_key(BOB);
    for number in 0..12 {
        create(&server, &first, &format!("Key {number}"));
    }
    let page = |query: &str| {
        let path = format!("{}?{query}", key_method("listKeys"));
        server.get(&path).key(&first).send().expect(200)
    };
    let names = |page: &Value| -> Vec<String> {
        let keys = page["keys"].as_array().unwrap().iter();
        keys.map(|key| text(&key["name"])).collect()
    };
    let start = page("limit=5");
    assert_eq!(
        names(&start),
        ["Key 11", "Key 10", "Key 9", "Key 8", "Key 7"]
    );
    // What is created meanwhile does not move the pages that follow.
    let (late, _) = create(&server, &first, "late");
    let next = page(&format!("limit=5&cursor={}", text(&start["cursor"])));
    assert_eq!(names(&next), ["Key 6", "Key 5", "Key 4", "Key 3", "Key 2"]);
    let last = page(&format!("limit=5&cursor={}", text(&next["cursor"])));
    assert_eq!(names(&last), ["Key 1", "Key 0", "first"]);
    assert_eq!(last.get("cursor"), None);
    server
        .call_key_method("revokeKey", &first, &json!({ "id": late }))
        .expect(200);
    assert_eq!(names(&page("status=revoked")), ["late"]);
    assert_eq!(names(&page("status=expired")), [""; 0]);
    assert_eq!(names(&page("status=other")), [""; 0]);
    assert_eq!(names(&page("q=kEY%201")), ["Key 11", "Key 10", "Key 1"]);
    assert_eq!(names(&page("q=%25")), [""; 0]);
    assert_eq!(names(&page("q=cocore-&status=active")).len(), 13);
    for query in ["limit=0", "limit=101", "cursor=x", "cursor=QQ", "q="] {
        let path = format!("{}?{query}", key_method("listKeys"));
        server
            .get(&path)
            .key(&first)
            .send()
            .expect_error(400, "InvalidRequest");
    }
}

/// Row 22 of the list of attacks, one after the other.
#[test]
fn an_account_has_so_many_keys() {
    let server = Server::with(&["--max-active-keys", "3", "--max-keys", "4"]);
    let first = server.first_key(ALICE);
    let (oldest, _) = create(&server, &first, "oldest");
    create(&server, &first, "second");
    for path in [
        crate::support::method("createApiKey"),
        key_method("createKey"),
    ] {
        let call = server.post(&path, &json!({ "name": "n" })).key(&first);
        call.send().expect_error(400, "KeyQuotaExceeded");
    }
    server
        .call_key_method("revokeKey", &first, &json!({ "id": oldest }))
        .expect(200);
    let (third, _) = create(&server, &first, "third");
    // The fifth row takes the place of the oldest one that has ended.
    server
        .call_key_method("revokeKey", &first, &json!({ "id": third }))
        .expect(200);
    create(&server, &first, "fourth");
    let names: Vec<_> = server
        .list(&first)
        .iter()
        .map(|key| text(&key["name"]))
        .collect();
    assert_eq!(names, ["fourth", "third", "second", "first"]);
    // The operator is exempt.
    server.first_key(ALICE);
    assert_eq!(server.list(&first).len(), 5);
}

#[test]
fn a_repeated_request_creates_one_key() {
    let server = Server::start();
    let first = server.first_key(ALICE);
    let other = server.first_key(ALICE);
    let repeat = |key: &str, method: &str, header: &str, input: &Value| {
        let call = server.post(&key_method(method), input).key(key);
        call.header("idempotency-key", header).send()
    };
    let header = "0b9f2f5e-3f6b-4d6c-9f0a-0c1d2e3f4a5b";
    let input = json!({ "name": "once" });
    let once = repeat(&first, "createKey", header, &input).expect(200);
    assert_eq!(
        repeat(&first, "createKey", header, &input).expect(200),
        once
    );
    assert_eq!(server.list(&first).len(), 3);
    repeat(&first, "createKey", header, &json!({ "name": "twice" }))
        .expect_error(409, "IdempotencyConflict");
    // Of another credential, it is another request.
    let others = repeat(&other, "createKey", header, &input).expect(200);
    assert_ne!(others["secret"], once["secret"]);
    let id = text(&once["key"]["id"]);
    let rotated = repeat(&first, "rotateKey", header, &json!({ "id": id })).expect(200);
    let again = repeat(&first, "rotateKey", header, &json!({ "id": id })).expect(200);
    assert_eq!(rotated, again);
    // Its key was replaced: the answer with the old secret is gone.
    let anew = repeat(&first, "createKey", header, &input).expect(200);
    assert_ne!(anew["secret"], once["secret"]);
    for bad in ["short", &"a".repeat(201), "aaaaaaaaaaaaaaaaaaaaa a"] {
        repeat(&first, "createKey", bad, &input).expect_error(400, "InvalidRequest");
    }
    // The published method returns a secret exactly once.
    let call = || {
        server
            .post(&crate::support::method("createApiKey"), &input)
            .key(&first)
    };
    let [a, b] = [(); 2].map(|()| call().header("idempotency-key", header).send().expect(200));
    assert_ne!(a["secret"], b["secret"]);
}

#[test]
fn a_deleted_key_leaves_its_id() {
    let server = Server::start();
    let first = server.first_key(ALICE);
    let (id, _) = create(&server, &first, "gone");
    server
        .call_key_method("updateKey", &first, &json!({ "id": id, "name": "renamed" }))
        .expect(200);
    assert_eq!(events(&server, &first, &format!("id={id}")).len(), 2);
    server
        .call_key_method("deleteKey", &first, &json!({ "id": id }))
        .expect(200);
    let left = events(&server, &first, &format!("id={id}"));
    let [event] = &left[..] else {
        panic!("{left:?}");
    };
    let mut names: Vec<_> = event.as_object().unwrap().keys().collect();
    names.sort_unstable();
    assert_eq!(names, ["at", "by", "keyId", "kind"]);
    let all = events(&server, &first, "limit=1");
    assert_eq!(&all[0], event);
}

#[test]
fn a_program_asks_who_it_is() {
    let server = Server::start();
    let first = server.first_key(ALICE);
    let who = server
        .get(&key_method("whoAmI"))
        .key(&first)
        .send()
        .expect(200);
    assert_eq!(who["did"], ALICE);
    assert_eq!(who["credential"], "apiKey");
    assert_eq!(who["keyName"], "first");
    assert_eq!(who.get("scopes"), None);
}
