//! Requests whose end a proxy and a server may see in different places (request smuggling).

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use crate::support::{ALICE, Server, method};

/// Sends these bytes. Returns everything that is answered until the server closes the connection.
fn exchange(server: &Server, bytes: &str) -> String {
    let mut stream = TcpStream::connect(&server.address).unwrap();
    // A server that does not close the connection fails the test.
    stream
        .set_read_timeout(Some(Duration::from_secs(60)))
        .unwrap();
    stream.write_all(bytes.as_bytes()).unwrap();
    let mut answers = Vec::new();
    let mut part = [0; 4096];
    loop {
        match stream.read(&mut part) {
            Ok(read @ 1..) => answers.extend_from_slice(&part[..read]),
            Ok(0) => break,
            // The rest of what was sent is not read.
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => break,
            Err(error) => panic!("the connection stays open: {error}"),
        }
    }
    String::from_utf8(answers).unwrap()
}

/// Row 14 of the list of attacks.
#[test]
fn an_ambiguous_end_of_a_request_is_a_400_and_closes_the_connection() {
    let server = Server::start();
    let key = server.first_key(ALICE);
    let create = method("createApiKey");
    let body = r#"{"name":"n"}"#;
    let (length, chunks) = (
        body.len(),
        format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len()),
    );
    for (version, framing, body) in [
        (
            "1.1",
            format!("content-length: {length}\r\ntransfer-encoding: chunked"),
            &chunks[..],
        ),
        (
            "1.1",
            format!("transfer-encoding: chunked\r\ncontent-length: {length}"),
            &chunks,
        ),
        (
            "1.1",
            "content-length: 0\r\ntransfer-encoding: chunked".to_owned(),
            &chunks,
        ),
        (
            "1.1",
            format!("content-length: {length}\r\ncontent-length: 0"),
            body,
        ),
        (
            "1.1",
            format!("content-length: 0\r\ncontent-length: {length}"),
            body,
        ),
        ("1.1", format!("content-length: {length}, {length}"), body),
        ("1.1", format!("content-length: +{length}"), body),
        ("1.1", format!("content-length: -{length}"), body),
        ("1.1", format!("content-length: 0x{length:x}"), body),
        ("1.1", format!("content-length:{length}\r\n 0"), body),
        ("1.1", format!("content-length : {length}"), body),
        (
            "1.1",
            "content-length: 99999999999999999999999".to_owned(),
            body,
        ),
        ("1.1", "content-length:".to_owned(), body),
        ("1.1", "transfer-encoding: gzip".to_owned(), body),
        ("1.1", "transfer-encoding: identity".to_owned(), body),
        (
            "1.1",
            "transfer-encoding: gzip, chunked".to_owned(),
            &chunks,
        ),
        (
            "1.1",
            "transfer-encoding: chunked, gzip".to_owned(),
            &chunks,
        ),
        (
            "1.1",
            "transfer-encoding: chunked, chunked".to_owned(),
            &chunks,
        ),
        ("1.1", "transfer-encoding: xchunked".to_owned(), &chunks),
        ("1.1", "transfer-encoding: \"chunked\"".to_owned(), &chunks),
        (
            "1.1",
            "transfer-encoding: chunked\r\ntransfer-encoding: identity".to_owned(),
            &chunks,
        ),
        ("1.1", "transfer-encoding:\r\n chunked".to_owned(), &chunks),
        ("1.1", "transfer-encoding : chunked".to_owned(), &chunks),
        ("1.1", "transfer-encoding: \u{b}chunked".to_owned(), &chunks),
        (
            "1.1",
            format!("x-folded: a\r\n b\r\ncontent-length: {length}"),
            body,
        ),
        (
            "1.1",
            format!("x-folded: a\r\n\tb\r\ncontent-length: {length}"),
            body,
        ),
        (
            "1.1",
            format!(" x-first: a\r\ncontent-length: {length}"),
            body,
        ),
        ("1.0", "transfer-encoding: chunked".to_owned(), &chunks),
    ] {
        let answers = exchange(
            &server,
            // What comes after it would be answered on its own.
            &format!(
                "POST {create} HTTP/{version}\r\n{framing}\r\nhost: x\r\n\
                 authorization: Bearer {key}\r\ncontent-type: application/json\r\n\r\n\
                 {body}GET /livez HTTP/1.1\r\nhost: x\r\n\r\n"
            ),
        );
        assert_eq!(
            answers.matches("HTTP/1.").count(),
            1,
            "{framing}: {answers}"
        );
        assert!(
            answers.starts_with("HTTP/1.1 400 ") || answers.starts_with("HTTP/1.0 400 "),
            "{framing}: {answers}"
        );
    }
    // Broken chunks.
    for chunks in [
        "zz\r\n",
        "-1\r\n{}\r\n0\r\n\r\n",
        "2\r\n{}0\r\n\r\n",
        "10000000000000000\r\n{}",
    ] {
        let answers = exchange(
            &server,
            &format!(
                "POST {create} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\n\
                 content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n{chunks}"
            ),
        );
        assert!(answers.starts_with("HTTP/1.1 400 "), "{chunks}: {answers}");
    }
    assert_eq!(server.list(&key).len(), 1, "nothing was created");
}
