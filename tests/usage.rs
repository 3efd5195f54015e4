//! What calls of models have cost.

use serde_json::{Value, json};

use crate::support::metrics::Metrics;
use crate::support::upstream::{Inference, json as answer, stream};
use crate::support::{ALICE, Server, id_and_secret, wait_until};

const BOB: &str = "did:web:bob.example";

fn usage(server: &Server, key: &str, query: &str) -> Value {
    let path = format!("/xrpc/dev.cocore.apikey.getUsage?{query}");
    server.get(&path).key(key).send().expect(200)
}

fn create(server: &Server, by: &str) -> (String, String) {
    let created = server.call_key_method("createKey", by, &json!({ "name": "n" }));
    id_and_secret(&created.expect(200))
}

fn call(server: &Server, key: &str, is_stream: bool) -> u16 {
    let body = json!({ "model": "tiny", "messages": [], "stream": is_stream });
    let call = server.post("/v1/chat/completions", &body).key(key);
    call.try_send().map_or(0, |answer| answer.status)
}

#[test]
fn usage_is_shown_by_key_model_and_time() {
    let counted = r#"{"usage":{"prompt_tokens":20,"completion_tokens":80,"prompt_tokens_details":{"cached_tokens":5}}}"#;
    let events = [
        "data: {\"choices\":[{}]}\n\n",
        "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2}}\n\n",
        "data: [DONE]\n\n",
    ];
    let inference = Inference::with(
        &[
            answer(200, counted),
            stream(&events),
            answer(200, "{\"choices\":[]}"),
            answer(429, "{}"),
            answer(200, counted),
        ],
        &["--admin-listen", "127.0.0.1:0"],
    );
    let server = &inference.server;
    let owner = server.first_key(ALICE);
    let bob = server.first_key(BOB);
    let (id, key) = create(server, &owner);
    assert_eq!(usage(server, &owner, "")["usage"], json!([]));
    for (is_stream, status) in [(false, 200), (true, 200), (false, 200), (false, 429)] {
        assert_eq!(call(server, &key, is_stream), status);
    }
    assert_eq!(call(server, &owner, false), 200);
    // A call that no upstream took costs nothing.
    let other = json!({ "model": "other", "messages": [] });
    server
        .post("/v1/chat/completions", &other)
        .key(&key)
        .send()
        .expect(404);
    let all = |query: &str| usage(server, &owner, query)["usage"].clone();
    wait_until("the usage is written", || all("")[0]["calls"] == 5);
    let of_key = &all(&format!("id={id}"))[0];
    let estimated = of_key["inputTokens"].as_u64().unwrap() - 21;
    assert!(estimated > 0, "the third answer had no usage");
    for (name, value) in [
        ("calls", 4),
        ("errors", 1),
        ("estimatedCalls", 1),
        ("cachedTokens", 5),
    ] {
        assert_eq!(of_key[name], value, "{name}: {of_key}");
    }
    assert_eq!(
        (&of_key["model"], &of_key["upstream"]),
        (&json!("tiny"), &json!("local"))
    );
    assert!(of_key["outputTokens"].as_u64().unwrap() >= 82);
    // The periods begin with the hour, the day and the month of UTC.
    for (granularity, end) in [
        ("hour", ":00:00.000Z"),
        ("day", "T00:00:00.000Z"),
        ("month", "-01T00:00:00.000Z"),
    ] {
        let sums = all(&format!("granularity={granularity}"));
        let start = sums[0]["start"].as_str().unwrap();
        assert!(start.ends_with(end), "{start}");
        let calls = sums
            .as_array()
            .unwrap()
            .iter()
            .map(|sum| sum["calls"].as_u64().unwrap());
        assert_eq!(calls.sum::<u64>(), 5, "{granularity}");
    }
    // Other times, other accounts, and what is no range.
    assert_eq!(all("to=2020-01-01T00:00:00Z"), json!([]));
    assert_eq!(usage(server, &bob, &format!("id={id}"))["usage"], json!([]));
    for query in [
        "granularity=year",
        "from=tomorrow",
        "from=2020-02-01T00:00:00Z&to=2020-01-01T00:00:00Z",
        "from=2020-01-01T00:00:00Z",
        "granularity=hour&from=2020-01-01T00:00:00Z&to=2020-02-02T00:00:00Z",
        "from=0001-01-01T00:00:00Z&to=9999-12-31T23:59:59Z",
    ] {
        let path = format!("/xrpc/dev.cocore.apikey.getUsage?{query}");
        let refused = server.get(&path).key(&owner).send();
        let message = refused.expect_error(400, "InvalidRequest");
        assert!(message.contains("params/"), "{message}");
    }
    // The usage of a deleted key stays.
    let deleted = server.call_key_method("deleteKey", &owner, &json!({ "id": id }));
    deleted.expect(200);
    assert_eq!(all(&format!("id={id}"))[0]["calls"], 4);
    let metrics = Metrics::of(server);
    assert!(metrics.value("cocore_inference_lost_calls_total").abs() < 0.5);
    let printed = server.command(&["key", "usage", "--did", ALICE]).stdout;
    let printed = String::from_utf8(printed).unwrap();
    assert!(printed.starts_with("limits  none\n"), "{printed}");
    assert!(
        printed.contains("\"tiny\" at local  5 calls, 1 failed  "),
        "{printed}"
    );
    assert!(printed.ends_with("  1 call estimated\n"), "{printed}");
}

/// A server that stops in order writes what it has counted.
#[test]
fn a_stop_loses_nothing() {
    let counted = r#"{"usage":{"prompt_tokens":20,"completion_tokens":80}}"#;
    let mut inference = Inference::start(&[answer(200, counted)]);
    let owner = inference.server.first_key(ALICE);
    for _ in 0..7 {
        assert_eq!(call(&inference.server, &owner, false), 200);
    }
    let next = Server::start();
    std::mem::replace(&mut inference.server, next).stop();
    inference.server = inference.another();
    let usage = usage(&inference.server, &owner, "");
    assert_eq!(usage["usage"][0]["calls"], 7, "{usage}");
    assert_eq!(usage["usage"][0]["outputTokens"], 560);
}
