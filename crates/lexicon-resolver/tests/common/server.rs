//! An HTTP server on this machine with one prepared response for each path and query.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// A response: its status, its body, and how long it takes.
#[derive(Clone)]
struct Response {
    status: u16,
    body: Vec<u8>,
    delay: Duration,
}

#[derive(Clone)]
pub struct Server {
    pub url: String,
    responses: Arc<Mutex<HashMap<String, Response>>>,
    requests: Arc<Mutex<Vec<Request>>>,
}

/// A request: its path and query, its head, and its body.
#[derive(Clone)]
pub struct Request {
    pub path: String,
    pub head: String,
    pub body: String,
}

impl Server {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Self {
            url: format!("http://localhost:{}", listener.local_addr().unwrap().port()),
            responses: Arc::default(),
            requests: Arc::default(),
        };
        let running = server.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let server = running.clone();
                thread::spawn(move || server.respond(stream));
            }
        });
        server
    }

    /// The requests so far.
    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    pub fn put(&self, path: &str, status: u16, body: impl Into<Vec<u8>>) {
        self.put_slow(path, status, body, Duration::ZERO);
    }

    pub fn put_slow(&self, path: &str, status: u16, body: impl Into<Vec<u8>>, delay: Duration) {
        let body = body.into();
        let response = Response {
            status,
            body,
            delay,
        };
        self.responses
            .lock()
            .unwrap()
            .insert(path.to_owned(), response);
    }

    fn respond(&self, stream: TcpStream) -> Option<()> {
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let lines = reader.by_ref().lines().map_while(Result::ok);
        let head: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
        let path = head.first()?.split(' ').nth(1)?.to_owned();
        let length = head.iter().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            let is_length = name.eq_ignore_ascii_case("content-length");
            is_length.then(|| value.trim().parse().unwrap())
        });
        let mut body = vec![0; length.unwrap_or(0)];
        reader.read_exact(&mut body).ok()?;
        self.requests.lock().unwrap().push(Request {
            path: path.clone(),
            head: head.join("\n"),
            body: String::from_utf8(body).unwrap(),
        });
        let response = self.responses.lock().unwrap().get(&path).cloned();
        let Response {
            status,
            body,
            delay,
        } = response.unwrap_or(Response {
            status: 404,
            body: Vec::new(),
            delay: Duration::ZERO,
        });
        thread::sleep(delay);
        let length = body.len();
        let head =
            format!("HTTP/1.1 {status} -\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n");
        let mut stream = stream;
        stream.write_all(&[head.as_bytes(), &body].concat()).ok()
    }
}
