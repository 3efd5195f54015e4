//! What passes through the gateway, both ways.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use cocore_gateway::Route;
use http::{HeaderMap, HeaderName, HeaderValue};
use support::{Step, Upstream, World, json, read, send, stream, upstream};

const CHAT: &str = r#"{"model":"tiny","stream":true,"messages":[]}"#;

#[tokio::test]
async fn bodies_pass_as_they_are() {
    let answer = r#" {"usage":{"prompt_tokens":3,"completion_tokens":4}, "x" : 1.0} "#;
    let local = Upstream::start(&[json(200, answer)]).await;
    let more = "aliases = { \"gpt-tiny\" = \"tiny\" }";
    let world = World::new(&upstream("local", &local.url, more));
    for (route, name) in Route::ALL
        .into_iter()
        .zip(["tiny", "gpt-tiny"].into_iter().cycle())
    {
        let body =
            |model| format!("{{ \"x\": [1.0, \"é\"],  \"model\" : \"{model}\", \"messages\":[] }}");
        let found = read(world.call(route, &body(name)).await, route).await;
        assert_eq!((found.status, &found.text[..]), (200, answer));
        let request = local.requests().pop().unwrap();
        let (head, sent) = request.split_once("\r\n\r\n").unwrap();
        assert_eq!(sent, body("tiny"));
        let path = route.path();
        assert!(
            head.starts_with(&format!("POST /v1{path} HTTP/1.1\r\n")),
            "{head}"
        );
    }
}

#[tokio::test]
async fn headers_pass_by_a_list() {
    let answer = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nset-cookie: a=b\r\n\
        server: secret\r\nx-ratelimit-limit: 9\r\nx-should-retry: true\r\nx-request-id: theirs\r\n\
        content-length: 2\r\n\r\n{}";
    let local = Upstream::start(&[vec![send(answer)]]).await;
    let world = World::new(&upstream("local", &local.url, "key-env = \"LOCAL_KEY\""));
    let mut headers = HeaderMap::new();
    for (name, value) in [
        ("authorization", "Bearer cocore-x"),
        ("x-api-key", "cocore-x"),
        ("cookie", "cocore=x"),
        ("x-forwarded-for", "192.0.2.1"),
        ("user-agent", "me"),
        ("x-stainless-os", "Linux"),
        ("openai-organization", "org"),
        ("accept-encoding", "gzip"),
        ("x-cocore-did", "did:web:other.example"),
        ("anthropic-version", "2023-06-01"),
        ("anthropic-beta", "tools"),
        ("openai-beta", "assistants"),
        ("accept", "application/json"),
    ] {
        let value = HeaderValue::from_static(value);
        headers.insert(HeaderName::from_static(name), value);
    }
    for (route, key) in [
        (Route::Messages, "x-api-key: sesame\n"),
        (Route::Responses, ""),
    ] {
        let body = r#"{"model":"tiny","messages":[]}"#;
        let reply = world.call_with(route, body, &headers).await.unwrap();
        let mut passed: Vec<_> = reply.headers.keys().map(HeaderName::as_str).collect();
        passed.sort_unstable();
        assert_eq!(passed, ["cache-control", "content-type", "x-should-retry"]);
        let request = local.requests().pop().unwrap();
        let (head, _) = request.split_once("\r\n\r\n").unwrap();
        let mut lines: Vec<_> = head.lines().skip(1).collect();
        lines.retain(|line| !line.starts_with("host: "));
        lines.sort_unstable();
        let expected = format!(
            "accept: application/json\nanthropic-beta: tools\nanthropic-version: 2023-06-01\n\
             authorization: Bearer sesame\ncontent-length: 30\ncontent-type: application/json\n\
             openai-beta: assistants\n{key}x-request-id: id-of-the-request"
        );
        assert_eq!(lines.join("\n"), expected.replace("\n\n", "\n"));
    }
}

#[tokio::test]
async fn events_that_are_ready_go_out_together() {
    let frames = "data: {\"choices\":[{}]}\n\n".repeat(32);
    let events: Vec<_> = frames
        .split_inclusive("\n\n")
        .chain(["data: [DONE]\n\n"])
        .collect();
    let local = Upstream::start(&[stream(&events)]).await;
    let world = World::new(&upstream("local", &local.url, ""));
    let reply = world.call(Route::ChatCompletions, CHAT).await.unwrap();
    let cocore_gateway::ReplyBody::Events(events) = reply.body else {
        panic!("expected events");
    };
    let items: Vec<_> = futures_util::StreamExt::collect(events).await;
    assert!(items.len() < 8, "{} items", items.len());
    let text: Vec<_> = items.into_iter().flat_map(Result::unwrap).collect();
    assert_eq!(text, format!("{frames}data: [DONE]\n\n").as_bytes());
}

#[tokio::test]
async fn models_are_shown_to_those_who_may_use_them() {
    use cocore_gateway::{Dialect, ReplyBody};
    let list = json(200, r#"{"data":[{"id":"b/large:1"},{"id":"not a name"}]}"#);
    let asked = Upstream::start(&[list]).await;
    let url = &asked.url;
    let settings = format!(
        "{}[[upstream]]\nname = \"asked\"\nurl = \"{url}\"\n",
        upstream(
            "local",
            "http://127.0.0.1:9",
            "aliases = { \"gpt\" = \"tiny\" }"
        )
    );
    let world = World::new(&settings);
    world.gateway.find_models().await;
    assert!(asked.requests()[0].starts_with("GET /v1/models HTTP/1.1\r\n"));
    let names = |dialect, allowed: Option<&'static str>| {
        let is_allowed = move |name: &str| allowed.is_none_or(|allowed| allowed == name);
        let ReplyBody::Whole(body) = world.worker.models(dialect, is_allowed).unwrap().body else {
            panic!("expected a list");
        };
        let list: serde_json::Value = serde_json::from_slice(&body).unwrap();
        let ids = list["data"].as_array().unwrap().iter();
        let ids: Vec<_> = ids
            .map(|model| model["id"].as_str().unwrap().to_owned())
            .collect();
        ids.join(" ")
    };
    assert_eq!(names(Dialect::OpenAi, None), "b/large:1 gpt tiny");
    assert_eq!(names(Dialect::Anthropic, Some("tiny")), "gpt tiny");
    assert_eq!(names(Dialect::OpenAi, Some("gpt")), "gpt");
    assert_eq!(names(Dialect::OpenAi, Some("none")), "");
    let status = |name, allowed: &'static str| {
        let reply = world
            .worker
            .model(Dialect::OpenAi, name, |name| name == allowed);
        reply
            .map_or_else(|error| error.code.status(), |reply| reply.status)
            .as_u16()
    };
    assert_eq!(status("b/large:1", "b/large:1"), 200);
    assert_eq!(status("b/large:1", "tiny"), 404);
    assert_eq!(status("unknown", "unknown"), 404);
}

#[tokio::test]
async fn models_that_are_not_known_yet_may_be_there_soon() {
    let slow = Upstream::start(&[
        vec![Step::Wait],
        json(200, r#"{"data":[{"id":"a"},{"id":"a"}]}"#),
    ])
    .await;
    let entry = |more: &str| {
        let url = &slow.url;
        format!(
            "[[upstream]]\nname = \"slow\"\nurl = \"{url}\"\naliases = {{ \"b\" = \"a\" }}\n{more}"
        )
    };
    let world = World::new(&entry(""));
    let body = r#"{"model":"b"}"#;
    let error = world.call(Route::Responses, body).await.err().unwrap();
    assert_eq!(error.code.as_str(), "no_upstream");
    assert!(error.retry_after.is_some());
    tokio::select! {
        () = world.gateway.find_models() => panic!("the upstream does not answer"),
        _ = tokio::time::timeout(support::LONG, async { while slow.requests().is_empty() { tokio::task::yield_now().await } }) => {}
    }
    world.gateway.find_models().await;
    assert!(!world.gateway.has_unknown_models());
    // With other settings it has the models that it had.
    world
        .gateway
        .replace(support::parse(&entry("concurrency = 3\n")))
        .unwrap();
    let asked = slow.requests().len();
    assert_eq!(
        world.call(Route::Responses, body).await.unwrap().status,
        200
    );
    assert_eq!(slow.requests().len(), asked + 1);
    let error = world
        .call(Route::Responses, r#"{"model":"c"}"#)
        .await
        .err()
        .unwrap();
    assert_eq!(error.code.as_str(), "model_not_found");
}
