//! An upstream that does what a test says, down to the bytes.
#![allow(dead_code, clippy::unwrap_used, missing_docs)]

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};

/// What the upstream does with a connection once a request is there.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Send(Bytes),
    /// Sends the same many times, until the client closes the connection.
    Repeat(Bytes, usize),
    /// Waits until the test says so.
    Until(watch::Receiver<bool>),
    /// Waits until the client closes the connection.
    Wait,
    /// Closes the connection with a reset.
    Reset,
}

pub(crate) fn send(text: impl Into<Bytes>) -> Step {
    Step::Send(text.into())
}

/// An answer of JSON, whole.
pub(crate) fn json(status: u16, body: &str) -> Vec<Step> {
    let length = body.len();
    vec![send(format!(
        "HTTP/1.1 {status} x\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    ))]
}

pub(crate) const EVENTS: &str =
    "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
/// The mark of a complete answer.
pub(crate) const LAST: &str = "0\r\n\r\n";

/// A chunk of an answer.
pub(crate) fn chunk(text: &str) -> String {
    format!("{:x}\r\n{text}\r\n", text.len())
}

/// A stream of these events, each a chunk, which ends well.
pub(crate) fn stream(events: &[&str]) -> Vec<Step> {
    let chunks: String = events.iter().map(|event| chunk(event)).collect();
    vec![send(format!("{EVENTS}{chunks}{LAST}"))]
}

/// A running upstream.
pub(crate) struct Upstream {
    pub(crate) url: String,
    /// The requests that came, whole.
    pub(crate) requests: Arc<Mutex<Vec<String>>>,
    /// One message for each connection that the client closed while the upstream waited.
    pub(crate) closed: mpsc::UnboundedReceiver<()>,
    /// One message for each request.
    pub(crate) began: mpsc::UnboundedReceiver<()>,
}

impl Upstream {
    /// Each request gets the next script; the last one is for all that follow.
    pub(crate) async fn start(scripts: &[Vec<Step>]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/v1", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let scripts = Arc::new(Mutex::new(VecDeque::from(scripts.to_vec())));
        let (tell_closed, closed) = mpsc::unbounded_channel();
        let (tell_began, began) = mpsc::unbounded_channel();
        let seen = requests.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (seen, scripts) = (seen.clone(), scripts.clone());
                let (closed, began) = (tell_closed.clone(), tell_began.clone());
                tokio::spawn(async move {
                    let mut stream = stream;
                    while let Some(request) = read_request(&mut stream).await {
                        seen.lock().unwrap().push(request);
                        let _ = began.send(());
                        let script = {
                            let mut scripts = scripts.lock().unwrap();
                            match scripts.len() {
                                0 | 1 => scripts.front().cloned().unwrap_or_default(),
                                _ => scripts.pop_front().unwrap(),
                            }
                        };
                        if !play(&mut stream, script, &closed).await {
                            return;
                        }
                    }
                });
            }
        });
        Self {
            url,
            requests,
            closed,
            began,
        }
    }

    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

/// Plays a script. Returns whether the connection is open.
async fn play(
    stream: &mut TcpStream,
    script: Vec<Step>,
    closed: &mpsc::UnboundedSender<()>,
) -> bool {
    let is_empty = script.is_empty();
    for step in script {
        match step {
            Step::Send(bytes) => {
                if stream.write_all(&bytes).await.is_err() {
                    let _ = closed.send(());
                    return false;
                }
            }
            Step::Repeat(bytes, times) => {
                for _ in 0..times {
                    if stream.write_all(&bytes).await.is_err() {
                        let _ = closed.send(());
                        return false;
                    }
                }
            }
            Step::Until(mut told) => {
                let _ = told.wait_for(|told| *told).await;
            }
            Step::Wait => {
                let mut rest = [0; 64];
                while matches!(stream.read(&mut rest).await, Ok(1..)) {}
                let _ = closed.send(());
                return false;
            }
            Step::Reset => {
                stream.set_zero_linger().unwrap();
                return false;
            }
        }
    }
    !is_empty
}

/// Reads a request with its body.
async fn read_request(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    let mut part = [0; 4096];
    loop {
        let count = stream.read(&mut part).await.ok()?;
        if count == 0 {
            return None;
        }
        bytes.extend_from_slice(&part[..count]);
        let text = String::from_utf8_lossy(&bytes);
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "))
            .map_or(0, |length| length.parse().unwrap());
        if body.len() >= length {
            return Some(text.into_owned());
        }
    }
}
