//! What calls are counted as.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use cocore_gateway::{Outcome, Route, Usage};
use http::StatusCode;
use support::{Upstream, World, json, read, stream, upstream};

const CHAT: &str = r#"{"model":"tiny","stream":true,"messages":[]}"#;

const fn counted(input: u64, output: u64, cached: u64) -> Usage {
    Usage {
        input,
        output,
        cached,
        is_estimated: false,
    }
}

const fn estimated(input: u64, output: u64) -> Usage {
    Usage {
        is_estimated: true,
        ..counted(input, output, 0)
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
            estimated(7, 2),
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
        (chat, json(200, r#"{"usage":"none"}"#), estimated(11, 4)),
        (
            chat,
            json(
                200,
                r#"{"usage":{"prompt_tokens":-1,"completion_tokens":2}}"#,
            ),
            estimated(11, 2),
        ),
        (
            chat,
            json(
                200,
                r#"{"usage":{"prompt_tokens":3.0,"completion_tokens":1e400,"prompt_tokens_details":{"cached_tokens":"\ud800"}}}"#,
            ),
            estimated(3, 27),
        ),
        // The upstream does not count.
        (
            chat,
            stream(&[chunk, chunk, "data: [DONE]\n\n"]),
            estimated(11, 2),
        ),
        (chat, json(200, r#"{"choices":[]}"#), estimated(11, 4)),
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

/// Some upstreams report one answer of several.
#[tokio::test]
async fn the_usage_of_several_answers_is_a_least_one() {
    let usage = r#"{"choices":[{},{}],"usage":{"prompt_tokens":3,"completion_tokens":2}}"#;
    let local = Upstream::start(&[json(200, usage)]).await;
    let world = World::new(&upstream("local", &local.url, ""));
    let chat = Route::ChatCompletions;
    for (n, is_estimated) in [("1", false), ("2", true)] {
        let call = CHAT.replace("\"stream\":true", &format!("\"n\":{n}"));
        assert_eq!(read(world.call(chat, &call).await, chat).await.status, 200);
        let usage = world.reports.all().pop().unwrap().usage;
        assert_eq!((usage.output, usage.is_estimated), (2, is_estimated), "{n}");
    }
}
