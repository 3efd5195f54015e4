//! Invalid, hostile and oversized bodies.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;

use crate::support::{ALICE, Answer, Server, method};

fn create(server: &Server, key: &str, body: &[u8]) -> Answer {
    let call = server.call("POST", &method("createApiKey")).key(key);
    call.bytes("application/json", body).send()
}

/// Row 9 of the list of attacks.
#[test]
fn broken_json_is_a_bad_request() {
    let server = Server::start();
    let key = server.first_key(ALICE);
    let deep = |levels: usize, open: &str, close: &str| {
        format!(
            "{{\"name\":\"n\",\"deep\":{}1{}}}",
            open.repeat(levels),
            close.repeat(levels)
        )
    };
    let bodies: Vec<(Vec<u8>, &str)> = vec![
        (b"".to_vec(), "input: "),
        (b"null".to_vec(), "input: expected an object, found null"),
        (b"[]".to_vec(), "input: expected an object, found an array"),
        (
            b"\"text\"".to_vec(),
            "input: expected an object, found a string",
        ),
        (b"1".to_vec(), "input: "),
        (b"{".to_vec(), "input: malformed JSON"),
        (b"{\"name\":\"n\"".to_vec(), "input: malformed JSON"),
        (b"{\"name\":\"n\",}".to_vec(), "input: malformed JSON"),
        (b"{name:\"n\"}".to_vec(), "input: malformed JSON"),
        (b"{\"name\":\"n\"} x".to_vec(), "input: malformed JSON"),
        (b"{\"name\":\"n\"}{}".to_vec(), "input: malformed JSON"),
        (b"{\"name\":NaN}".to_vec(), "input/name: malformed JSON"),
        (
            b"{\"name\":\"n\",\"more\":1e999}".to_vec(),
            "input/more: malformed JSON",
        ),
        (
            b"\xef\xbb\xbf{\"name\":\"n\"}".to_vec(),
            "input: malformed JSON",
        ),
        (
            b"{\"name\":\"\\ud800\"}".to_vec(),
            "input/name: malformed JSON",
        ),
        (
            b"{\"name\":\"n\",\"more\":\"\\ud800\"}".to_vec(),
            "input/more: malformed JSON",
        ),
        (
            b"{\"name\":\"\\udc00\\ud800\"}".to_vec(),
            "input/name: malformed JSON",
        ),
        (b"{\"name\":\"\xff\"}".to_vec(), "input: malformed JSON"),
        (
            b"{\"name\":\"\xed\xa0\x80\"}".to_vec(),
            "input: malformed JSON",
        ),
        (
            b"{\"name\":\"n\",\"more\":\"\xff\"}".to_vec(),
            "input: malformed JSON",
        ),
        (
            b"{\"name\":\"a\nb\"}".to_vec(),
            "input/name: malformed JSON",
        ),
        (
            b"{\"name\":\"a\",\"name\":\"b\"}".to_vec(),
            "input/name: the field is given twice",
        ),
        (
            b"{\"name\":\"a\",\"x\":{\"y\":1,\"y\":2}}".to_vec(),
            "input/x/y: the field is given twice",
        ),
        (deep(8_000, "[", "]").into_bytes(), "input/deep/"),
        (deep(1_200, "{\"a\":", "}").into_bytes(), "input/deep/"),
        (
            "{\"name\":\"n\"}"
                .encode_utf16()
                .flat_map(u16::to_le_bytes)
                .collect(),
            "input: malformed",
        ),
    ];
    for (body, expected) in bodies {
        let message = create(&server, &key, &body).expect_error(400, "InvalidRequest");
        let shown = String::from_utf8_lossy(&body[..body.len().min(60)]).into_owned();
        assert!(message.starts_with(expected), "{shown}: {message}");
        assert!(message.len() < 2_000, "{shown}");
    }
    assert_eq!(server.list(&key).len(), 1);
}

/// Rows 8 and 9 of the list of attacks.
#[test]
fn the_limit_is_16_kib() {
    let server = Server::start();
    let key = server.first_key(ALICE);
    let of_size = |size: usize| {
        let frame = json!({ "name": "n", "pad": "" }).to_string().len();
        json!({ "name": "n", "pad": "x".repeat(size - frame) })
            .to_string()
            .into_bytes()
    };
    create(&server, &key, &of_size(16 * 1024)).expect(200);
    create(&server, &key, &of_size(16 * 1024 + 1)).expect_error(413, "PayloadTooLarge");
    create(&server, &key, &of_size(10_000_000)).expect_error(413, "PayloadTooLarge");
    // A million members, and hundreds of thousands of levels.
    let many = format!("{{\"name\":\"n\"{}}}", ",\"a\":1".repeat(1_000_000));
    create(&server, &key, many.as_bytes()).expect_error(413, "PayloadTooLarge");
    create(&server, &key, "[".repeat(100_000).as_bytes()).expect_error(413, "PayloadTooLarge");

    // The same without `Content-Length`.
    let chunk = vec![b'x'; 0x10000];
    let mut chunked = Vec::new();
    for _ in 0..160 {
        chunked.extend_from_slice(b"10000\r\n");
        chunked.extend_from_slice(&chunk);
        chunked.extend_from_slice(b"\r\n");
    }
    chunked.extend_from_slice(b"0\r\n\r\n");
    let call = server.call("POST", &method("createApiKey")).key(&key);
    let call = call.header("transfer-encoding", "chunked");
    call.bytes("application/json", &chunked)
        .send()
        .expect_error(413, "PayloadTooLarge");
}

/// Row 8 of the list of attacks.
#[test]
fn gzip_is_the_only_content_coding() {
    let server = Server::start();
    let key = server.first_key(ALICE);
    let send = |coding: &str, body: &[u8]| {
        let call = server.call("POST", &method("createApiKey")).key(&key);
        call.header("content-encoding", coding)
            .bytes("application/json", body)
            .send()
    };
    let good = gzip(br#"{"name":"zipped"}"#);
    assert_eq!(send("gzip", &good).expect(200)["key"]["name"], "zipped");
    assert_eq!(send("GZip", &good).expect(200)["key"]["name"], "zipped");
    let bomb = gzip(&vec![b' '; 16_000_000]);
    assert!(bomb.len() < 17_000);
    send("gzip", &bomb).expect_error(413, "PayloadTooLarge");
    send("gzip", &good[..good.len() - 4]).expect_error(400, "InvalidRequest");
    send("gzip", b"{}").expect_error(400, "InvalidRequest");
    for coding in ["deflate", "br", "zstd", "gzip, gzip", "x"] {
        send(coding, &good).expect_error(415, "InvalidRequest");
    }
}

/// Row 8 of the list of attacks.
#[cfg(target_os = "linux")]
#[test]
fn rejected_bodies_take_no_memory() {
    let server = Server::with(&["--log", "error"]);
    let key = server.first_key(ALICE);
    // A gigabyte in a megabyte, and in a few bytes.
    let bomb = |size: usize| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        let part = vec![b' '; 1 << 20];
        (0..size).for_each(|_| encoder.write_all(&part).unwrap());
        encoder.finish().unwrap()
    };
    let (small, large) = (bomb(15), bomb(1024));
    assert!(small.len() < 16 * 1024, "the server decodes it");
    let plain = vec![b'x'; 10_000_000];
    let send = |coding: &str, body: &[u8]| {
        let call = server.call("POST", &method("createApiKey")).key(&key);
        let call = call.header("content-encoding", coding);
        call.bytes("application/json", body)
            .send()
            .expect_error(413, "PayloadTooLarge");
    };
    let round = || {
        std::thread::scope(|scope| {
            for (coding, body) in [("gzip", &small), ("gzip", &large), ("identity", &plain)] {
                for _ in 0..8 {
                    scope.spawn(|| send(coding, body));
                }
            }
        });
    };
    let before = server.memory("VmHWM");
    round();
    round();
    let grown = server.memory("VmHWM") - before;
    assert!(grown < 32 * 1024, "{grown} KiB for 24 bodies at once");
}

#[test]
fn the_content_type_is_the_declared_one() {
    let server = Server::start();
    let key = server.first_key(ALICE);
    for (content_type, status) in [
        ("application/json", 200),
        ("application/json; charset=utf-8", 200),
        ("Application/JSON ;x=y", 200),
        ("text/plain", 400),
        ("application/x-www-form-urlencoded", 400),
        ("application/jsonx", 400),
        ("", 400),
    ] {
        let call = server.call("POST", &method("createApiKey")).key(&key);
        let answer = call.bytes(content_type, br#"{"name":"n"}"#).send();
        assert_eq!(answer.status, status, "{content_type}");
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}
