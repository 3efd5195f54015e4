//! HTTP/1.1 by hand: some tests send what no client library sends.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

/// A request.
#[derive(Clone)]
pub struct Call {
    address: String,
    head: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

/// A response.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Call {
    pub fn new(address: &str, verb: &str, path: &str) -> Self {
        Self {
            address: address.to_owned(),
            head: format!("{verb} {path} HTTP/1.1"),
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn key(self, key: &str) -> Self {
        self.header("authorization", &format!("Bearer {key}"))
    }

    pub fn json(self, body: &Value) -> Self {
        self.bytes("application/json", body.to_string().as_bytes())
    }

    pub fn bytes(mut self, content_type: &str, body: &[u8]) -> Self {
        self.body = body.to_vec();
        self.header("content-type", content_type)
    }

    pub fn send(self) -> Answer {
        self.try_send().unwrap()
    }

    /// Sends it, and returns the response or an error: the server may be killed at any moment.
    pub fn try_send(self) -> std::io::Result<Answer> {
        let mut stream = connect(&self.address)?;
        self.write(&mut stream, "close")?;
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes)?;
        Answer::parse(&bytes)
    }

    /// Writes it with this `Connection` header.
    fn write(&self, stream: &mut TcpStream, connection: &str) -> std::io::Result<()> {
        let length = self.body.len().to_string();
        let chunked = self
            .headers
            .iter()
            .any(|(name, _)| name == "transfer-encoding");
        let with_length = (!chunked).then(|| ("content-length".to_owned(), length));
        let mut request = format!(
            "{}\r\nhost: {}\r\nconnection: {connection}\r\n",
            self.head, self.address
        );
        for (name, value) in self.headers.iter().chain(&with_length) {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        request.push_str("\r\n");
        stream.write_all(request.as_bytes())?;
        // A server may respond and close before it has read a body that it rejects.
        let _ = stream.write_all(&self.body);
        Ok(())
    }
}

fn connect(address: &str) -> std::io::Result<TcpStream> {
    let stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    // A server that never responds fails the test.
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    Ok(stream)
}

/// A connection that is kept open for many requests.
#[derive(Default)]
pub struct Connection {
    stream: Option<TcpStream>,
}

impl Connection {
    /// Sends a request, on a new connection if there is none.
    pub fn send(&mut self, call: &Call) -> std::io::Result<Answer> {
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => connect(&call.address)?,
        };
        call.write(&mut stream, "keep-alive")?;
        let mut bytes = Vec::new();
        let mut part = [0; 4096];
        let answer = loop {
            let read = stream.read(&mut part)?;
            bytes.extend_from_slice(&part[..read]);
            let answer = Answer::parse(&bytes);
            let length = |answer: &Answer| {
                let length = answer.header("content-length")?;
                length.parse::<usize>().ok()
            };
            match answer {
                Ok(answer) if length(&answer) == Some(answer.body.len()) => break answer,
                _ if read == 0 => return Err(std::io::Error::other("the connection was closed")),
                _ => {}
            }
        };
        if answer.header("connection") != Some("close") {
            self.stream = Some(stream);
        }
        Ok(answer)
    }
}

impl Answer {
    fn parse(bytes: &[u8]) -> std::io::Result<Self> {
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n");
        let none = || std::io::Error::other(format!("no answer in {} bytes", bytes.len()));
        let end = end.ok_or_else(none)?;
        let head = std::str::from_utf8(&bytes[..end]).unwrap();
        let mut lines = head.split("\r\n");
        let status = lines
            .next()
            .unwrap()
            .split(' ')
            .nth(1)
            .unwrap()
            .parse()
            .unwrap();
        let headers = lines.map(|line| {
            let (name, value) = line.split_once(':').unwrap();
            (name.to_ascii_lowercase(), value.trim().to_owned())
        });
        Ok(Self {
            status,
            headers: headers.collect(),
            body: bytes[end + 4..].to_vec(),
        })
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(found, _)| found == name);
        found.map(|(_, value)| value.as_str())
    }

    pub fn value(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    /// The body. Fails the test if the status is another one.
    #[track_caller]
    pub fn expect(&self, status: u16) -> Value {
        assert_eq!(
            self.status,
            status,
            "{}",
            String::from_utf8_lossy(&self.body)
        );
        self.value()
    }

    /// The message of an error. Fails the test if its status or name is another one.
    #[track_caller]
    pub fn expect_error(&self, status: u16, name: &str) -> String {
        let body = self.expect(status);
        assert_eq!(body["error"], name, "{body}");
        assert!(body["message"] != Value::Null, "{body}");
        body["message"].as_str().unwrap_or_default().to_owned()
    }

    /// Fails the test unless this is a 503 with `Retry-After`.
    #[track_caller]
    pub fn expect_unavailable(&self) {
        self.expect_error(503, "ServiceUnavailable");
        assert!(self.header("retry-after").is_some(), "{self:?}");
    }

    /// Everything that must be equal in two responses to the same request.
    pub fn fingerprint(&self) -> (u16, Vec<(String, String)>, Vec<u8>) {
        let differs = |name: &str| matches!(name, "date" | "x-request-id");
        let mut headers = self.headers.clone();
        headers.retain(|(name, _)| !differs(name));
        headers.sort();
        (self.status, headers, self.body.clone())
    }
}
