//! Calls of language models through the server.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::metrics::Metrics;
use crate::support::upstream::{
    EVENTS, Inference, LAST, Step, UPSTREAM_KEY, chunk, json as answer, send, stream,
};
use crate::support::{ALICE, Answer, Server, id_and_secret, key_method, wait_until};

const CALLS: [(&str, bool); 6] = [
    ("/chat/completions", false),
    ("/completions", false),
    ("/responses", false),
    ("/embeddings", false),
    ("/messages", true),
    ("/messages/count_tokens", true),
];
const DISPATCH: &str = "dev.cocore.inference.dispatch";
const FRAME: &str = "data: {\"choices\":[{}]}\n\n";

fn body() -> Value {
    json!({ "model": "tiny", "messages": [] })
}

/// Checks an error: its status, its code, and that it is in the envelope of its dialect.
#[track_caller]
fn expect(answer: &Answer, status: u16, code: &str, is_anthropic: bool) -> String {
    let body = answer.expect(status);
    assert_eq!(body["error"]["code"], code, "{body}");
    let kind = if is_anthropic {
        json!("error")
    } else {
        Value::Null
    };
    assert_eq!(body["type"], kind, "{body}");
    assert!(body["error"]["type"].is_string(), "{body}");
    let id = answer.header("x-request-id");
    assert!(id.is_some());
    if is_anthropic {
        assert_eq!(answer.header("request-id"), id);
    }
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    body["error"]["message"].as_str().unwrap().to_owned()
}

#[test]
fn without_an_upstream_there_is_no_inference() {
    let server = Server::start();
    let key = server.first_key(ALICE);
    for (path, is_anthropic) in CALLS {
        for root in ["/v1", "/api/v1"] {
            let call = server.post(&format!("{root}{path}"), &body());
            expect(&call.clone().send(), 401, "invalid_api_key", is_anthropic);
            expect(&call.key(&key).send(), 503, "no_upstream", is_anthropic);
        }
    }
    for path in ["/v1/models", "/api/v1/models/tiny"] {
        expect(
            &server.get(path).key(&key).send(),
            503,
            "no_upstream",
            false,
        );
    }
    let document = server.get("/.well-known/did.json").send().body;
    assert!(!String::from_utf8_lossy(&document).contains("inference"));
    let console = server.get("/documentation").send();
    let text = String::from_utf8(console.body).unwrap();
    assert!(
        !text.contains("/v1/"),
        "the console does not speak of inference"
    );
}

#[test]
fn each_kind_of_credential_is_accepted_or_not() {
    let inference = Inference::start(&[answer(200, "{}")]);
    let server = &inference.server;
    let key = server.first_key(ALICE);
    let create = |input: &Value| {
        let created = server.call_key_method("createKey", &key, input);
        id_and_secret(&created.expect(200)).1
    };
    let scope = server.scope_of(DISPATCH);
    let able = create(&json!({ "name": "able", "scopes": [scope] }));
    let other = create(&json!({ "name": "other", "scopes": ["repo:com.example.a"] }));
    for (path, is_anthropic) in CALLS {
        let post = || server.post(&format!("/v1{path}"), &body());
        for call in [
            post().key(&able),
            post().header("x-api-key", &able),
            post().key(&able).header("x-api-key", &able),
            post().key(&able).header("x-api-key", ""),
        ] {
            let answer = call.send();
            assert_eq!(
                (answer.status, &answer.body[..]),
                (200, &b"{}"[..]),
                "{path}"
            );
        }
        let refused = post().key(&other).send();
        let message = expect(&refused, 403, "insufficient_scope", is_anthropic);
        assert!(message.contains(DISPATCH), "{message}");
        let challenge = refused.header("www-authenticate").unwrap();
        assert!(challenge.contains("insufficient_scope"), "{challenge}");
        for call in [
            post(),
            post().key("cocore-wrong"),
            post().header("x-api-key", "sk-other"),
            post().header("x-api-key", &format!("Bearer {able}")),
            post().key(&able).header("x-api-key", &key),
            post()
                .header("authorization", "Basic YTpi")
                .header("x-api-key", &able),
            post().header("cookie", &format!("cocore={able}")),
        ] {
            expect(&call.send(), 401, "invalid_api_key", is_anthropic);
        }
    }
    // The scope is checked before the body, and the body before the model.
    let large = vec![b' '; 21 * 1024 * 1024];
    let post = |key: &str, body: &[u8]| {
        let call = server.call("POST", "/v1/responses").key(key);
        call.bytes("application/json", body).send()
    };
    expect(&post(&other, b"null"), 403, "insufficient_scope", false);
    expect(&post(&able, &large), 413, "request_too_large", false);
    expect(&post(&able, b"null"), 400, "invalid_request", false);
    expect(
        &post(&able, b"{\"model\":\"huge\"}"),
        404,
        "model_not_found",
        false,
    );
    let gzip = server.post("/v1/messages", &body()).key(&able);
    let gzip = gzip.header("content-encoding", "gzip").send();
    expect(&gzip, 400, "invalid_request", true);
    // Nothing of all this has reached the upstream but what was accepted.
    assert_eq!(inference.upstream.requests().len(), CALLS.len() * 4);
    for request in inference.upstream.requests() {
        assert!(!request.contains("cocore-"), "{request}");
        assert!(request.contains(UPSTREAM_KEY), "{request}");
    }
}

#[test]
fn a_key_has_its_models() {
    let inference = Inference::start(&[answer(200, "{}")]);
    let server = &inference.server;
    let key = server.first_key(ALICE);
    let created = server.call_key_method(
        "createKey",
        &key,
        &json!({ "name": "one model", "models": ["other"] }),
    );
    let (_, limited) = id_and_secret(&created.expect(200));
    let document = server.get("/.well-known/did.json").send().body;
    assert!(String::from_utf8_lossy(&document).contains("#cocore_inference"));
    let models = |key: &str, name: &str, value: &str| {
        let list = server.get("/v1/models").key(key).header(name, value).send();
        assert_eq!(list.header("cache-control"), Some("no-store"));
        list.expect(200)
    };
    let all = models(&key, "accept", "*/*");
    assert_eq!(all["object"], "list");
    assert_eq!(all["data"][0]["id"], "tiny");
    let of_anthropic = models(&key, "anthropic-version", "2023-06-01");
    assert_eq!(of_anthropic["data"][0]["type"], "model");
    assert_eq!(of_anthropic["has_more"], false);
    assert_eq!(models(&limited, "accept", "*/*")["data"], json!([]));
    server.get("/v1/models/tiny").key(&key).send().expect(200);
    for answer in [
        server.get("/v1/models/tiny").key(&limited).send(),
        server.get("/api/v1/models/a%2Fb/c").key(&key).send(),
        server.post("/v1/completions", &body()).key(&limited).send(),
    ] {
        expect(&answer, 404, "model_not_found", false);
    }
    for (verb, path, status, code) in [
        ("GET", "/v1/chat/completions", 405, "method_not_allowed"),
        ("DELETE", "/v1/models/tiny", 405, "method_not_allowed"),
        ("POST", "/v1/images/generations", 404, "not_found"),
        ("GET", "/v1", 404, "not_found"),
        ("GET", "/api/v1/", 404, "not_found"),
    ] {
        let answer = server.call(verb, path).key(&key).send();
        expect(&answer, status, code, false);
        assert_eq!(answer.header("allow").is_some(), status == 405, "{path}");
    }
    for path in ["/v1/messages", "/v1/models", "/v1/unknown"] {
        let preflight = server
            .call("OPTIONS", path)
            .header("origin", "https://app.example")
            .header("access-control-request-method", "POST")
            .header(
                "access-control-request-headers",
                "x-stainless-os, x-api-key",
            )
            .send();
        assert_eq!(preflight.status, 204, "{path}");
        let allowed = preflight.header("access-control-allow-headers").unwrap();
        assert!(allowed.contains("x-stainless-os, x-api-key"), "{allowed}");
        assert_eq!(preflight.header("access-control-allow-origin"), Some("*"));
    }
}

/// Opens a call, and writes it.
fn open(server: &Server, key: &str, body: &Value) -> TcpStream {
    let body = body.to_string();
    let mut client = TcpStream::connect(&server.address).unwrap();
    client
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    let head = format!(
        "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    client.write_all((head + &body).as_bytes()).unwrap();
    client
}

#[test]
fn an_upstream_is_cancelled_when_the_client_leaves() {
    let streaming = vec![send(format!("{EVENTS}{}", chunk(FRAME))), Step::Wait];
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{";
    let stream = json!({ "model": "tiny", "stream": true, "messages": [] });
    let inference = Inference::with(
        &[vec![Step::Wait], vec![send(head), Step::Wait], streaming],
        &["--admin-listen", "127.0.0.1:0"],
    );
    let key = inference.server.first_key(ALICE);
    for (body, is_begun) in [(&stream, false), (&body(), false), (&stream, true)] {
        let mut client = open(&inference.server, &key, body);
        inference.upstream.await_request();
        if is_begun {
            let (mut text, mut part) = (String::new(), [0; 1024]);
            while !text.contains(FRAME) {
                let count = client.read(&mut part).unwrap();
                text.push_str(std::str::from_utf8(&part[..count]).unwrap());
            }
        }
        drop(client);
        inference.upstream.await_close();
    }
    let labels = "upstream=\"local\",model=\"tiny\",outcome=\"abandoned\"";
    let series = format!("cocore_inference_calls_total{{{labels}}}");
    wait_until("the calls are counted", || {
        Metrics::of(&inference.server).value(&series) == 3.0
    });
}

#[test]
fn an_answer_that_breaks_off_never_looks_complete() {
    let begun = format!("{EVENTS}{}", chunk(FRAME));
    let inference = Inference::start(&[
        vec![send(begun.clone()), Step::Reset],
        vec![send(format!("{begun}{LAST}"))],
        stream(&[FRAME, "data: [DONE]\n\n"]),
    ]);
    let key = inference.server.first_key(ALICE);
    let stream = json!({ "model": "tiny", "stream": true, "messages": [] });
    for is_complete in [false, false, true] {
        let mut client = open(&inference.server, &key, &stream);
        let mut text = String::new();
        let mut part = [0; 1024];
        while !text.ends_with(LAST)
            && let Ok(count @ 1..) = client.read(&mut part)
        {
            text.push_str(std::str::from_utf8(&part[..count]).unwrap());
        }
        assert!(text.contains(FRAME), "{text}");
        assert_eq!(text.ends_with(LAST), is_complete, "{text}");
        assert_eq!(
            text.contains("\"code\":\"upstream_error\""),
            !is_complete,
            "{text}"
        );
        assert_eq!(text.contains("[DONE]"), is_complete, "{text}");
    }
}

/// HTTP/1.0 has no chunks, and nginx speaks it by default.
#[test]
fn a_stream_for_an_older_client_has_no_chunks() {
    let inference = Inference::start(&[stream(&[FRAME, "data: [DONE]\n\n"])]);
    let key = inference.server.first_key(ALICE);
    let body = json!({ "model": "tiny", "stream": true, "messages": [] }).to_string();
    let mut client = TcpStream::connect(&inference.server.address).unwrap();
    let head = format!(
        "POST /v1/chat/completions HTTP/1.0\r\nauthorization: Bearer {key}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    client.write_all((head + &body).as_bytes()).unwrap();
    let mut text = String::new();
    client.read_to_string(&mut text).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    assert!(!head.contains("chunked"), "{head}");
    assert_eq!(body, format!("{FRAME}data: [DONE]\n\n"));
}

/// Row 35 of the list of attacks.
#[test]
fn nothing_of_a_call_is_printed_or_stored() {
    let (prompt, reply) = ("prompt-of-the-person", "answer-of-the-model");
    let event = format!("data: {{\"choices\":[{{\"delta\":{{\"content\":\"{reply}\"}}}}]}}\n\n");
    let inference = Inference::with(
        &[
            answer(200, &format!("{{\"text\":\"{reply}\"}}")),
            answer(400, &format!("{{\"error\":{{\"message\":\"{reply}\"}}}}")),
            answer(
                401,
                &format!("{{\"error\":{{\"message\":\"{reply} {UPSTREAM_KEY}\"}}}}"),
            ),
            answer(200, reply),
            stream(&[&event, "data: [DONE]\n\n"]),
            vec![send(format!("{EVENTS}{}", chunk(&event))), Step::Reset],
        ],
        &["--admin-listen", "127.0.0.1:0"],
    );
    let server = &inference.server;
    let key = server.first_key(ALICE);
    for body in [
        json!({ "model": "tiny", "messages": [{ "role": "user", "content": prompt }] }),
        json!({ "model": "tiny", "messages": [], "prompt": prompt }),
        json!({ "model": "tiny", "messages": [prompt] }),
        json!({ "model": "tiny", "messages": [prompt] }),
        json!({ "model": "tiny", "stream": true, "messages": [prompt] }),
        json!({ "model": "tiny", "stream": true, "messages": [prompt] }),
        json!({ "model": prompt }),
        json!({ "model": "tiny", "stream": prompt }),
        json!([prompt]),
    ] {
        let call = server.post("/v1/chat/completions", &body).key(&key);
        let text = String::from_utf8(call.send().body).unwrap();
        assert!(!text.contains(UPSTREAM_KEY), "{text}");
    }
    let requests = inference.upstream.requests();
    assert_eq!(requests.len(), 6);
    assert!(requests.iter().all(|request| request.contains(prompt)));
    let metrics = Metrics::of(server).text;
    assert!(
        metrics.contains("cocore_inference_tokens_total"),
        "{metrics}"
    );
    let events = server.get(&key_method("listEvents")).key(&key).send();
    let mut seen = vec![metrics, events.value().to_string()];
    if let Some(file) = server.database_url.strip_prefix("sqlite:") {
        for file in [file.to_owned(), format!("{file}-wal")] {
            let stored = std::fs::read(file).unwrap();
            seen.push(String::from_utf8_lossy(&stored).into_owned());
        }
    }
    seen.push(inference.server.printed());
    for text in seen {
        for secret in [prompt, reply, UPSTREAM_KEY, &key[7..]] {
            assert!(!text.contains(secret), "{secret}");
        }
    }
}
