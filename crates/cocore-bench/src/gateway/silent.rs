//! An upstream that begins an answer or not, and then is silent until its client leaves.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use crate::failure::Result;

const BEGINNING: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n\
     18\r\ndata: {\"choices\":[{}]}\n\n\r\n";
/// How long anything may take.
const TIMEOUT: Duration = Duration::from_secs(10);

pub(crate) struct Silent {
    pub(crate) address: String,
    begins: Arc<AtomicBool>,
    requests: Receiver<()>,
    closed: Receiver<Instant>,
}

impl Silent {
    pub(crate) fn start() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?.to_string();
        let begins = Arc::new(AtomicBool::new(false));
        let (tell_request, requests) = channel();
        let (tell_closed, closed) = channel();
        let shared = begins.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (begins, requests, closed) =
                    (shared.clone(), tell_request.clone(), tell_closed.clone());
                // The end of a connection is no error.
                thread::spawn(move || {
                    serve(stream, &begins, &requests, &closed).unwrap_or_default();
                });
            }
        });
        Ok(Self {
            address,
            begins,
            requests,
            closed,
        })
    }

    /// Whether answers begin.
    pub(crate) fn set_begins(&self, begins: bool) {
        self.begins.store(begins, Ordering::Relaxed);
    }

    pub(crate) fn await_request(&self) -> Result<()> {
        Ok(self.requests.recv_timeout(TIMEOUT)?)
    }

    /// Waits until a client has left, and returns when.
    pub(crate) fn await_close(&self) -> Result<Instant> {
        Ok(self.closed.recv_timeout(TIMEOUT)?)
    }
}

fn serve(
    mut stream: TcpStream,
    begins: &AtomicBool,
    requests: &Sender<()>,
    closed: &Sender<Instant>,
) -> Result<()> {
    let (mut text, mut part) = (String::new(), [0; 4096]);
    // The body is small, and comes with the head.
    while !text.contains("\r\n\r\n{") {
        match stream.read(&mut part)? {
            0 => return Ok(()),
            count => text.push_str(&String::from_utf8_lossy(&part[..count])),
        }
    }
    if begins.load(Ordering::Relaxed) {
        stream.write_all(BEGINNING.as_bytes())?;
    }
    requests.send(())?;
    while matches!(stream.read(&mut part), Ok(1..)) {}
    closed.send(Instant::now())?;
    Ok(())
}
