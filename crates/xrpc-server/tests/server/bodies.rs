//! Bodies: their types, sizes, codings and ends.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::{Call, Then, error, header, server, text};

#[tokio::test]
async fn a_content_type_is_matched_and_reaches_the_handler_whole() {
    let server = server();
    for (method, sent, expected) in [
        (
            "putImage",
            "image/png",
            r#"200 {"text":"image/png: 3 bytes"}"#,
        ),
        (
            "putImage",
            "Image/PNG; x=1",
            r#"200 {"text":"Image/PNG; x=1: 3 bytes"}"#,
        ),
        (
            "putImage",
            "text/plain",
            "400 input: expected the content type image/*",
        ),
        (
            "putImage",
            "image/",
            "400 input: expected the content type image/*",
        ),
        (
            "putImage",
            "image",
            "400 input: expected the content type image/*",
        ),
        (
            "putImage",
            "",
            "400 input: expected the content type image/*",
        ),
        (
            "putForm",
            "multipart/form-data; boundary=AaB",
            r#"200 {"text":"multipart/form-data; boundary=AaB: 3 bytes"}"#,
        ),
        ("echo", "text/html", "200 abc"),
        ("echo", "", "200 abc"),
    ] {
        let call = Call::new("POST", &format!("com.example.{method}"));
        let answer = call
            .header("content-type", sent)
            .body(b"abc")
            .send(&server)
            .await;
        let status = answer.status().as_u16();
        let found = match status {
            200 => format!("200 {}", text(&answer)),
            _ => error(&answer).replace("InvalidRequest: ", ""),
        };
        assert_eq!(found, expected, "{method} {sent}");
        if method == "echo" {
            let absent = "application/octet-stream";
            let expected = if sent.is_empty() { absent } else { sent };
            assert_eq!(header(&answer, "content-type"), expected);
        }
    }
}

/// Row 8 of the list of attacks.
#[tokio::test]
async fn limits_hold_before_and_after_decoding() {
    let server = server();
    let gzip = |length: usize| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(&vec![b'x'; length]).unwrap();
        encoder.finish().unwrap()
    };
    let broken = &gzip(64)[..10];
    for (coding, body, expected) in [
        ("", vec![b'x'; 64], 200),
        ("", vec![b'x'; 65], 413),
        ("identity", vec![b'x'; 64], 200),
        ("gzip", gzip(64), 200),
        ("GZIP", gzip(64), 200),
        ("gzip", gzip(65), 413),
        ("gzip", gzip(1_000_000), 413),
        ("gzip", broken.to_vec(), 400),
        ("gzip", b"plain".to_vec(), 400),
        ("br", vec![b'x'; 64], 415),
        ("gzip, gzip", gzip(64), 415),
    ] {
        let call = Call::new("POST", "com.example.echo").header("content-encoding", coding);
        let answer = call.body(&body).send(&server).await;
        assert_eq!(
            answer.status().as_u16(),
            expected,
            "{coding} {}",
            body.len()
        );
    }
    // A declared length above the limit is rejected before the body arrives.
    let call = Call::new("POST", "com.example.echo").header("content-length", "65");
    assert_eq!(call.send(&server).await.status(), 413);
}

#[tokio::test]
async fn a_body_that_stops_is_an_answer() {
    let server = server();
    for (then, expected) in [
        (Then::End, "200"),
        (
            Then::Fail,
            "400 InvalidRequest: input: the body ended before it was complete",
        ),
        (
            Then::Hang,
            "408 RequestTimeout: input: expected a body within 10 s",
        ),
    ] {
        let call = Call::new("POST", "com.example.echo")
            .body(b"abc")
            .then(then);
        let answer = call.send(&server).await;
        match answer.status().as_u16() {
            200 => assert_eq!("200", expected),
            _ => assert_eq!(error(&answer), expected),
        }
    }
}

#[tokio::test]
async fn a_rejected_body_is_read_up_to_a_bound() {
    let server = server();
    let part = vec![0; 1024 * 1024];
    for (megabytes, then, expected) in [
        // Read to its end: the client sees the answer. Beyond the bound nothing is waited for.
        (20, Then::Hang, 408),
        (20, Then::End, 413),
        (34, Then::Hang, 413),
    ] {
        let call = Call::new("POST", "com.example.echo").then(then);
        let call = (0..megabytes).fold(call, |call, _| call.body(&part));
        assert_eq!(call.send(&server).await.status().as_u16(), expected);
    }
}

#[tokio::test]
async fn every_violation_of_a_body_is_in_one_answer() {
    let call = Call::new("POST", "com.example.put").json(r#"{"text": "123456", "text2": 1}"#);
    let answer = call.send(&server()).await;
    assert_eq!(
        error(&answer),
        "400 InvalidRequest: input/text: expected 1 to 5 bytes of UTF-8, found 6"
    );
}
