//! How often a credential calls methods, and an account creates keys.

use serde_json::json;

use crate::support::{ALICE, Answer, BOB, Server, key_method, method};

fn list(server: &Server, key: &str) -> Answer {
    server.get(&method("listApiKeys")).key(key).send()
}

fn fields<'a>(answer: &'a Answer, name: &str) -> Vec<&'a str> {
    let named = answer.headers.iter().filter(|(found, _)| found == name);
    named.map(|(_, value)| &**value).collect()
}

#[test]
fn a_credential_calls_so_many_methods() {
    let server = Server::with(&["--calls-per-minute", "3"]);
    let (first, second) = (server.first_key(ALICE), server.first_key(ALICE));
    for left in [2, 1, 0] {
        let answer = list(&server, &first);
        assert_eq!(answer.status, 200);
        assert_eq!(fields(&answer, "ratelimit-policy"), ["\"calls\";q=3;w=60"]);
        let [limit] = fields(&answer, "ratelimit")[..] else {
            panic!("{answer:?}");
        };
        let reset = limit.strip_prefix(&format!("\"calls\";r={left};t="));
        let reset: u64 = reset.unwrap_or_else(|| panic!("{limit}")).parse().unwrap();
        assert!((1..=60).contains(&reset), "{limit}");
    }
    let refused = list(&server, &first);
    refused.expect_error(429, "RateLimitExceeded");
    let wait: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=20).contains(&wait), "{wait}");
    assert!(fields(&refused, "ratelimit")[0].starts_with("\"calls\";r=0;t="));
    // Another key from the same address is still answered, whatever strangers do there.
    for _ in 0..20 {
        let answer = list(&server, "cocore-unknown");
        answer.expect_error(401, "AuthRequired");
        assert_eq!(fields(&answer, "ratelimit"), [""; 0]);
    }
    list(&server, &second).expect(200);
    // To check keys is no call of a method.
    assert!((0..10).all(|_| server.accepts(&first)));
}

#[test]
fn an_account_creates_so_many_keys() {
    let server = Server::with(&["--creations-per-hour", "2"]);
    let (alice, bob) = (server.first_key(ALICE), server.first_key(BOB));
    let create = |path: &str, key: &str| {
        let call = server.post(path, &json!({ "name": "n" })).key(key);
        call.send()
    };
    let answer = create(&method("createApiKey"), &alice);
    assert_eq!(
        fields(&answer, "ratelimit-policy"),
        ["\"creations\";q=2;w=3600"]
    );
    let made = create(&key_method("createKey"), &alice).expect(200);
    // With whatever key.
    let other = made["secret"].as_str().unwrap();
    create(&method("createApiKey"), other).expect_error(429, "RateLimitExceeded");
    let input = json!({ "id": made["key"]["id"] });
    let rotated = server.call_key_method("rotateKey", &alice, &input);
    rotated.expect_error(429, "RateLimitExceeded");
    create(&key_method("createKey"), &bob).expect(200);
    // Reading is not counted, and the operator is exempt.
    list(&server, &alice).expect(200);
    server.first_key(ALICE);
}

/// What creates no key does not count: an invalid request, and one that was made before.
#[test]
fn a_request_that_creates_nothing_is_not_limited() {
    let server = Server::with(&["--creations-per-hour", "1", "--calls-per-minute", "1000"]);
    let first = server.first_key(ALICE);
    let create = |input: &serde_json::Value| {
        let call = server.post(&key_method("createKey"), input).key(&first);
        call.header("idempotency-key", "0b9f2f5e-3f6b-4d6c-9f0a-0c1d2e3f4a5b")
            .send()
    };
    let invalid = json!({ "name": "n", "scopes": ["nonsense"] });
    let refused = create(&invalid);
    refused.expect_error(400, "InvalidScope");
    // The time is rounded up.
    assert_eq!(fields(&refused, "ratelimit"), ["\"calls\";r=999;t=1"]);
    let input = json!({ "name": "n" });
    let created = create(&input).expect(200);
    assert_eq!(create(&input).expect(200), created);
    create(&json!({ "name": "other" })).expect_error(409, "IdempotencyConflict");
    let another = server.call_key_method("createKey", &first, &input);
    another.expect_error(429, "RateLimitExceeded");
}
