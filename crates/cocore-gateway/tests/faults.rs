//! Upstreams that fail: each failure has its answer, and nothing that broke off looks complete.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use cocore_gateway::{Outcome, Route};
use support::{EVENTS, LAST, Step, Upstream, World, chunk, json, read, send, stream, upstream};

const CHAT: &str = r#"{"model":"tiny","stream":true,"messages":[]}"#;
const FRAME: &str = "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n";
const TIMES: &str = "first-byte-timeout = 1\nidle-timeout = 1\ntimeout = 2";

/// The status, what the text contains at its end, and whether the answer looks complete.
type Expected = (u16, &'static str, bool);

async fn check(name: &str, route: Route, script: Vec<Step>, expected: Expected) {
    let local = Upstream::start(&[script]).await;
    let world = World::new(&upstream("local", &local.url, TIMES));
    let found = read(world.call(route, CHAT).await, route).await;
    let (status, text, is_complete) = expected;
    assert_eq!(
        (found.status, found.is_complete),
        (status, is_complete),
        "{name}: {found:?}"
    );
    assert!(found.text.contains(text), "{name}: {}", found.text);
    assert_eq!(local.requests().len(), 1, "{name}: nothing is sent twice");
    let outcomes: Vec<_> = world
        .reports
        .all()
        .iter()
        .map(|report| report.outcome)
        .collect();
    assert_eq!(outcomes, [Outcome::Failed], "{name}");
}

/// An answer without a stream sends its head last: the time for all of it holds for the head too.
#[tokio::test]
async fn the_time_for_a_call_includes_the_head() {
    let local = Upstream::start(&[vec![Step::Wait]]).await;
    let world = World::new(&upstream("local", &local.url, "timeout = 1"));
    let chat = Route::ChatCompletions;
    let found = read(world.call(chat, CHAT).await, chat).await;
    assert_eq!(found.status, 504, "{found:?}");
}

/// A client that leaves before there is a connection has cost nothing.
#[tokio::test]
async fn a_call_that_no_upstream_got_is_not_counted() {
    use std::net::TcpListener;
    use std::time::Duration;
    // A full backlog swallows further connections.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let mut waiting = Vec::new();
    loop {
        let connected = std::net::TcpStream::connect_timeout(&address, Duration::from_secs(1));
        match connected {
            Ok(stream) => waiting.push(stream),
            Err(_) => break,
        }
    }
    let world = World::new(&upstream("local", &format!("http://{address}/v1"), ""));
    let call = world.call(Route::ChatCompletions, CHAT);
    let left = tokio::time::timeout(Duration::from_millis(200), call).await;
    assert!(left.is_err());
    assert_eq!(world.reports.all(), []);
}

#[tokio::test]
async fn each_fault_has_its_answer() {
    let chat = Route::ChatCompletions;
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n";
    for (name, script, expected) in [
        ("a reset", vec![Step::Reset], (502, "upstream_error", true)),
        (
            "closed without a word",
            vec![],
            (502, "upstream_error", true),
        ),
        ("silence", vec![Step::Wait], (504, "upstream_timeout", true)),
        (
            "not HTTP",
            vec![send("nonsense\r\n\r\n")],
            (502, "upstream_error", true),
        ),
        (
            "half an answer",
            vec![send(format!("{head}{{\"a\":")), Step::Reset],
            (502, "broke off", true),
        ),
        (
            "silence amid an answer",
            vec![send(format!("{head}{{\"a\":")), Step::Wait],
            (504, "upstream_timeout", true),
        ),
        (
            "invalid JSON",
            json(200, "{\"a\":"),
            (502, "cannot be understood", true),
        ),
        (
            "no JSON",
            json(200, "<html>"),
            (502, "cannot be understood", true),
        ),
        (
            "an error inside of 200",
            json(200, r#"{"error":{"message":"boom","type":"t","code":"c"}}"#),
            (
                502,
                r#"{"error":{"message":"boom","type":"t","code":"c"}}"#,
                true,
            ),
        ),
        (
            "an error",
            json(400, r#"{"error":{"message":"m","code":400}}"#),
            (400, r#"{"error":{"message":"m","code":400}}"#, true),
        ),
        (
            "its own key refused",
            json(401, r#"{"error":{"message":"sesame is wrong"}}"#),
            (502, "does not accept the key of this server", true),
        ),
        (
            "a redirect",
            vec![send(
                "HTTP/1.1 302 x\r\nlocation: http://192.0.2.1/\r\ncontent-length: 0\r\n\r\n",
            )],
            (502, "cannot be understood", true),
        ),
        ("out of service", json(503, "{}"), (503, "status 503", true)),
    ] {
        check(name, chat, script, expected).await;
    }
}

#[tokio::test]
async fn a_stream_that_breaks_off_never_looks_complete() {
    let frame = chunk(FRAME);
    let half = chunk("data: {\"choi");
    let error = "data: {\"error\":{\"code\":\"upstream_error\"";
    for (name, route, script, expected) in [
        (
            "a reset",
            Route::ChatCompletions,
            vec![send(format!("{EVENTS}{frame}")), Step::Reset],
            error,
        ),
        (
            "half a frame",
            Route::ChatCompletions,
            vec![send(format!("{EVENTS}{frame}{half}")), Step::Reset],
            error,
        ),
        (
            "half a chunk",
            Route::ChatCompletions,
            vec![send(format!("{EVENTS}{frame}fff\r\ndata")), Step::Reset],
            error,
        ),
        (
            "no [DONE]",
            Route::ChatCompletions,
            vec![send(format!("{EVENTS}{frame}{LAST}"))],
            error,
        ),
        (
            "half a frame, and an end",
            Route::Completions,
            vec![send(format!("{EVENTS}{frame}{half}{LAST}"))],
            error,
        ),
        (
            "silence",
            Route::ChatCompletions,
            vec![send(format!("{EVENTS}{frame}")), Step::Wait],
            "\"code\":\"upstream_timeout\"",
        ),
        (
            "no message_stop",
            Route::Messages,
            vec![send(format!("{EVENTS}{frame}{LAST}"))],
            "event: error\ndata: {\"error\":{\"code\":\"upstream_error\"",
        ),
        (
            "no response.completed",
            Route::Responses,
            stream(&["data: {\"type\":\"response.created\",\"sequence_number\":4}\n\n"]),
            "\"sequence_number\":5,\"type\":\"error\"}\n\n",
        ),
        (
            "an error of its own",
            Route::ChatCompletions,
            stream(&[FRAME, "data: {\"error\":{\"message\":\"boom\"}}\n\n"]),
            "boom\"}}\n\n",
        ),
    ] {
        check(name, route, script.clone(), (200, expected, false)).await;
    }
}

#[tokio::test]
async fn an_answer_is_bounded() {
    let part = "x".repeat(1024 * 1024);
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n\"";
    let large = vec![send(head), Step::Repeat(part.clone().into(), 100)];
    let expected = (502, "larger than 32 MiB", true);
    check("100 MB", Route::ChatCompletions, large, expected).await;
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\ndata: ";
    let event = vec![send(head), Step::Repeat(part.into(), 100)];
    let expected = (200, "upstream_error", false);
    check(
        "an event of 100 MB",
        Route::ChatCompletions,
        event,
        expected,
    )
    .await;
}

#[tokio::test]
async fn a_trickle_ends_when_the_time_is_over() {
    // Never silent for long: it is the time in all that ends it.
    let local = Upstream::start(&[vec![
        send(EVENTS),
        Step::Repeat(chunk(FRAME).into(), usize::MAX),
    ]])
    .await;
    let world = World::new(&upstream("local", &local.url, TIMES));
    let chat = Route::ChatCompletions;
    let found = read(world.call(chat, CHAT).await, chat).await;
    assert!(!found.is_complete);
    assert!(found.text.contains("upstream_timeout"));
}

#[tokio::test]
async fn an_upstream_may_leave_the_connection_open_after_the_end() {
    let done = chunk("data: [DONE]\n\n");
    let script = vec![send(format!("{EVENTS}{}{done}", chunk(FRAME))), Step::Wait];
    let local = Upstream::start(&[script]).await;
    let world = World::new(&upstream("local", &local.url, ""));
    let chat = Route::ChatCompletions;
    let found = read(world.call(chat, CHAT).await, chat).await;
    assert_eq!(found.text, format!("{FRAME}data: [DONE]\n\n"));
    assert!(found.is_complete);
}

#[tokio::test]
async fn the_last_event_may_lack_its_blank_line() {
    for end in ["data: [DONE]\n", "data: [DONE]", "data: [DONE]\r\r"] {
        let local = Upstream::start(&[stream(&[FRAME, end])]).await;
        let world = World::new(&upstream("local", &local.url, ""));
        let chat = Route::ChatCompletions;
        let found = read(world.call(chat, CHAT).await, chat).await;
        assert!(found.is_complete, "{found:?}");
        assert!(
            found.text.starts_with(&format!("{FRAME}data: [DONE]")),
            "{found:?}"
        );
    }
}

#[tokio::test]
async fn an_error_amid_an_answer_is_no_end() {
    let error = "data: {\"error\":{\"message\":\"boom\"}}\n\n";
    let script = stream(&[FRAME, error, "data: [DONE]\n\n"]);
    check(
        "an error and an end",
        Route::ChatCompletions,
        script,
        (200, "boom", false),
    )
    .await;
    let failed = "data: {\"type\":\"response.failed\",\"response\":{}}\n\n";
    check(
        "a failed response",
        Route::Responses,
        stream(&[failed]),
        (200, "failed", true),
    )
    .await;
    let whole = json(
        200,
        r#"{"status":"failed","error":{"code":"c"},"usage":{}}"#,
    );
    check(
        "a failed response, whole",
        Route::Responses,
        whole,
        (200, "failed", true),
    )
    .await;
    let gzip = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-encoding: gzip\r\ncontent-length: 1\r\n\r\nx";
    check(
        "compressed",
        Route::ChatCompletions,
        vec![send(gzip)],
        (502, "cannot be understood", true),
    )
    .await;
    let half =
        "HTTP/1.1 429 x\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{\"error\":";
    check(
        "half an error",
        Route::ChatCompletions,
        vec![send(half), Step::Reset],
        (429, "status 429", true),
    )
    .await;
}
