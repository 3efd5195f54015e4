//! What passes through the gateway, both ways, and what it counts.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use cocore_gateway::{Outcome, Route, Usage};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use support::{Step, Upstream, World, json, read, send, stream, upstream};

const CHAT: &str = r#"{"model":"tiny","stream":true,"messages":[]}"#;

const fn counted(input: u64, output: u64, cached: u64) -> Usage {
    Usage {
        input,
        output,
        cached,
        is_estimated: false,
    }
}

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
async fn usage_is_asked_for_and_taken_out_again() {
    let events = [
        "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}],\"usage\":null}\n\n",
        "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":1}}\n\n",
        "data: [DONE]\n\n",
    ];
    let local = Upstream::start(&[stream(&events)]).await;
    let world = World::new(&upstream("local", &local.url, ""));
    let chat = Route::ChatCompletions;
    let unasked = read(world.call(chat, CHAT).await, chat).await;
    assert_eq!(unasked.text, [events[0], events[2]].concat());
    assert!(unasked.is_complete);
    let asking = CHAT.replace("true", "true,\"stream_options\":{\"include_usage\":true}");
    let asked = read(world.call(chat, &asking).await, chat).await;
    assert_eq!(asked.text, events.concat());
    for request in local.requests() {
        assert!(
            request.contains("\"stream_options\":{\"include_usage\":true}"),
            "{request}"
        );
    }
    for report in world.reports.all() {
        assert_eq!(report.usage, counted(3, 1, 0));
    }
}

#[tokio::test]
async fn the_usage_of_each_dialect_is_counted() {
    let chunk = "data: {\"choices\":[{}]}\n\n";
    let (chat, messages) = (Route::ChatCompletions, Route::Messages);
    let cases = [
        (
            chat,
            json(
                200,
                r#"{"usage":{"prompt_tokens":7,"completion_tokens":2,"prompt_tokens_details":{"cached_tokens":5}}}"#,
            ),
            counted(7, 2, 5),
        ),
        (
            Route::Embeddings,
            json(200, r#"{"usage":{"prompt_tokens":7,"total_tokens":7}}"#),
            counted(7, 0, 0),
        ),
        (
            messages,
            json(
                200,
                r#"{"usage":{"input_tokens":7,"output_tokens":2,"cache_read_input_tokens":5}}"#,
            ),
            counted(12, 2, 5),
        ),
        (
            messages,
            stream(&[
                "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"usage\":{\"input_tokens\":7,\"output_tokens\":1}}}\n\n",
                "event: content_block_delta\ndata: {\"type\":\"content_block_delta\"}\n\n",
                "event: message_delta\ndata: {\"type\":\"message_delta\",\"usage\":{\"output_tokens\":9}}\n\n",
                "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n",
            ]),
            counted(7, 9, 0),
        ),
        // An upstream that says at the beginning that there is no output yet, and nothing at the end.
        (
            messages,
            stream(&[
                "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"usage\":{\"input_tokens\":7,\"output_tokens\":0}}}\n\n",
                "event: content_block_delta\ndata: {\"type\":\"content_block_delta\"}\n\n",
                "event: content_block_delta\ndata: {\"type\":\"content_block_delta\"}\n\n",
                "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n",
            ]),
            Usage {
                is_estimated: true,
                ..counted(7, 2, 0)
            },
        ),
        // All tokens of the prompt, with those of a cache beside them.
        (
            chat,
            json(
                200,
                r#"{"usage":{"prompt_tokens":12,"completion_tokens":2,"cache_read_input_tokens":5}}"#,
            ),
            counted(12, 2, 5),
        ),
        (
            Route::Responses,
            stream(&[
                "event: response.created\ndata: {\"type\":\"response.created\",\"response\":{\"usage\":null}}\n\n",
                "data: {\"type\":\"response.completed\",\"response\":{\"usage\":{\"input_tokens\":7,\"output_tokens\":9,\"input_tokens_details\":{\"cached_tokens\":1}}}}\n\n",
            ]),
            counted(7, 9, 1),
        ),
        // Each choice in an event of its own.
        (
            chat,
            stream(&[
                "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":4}}\n\n",
                chunk,
                "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":5}}\n\n",
                "data: [DONE]\n\n",
            ]),
            counted(7, 9, 0),
        ),
        // Running numbers, and their sum.
        (
            chat,
            stream(&[
                "data: {\"choices\":[{}],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":5}}\n\n",
                "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":9}}\n\n",
                "data: [DONE]\n\n",
            ]),
            counted(7, 9, 0),
        ),
        (
            chat,
            json(
                200,
                r#"{"usage":{"prompt_tokens":7.0,"completion_tokens":2}}"#,
            ),
            counted(7, 2, 0),
        ),
        (
            Route::CountTokens,
            json(200, r#"{"input_tokens":19}"#),
            Usage::default(),
        ),
        // Numbers that are none.
        (
            chat,
            json(200, r#"{"usage":"none"}"#),
            Usage {
                input: 11,
                output: 4,
                cached: 0,
                is_estimated: true,
            },
        ),
        (
            chat,
            json(
                200,
                r#"{"usage":{"prompt_tokens":-1,"completion_tokens":2}}"#,
            ),
            Usage {
                input: 11,
                output: 2,
                cached: 0,
                is_estimated: true,
            },
        ),
        (
            chat,
            json(
                200,
                r#"{"usage":{"prompt_tokens":3.0,"completion_tokens":1e400,"prompt_tokens_details":{"cached_tokens":"\ud800"}}}"#,
            ),
            Usage {
                input: 3,
                output: 27,
                cached: 0,
                is_estimated: true,
            },
        ),
        // The upstream does not count.
        (
            chat,
            stream(&[chunk, chunk, "data: [DONE]\n\n"]),
            Usage {
                input: 11,
                output: 2,
                cached: 0,
                is_estimated: true,
            },
        ),
        (
            chat,
            json(200, r#"{"choices":[]}"#),
            Usage {
                input: 11,
                output: 4,
                cached: 0,
                is_estimated: true,
            },
        ),
    ];
    for (route, script, expected) in cases {
        let local = Upstream::start(std::slice::from_ref(&script)).await;
        let world = World::new(&upstream("local", &local.url, ""));
        let found = read(world.call(route, CHAT).await, route).await;
        assert!(found.is_complete, "{found:?}");
        let [report] = &world.reports.all()[..] else {
            panic!("{script:?}");
        };
        assert_eq!(report.usage, expected, "{script:?}");
        assert_eq!(report.outcome, Outcome::Complete(StatusCode::OK));
        assert_eq!((&report.model[..], &report.upstream[..]), ("tiny", "local"));
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
