//! Clients that offer another protocol on each request. Row 53 of the list of attacks.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use crate::support::{ALICE, Server, method};

const REQUESTS: usize = 400;
const BODY: &str = r#"{"id":"unknown"}"#;

/// Sends the bytes of a request. Returns the status and the head of the response.
fn send(stream: &mut TcpStream, request: &str) -> std::io::Result<(u16, String)> {
    stream.write_all(request.as_bytes())?;
    let (mut response, mut part) = (String::new(), [0; 4096]);
    loop {
        let read = stream.read(&mut part)?;
        if read == 0 {
            return Err(std::io::Error::other("the connection was closed"));
        }
        response += &String::from_utf8_lossy(&part[..read]).to_ascii_lowercase();
        let Some((head, body)) = response.split_once("\r\n\r\n") else {
            continue;
        };
        let length = value(head, "content-length").unwrap();
        if body.len() == length.parse::<usize>().unwrap() {
            return Ok((head[9..12].parse().unwrap(), head.to_owned()));
        }
    }
}

fn value<'h>(head: &'h str, name: &str) -> Option<&'h str> {
    let mut lines = head.lines().filter_map(|line| line.split_once(": "));
    lines.find_map(|(found, value)| (found == name).then_some(value))
}

#[test]
fn an_offer_of_http_2_is_ignored_and_the_connection_kept() {
    let server = Server::start();
    let (key, path, address) = (
        server.first_key(ALICE),
        method("revokeApiKey"),
        &server.address,
    );
    // What the JDK sends, in its order.
    let request = |protocol| {
        format!(
            "POST {path} HTTP/1.1\r\nConnection: Upgrade, HTTP2-Settings\r\nContent-Length: {}\r\n\
         Host: {address}\r\nHTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA\r\n\
         Upgrade: {protocol}\r\nUser-Agent: Java-http-client/17.0.9\r\nAuthorization: Bearer {key}\r\n\
         Content-Type: application/json\r\n\r\n{BODY}",
            BODY.len()
        )
    };
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_nodelay(true).unwrap();
    let patience = Some(Duration::from_secs(30));
    stream.set_read_timeout(patience).unwrap();
    for number in 0..REQUESTS {
        // This server serves no WebSocket either.
        let protocol = if number % 2 == 0 { "h2c" } else { "websocket" };
        let (status, head) = send(&mut stream, &request(protocol))
            .unwrap_or_else(|error| panic!("request {number}: {error}"));
        assert_eq!(status, 200, "request {number}: {head}");
        assert!(!head.contains("upgrade"), "{head}");
        assert_eq!(value(&head, "connection"), None, "{head}");
    }
}
