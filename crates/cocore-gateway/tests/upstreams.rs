//! Which upstream gets a call, and that it is cancelled when the client leaves.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use std::time::Duration;

use cocore_gateway::{Gateway, Outcome, ReplyBody, Route};
use futures_util::StreamExt;
use support::{
    EVENTS, LONG, Step, Upstream, World, chunk, json, parse, read, send, stream, upstream,
};

const CHAT: Route = Route::ChatCompletions;
const BODY: &str = r#"{"model":"tiny","messages":[]}"#;
const STREAM: &str = r#"{"model":"tiny","stream":true,"messages":[]}"#;
const FRAME: &str = "data: {\"choices\":[{}]}\n\n";

/// An address at which nothing listens.
async fn nowhere() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("http://{}/v1", listener.local_addr().unwrap())
}

#[tokio::test]
async fn who_cannot_take_a_call_leaves_it_to_the_next() {
    let away = nowhere().await;
    let refusing = Upstream::start(&[json(503, "{}")]).await;
    let good = Upstream::start(&[json(200, "{}")]).await;
    let settings = [
        upstream("away", &away, ""),
        upstream("refusing", &refusing.url, ""),
        upstream("good", &good.url, ""),
    ];
    let world = World::new(&settings.concat());
    for number in 1..=9 {
        assert_eq!(read(world.call(CHAT, BODY).await, CHAT).await.status, 200);
        assert_eq!(good.requests().len(), number);
    }
    assert!(!refusing.requests().is_empty(), "the load is spread");
    let reports = world.reports.all();
    assert_eq!(reports.len(), 9, "what was not taken costs nothing");
    assert!(reports.iter().all(|report| report.upstream == "good"));

    let world = World::new(&settings[..2].concat());
    let found = read(world.call(CHAT, BODY).await, CHAT).await;
    assert_eq!(found.status, 503, "{found:?}");
    let world = World::new(&settings[0]);
    let error = world.call(CHAT, BODY).await.err().unwrap();
    assert_eq!(error.code.as_str(), "no_upstream");
    assert_eq!(error.retry_after, Some(Duration::from_secs(1)));
}

#[tokio::test]
async fn nothing_is_sent_twice_once_it_was_sent() {
    let failing = Upstream::start(&[vec![]]).await;
    let good = Upstream::start(&[json(200, "{}")]).await;
    let settings = [
        upstream("failing", &failing.url, ""),
        upstream("good", &good.url, ""),
    ];
    let world = World::new(&settings.concat());
    let (mut answered, mut failed) = (0, 0);
    for _ in 0..6 {
        match read(world.call(CHAT, BODY).await, CHAT).await.status {
            200 => answered += 1,
            502 => failed += 1,
            other => panic!("{other}"),
        }
    }
    assert_eq!(
        (failing.requests().len(), good.requests().len()),
        (failed, answered)
    );
    assert!(failed > 0 && answered > 0);
}

#[tokio::test]
async fn an_upstream_has_so_many_calls_at_once() {
    let mut local = Upstream::start(&[vec![Step::Wait], json(200, "{}")]).await;
    let world = World::new(&upstream("local", &local.url, "concurrency = 1"));
    let waiting = world.call(CHAT, BODY);
    tokio::pin!(waiting);
    tokio::select! {
        _ = &mut waiting => panic!("the upstream does not answer"),
        _ = local.began.recv() => {}
    }
    let error = world.call(CHAT, BODY).await.err().unwrap();
    assert_eq!(error.code.as_str(), "no_upstream");
    assert!(error.message.contains("busy"), "{error}");
}

#[tokio::test]
async fn a_call_whose_client_leaves_is_cancelled_at_once() {
    let frame = send(format!("{EVENTS}{}", chunk(FRAME)));
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{";
    for (name, body, script) in [
        ("before the head", STREAM, vec![Step::Wait]),
        ("without a stream", BODY, vec![send(head), Step::Wait]),
        ("while streaming", STREAM, vec![frame, Step::Wait]),
    ] {
        let mut local = Upstream::start(&[script]).await;
        let world = World::new(&upstream("local", &local.url, ""));
        {
            let call = async {
                let ReplyBody::Events(mut events) = world.call(CHAT, body).await.unwrap().body
                else {
                    panic!("{name}: expected events");
                };
                while events.next().await.is_some() {}
            };
            tokio::pin!(call);
            let began = async {
                local.began.recv().await;
                // The rest of what the upstream sends arrives meanwhile.
                for _ in 0..100 {
                    tokio::task::yield_now().await;
                }
            };
            tokio::select! {
                () = &mut call => panic!("{name}: the upstream does not end"),
                () = began => {}
            }
        }
        tokio::time::timeout(LONG, local.closed.recv())
            .await
            .unwrap();
        let [report] = &world.reports.all()[..] else {
            panic!("{name}");
        };
        assert_eq!(report.outcome, Outcome::Abandoned, "{name}");
        assert!(
            report.usage.is_estimated && report.usage.input > 0,
            "{name}"
        );
    }
}

#[tokio::test]
async fn silence_gets_comments() {
    let frame = send(format!("{EVENTS}{}", chunk(FRAME)));
    let local = Upstream::start(&[vec![frame, Step::Wait]]).await;
    let settings = upstream("local", &local.url, "");
    let world = World::new(&format!("ping-after = 1\n{settings}"));
    let ReplyBody::Events(mut events) = world.call(CHAT, STREAM).await.unwrap().body else {
        panic!("expected events");
    };
    assert_eq!(events.next().await.unwrap().unwrap(), FRAME);
    for _ in 0..2 {
        assert_eq!(events.next().await.unwrap().unwrap(), ": ping\n\n");
    }
    // Before the first byte only where that is configured.
    let silent = Upstream::start(&[
        vec![Step::Wait],
        json(400, r#"{"error":{"message":"late"}}"#),
    ])
    .await;
    let settings = upstream("silent", &silent.url, "first-byte-timeout = 3");
    let early = "ping-after = 1\nping-before-first-byte = true\n";
    let world = World::new(&format!("{early}{settings}"));
    let found = read(world.call(CHAT, STREAM).await, CHAT).await;
    assert_eq!(found.status, 200);
    assert!(
        found.text.starts_with(": ping\n\n") && found.text.contains("data: {\"error\""),
        "{}",
        found.text
    );
    assert!(!found.is_complete);
    // An answer that is there in time keeps its status.
    assert_eq!(read(world.call(CHAT, STREAM).await, CHAT).await.status, 400);
}

#[tokio::test]
async fn other_settings_are_in_force_at_once() {
    let old = Upstream::start(&[json(200, "{}")]).await;
    let new = Upstream::start(&[json(200, "{}"), stream(&["data: [DONE]\n\n"])]).await;
    let world = World::new(&upstream("local", &old.url, ""));
    world.call(CHAT, BODY).await.unwrap();
    world
        .gateway
        .replace(parse(&upstream("local", &new.url, "")))
        .unwrap();
    world.call(CHAT, BODY).await.unwrap();
    assert_eq!((old.requests().len(), new.requests().len()), (1, 1));
    world.gateway.replace(parse("")).unwrap();
    assert!(!Gateway::is_on(&world.gateway));
    let error = world.call(CHAT, BODY).await.err().unwrap();
    assert_eq!(error.code.as_str(), "no_upstream");
    assert_eq!(error.retry_after, None);
}

#[tokio::test]
async fn an_upstream_is_asked_once_however_often_it_lists_a_model() {
    let refusing = Upstream::start(&[json(503, "{}")]).await;
    let settings =
        upstream("refusing", &refusing.url, "").replace("[\"tiny\"]", "[\"tiny\", \"tiny\"]");
    let world = World::new(&settings);
    assert_eq!(read(world.call(CHAT, BODY).await, CHAT).await.status, 503);
    assert_eq!(refusing.requests().len(), 1);
}

#[tokio::test]
async fn a_handshake_that_hangs_is_no_connection() {
    // It accepts connections, and never answers.
    let silent = Upstream::start(&[vec![Step::Wait]]).await;
    let good = Upstream::start(&[json(200, "{}")]).await;
    let settings = [
        upstream(
            "silent",
            &silent.url.replace("http:", "https:"),
            "connect-timeout = 1",
        ),
        upstream("good", &good.url, ""),
    ];
    let world = World::new(&settings.concat());
    for _ in 0..2 {
        assert_eq!(read(world.call(CHAT, BODY).await, CHAT).await.status, 200);
    }
    assert!(silent.requests().is_empty());
}

#[tokio::test]
async fn an_error_after_the_first_comment_keeps_what_it_says() {
    let text = r#"{"error":{"message":"m","type":"insufficient_quota","param":"p","code":"c"}}"#;
    let length = text.len();
    let head = format!(
        "HTTP/1.1 429 x\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n"
    );
    let (tell, told) = tokio::sync::watch::channel(false);
    let answer = vec![Step::Until(told), send(head + text)];
    let local = Upstream::start(&[answer]).await;
    let settings = upstream("local", &local.url, "");
    let world = World::new(&format!(
        "ping-after = 1\nping-before-first-byte = true\n{settings}"
    ));
    let reply = world.call(CHAT, STREAM).await;
    tell.send(true).unwrap();
    let found = read(reply, CHAT).await;
    let event = found.text.trim_start_matches(": ping\n\n");
    let event = event.strip_prefix("data: ").unwrap().trim_end();
    let found: serde_json::Value = serde_json::from_str(event).unwrap();
    assert_eq!(
        found,
        serde_json::from_str::<serde_json::Value>(text).unwrap()
    );
}
