//! An HTTP server on this machine with one prepared response for each path.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

#[derive(Clone)]
pub struct Server {
    pub port: u16,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    responses: HashMap<String, String>,
    requests: Vec<String>,
    connections: usize,
}

impl Server {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Self {
            port: listener.local_addr().unwrap().port(),
            state: Arc::default(),
        };
        let state = server.state.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                state.lock().unwrap().connections += 1;
                let state = state.clone();
                thread::spawn(move || respond(stream, &state));
            }
        });
        server
    }

    pub fn url(&self) -> String {
        format!("http://localhost:{}", self.port)
    }

    /// Answers a path with status 200 and this body.
    pub fn put(&self, path: &str, body: impl ToString) {
        let body = body.to_string();
        self.put_raw(path, &head("200 OK", body.len(), ""), &body);
    }

    /// Answers a path with this status and no body.
    pub fn put_status(&self, path: &str, status: &str) {
        self.put_raw(path, &head(status, 0, ""), "");
    }

    pub fn put_redirect(&self, path: &str, location: &str) {
        let location = format!("location: {location}\r\n");
        self.put_raw(path, &head("302 Found", 0, &location), "");
    }

    pub fn put_raw(&self, path: &str, head: &str, body: &str) {
        let mut state = self.state.lock().unwrap();
        state
            .responses
            .insert(path.to_owned(), format!("{head}{body}"));
    }

    /// The heads of the requests so far.
    pub fn requests(&self) -> Vec<String> {
        self.state.lock().unwrap().requests.clone()
    }

    pub fn connections(&self) -> usize {
        self.state.lock().unwrap().connections
    }
}

fn head(status: &str, length: usize, more: &str) -> String {
    format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {length}\r\n{more}\r\n")
}

fn respond(mut stream: TcpStream, state: &Mutex<State>) {
    let lines = BufReader::new(stream.try_clone().unwrap()).lines();
    let request: Vec<String> = lines
        .map_while(Result::ok)
        .take_while(|line| !line.is_empty())
        .collect();
    let Some(first) = request.first() else { return };
    let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
    let response = {
        let mut state = state.lock().unwrap();
        state.requests.push(request.join("\n"));
        state.responses.get(&path).cloned()
    };
    let response = response.unwrap_or_else(|| head("404 Not Found", 0, ""));
    let _ = stream.write_all(response.as_bytes());
}
