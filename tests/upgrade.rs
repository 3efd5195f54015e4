//! Clients that offer another protocol on each request. Row 53 of the list of attacks.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use crate::support::{ALICE, Server, method};

const REQUESTS: usize = 400;
const BODY: &str = r#"{"id":"unknown"}"#;

/// A client that keeps its connection unless a response says `close`, as the JDK's `HttpClient` does.
struct Client<'s> {
    server: &'s Server,
    stream: Option<TcpStream>,
}

impl Client<'_> {
    /// Sends the bytes of a request. Returns the status and the head of the response.
    fn send(&mut self, request: &str) -> std::io::Result<(u16, String)> {
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => TcpStream::connect(&self.server.address)?,
        };
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        stream.write_all(request.as_bytes())?;
        let (mut response, mut part) = (String::new(), [0; 4096]);
        let head = loop {
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
                break head.to_owned();
            }
        };
        if value(&head, "connection") != Some("close") {
            self.stream = Some(stream);
        }
        Ok((head[9..12].parse().unwrap(), head))
    }
}

fn value<'h>(head: &'h str, name: &str) -> Option<&'h str> {
    let mut lines = head.lines().filter_map(|line| line.split_once(": "));
    lines.find_map(|(found, value)| (found == name).then_some(value))
}

#[test]
fn an_offer_of_http_2_loses_no_request() {
    let server = Server::start();
    let (key, path, address) = (
        server.first_key(ALICE),
        method("revokeApiKey"),
        &server.address,
    );
    // What the JDK sends, in its order.
    let request = format!(
        "POST {path} HTTP/1.1\r\nConnection: Upgrade, HTTP2-Settings\r\nContent-Length: {}\r\n\
         Host: {address}\r\nHTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA\r\n\
         Upgrade: h2c\r\nUser-Agent: Java-http-client/17.0.9\r\nAuthorization: Bearer {key}\r\n\
         Content-Type: application/json\r\n\r\n{BODY}",
        BODY.len()
    );
    let mut client = Client {
        server: &server,
        stream: None,
    };
    for number in 0..REQUESTS {
        let (status, head) = client
            .send(&request)
            .unwrap_or_else(|error| panic!("request {number}: {error}"));
        assert_eq!(status, 200, "request {number}: {head}");
        assert!(!head.contains("upgrade"), "{head}");
    }
}
