// A server that answers one request after the other with given bytes, and breaks as it is asked to.
// A file to `include!`: documentation tests use it too.
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// The response to one request.
pub struct Reply {
    bytes: Vec<u8>,
    end: End,
}

/// What happens to the connection when the bytes are sent.
enum End {
    Close,
    /// It stays open until the client closes it.
    Hold,
    /// It is reset, with the request unread.
    Reset,
}

/// A response with these headers, a line each.
pub fn reply(status: u16, headers: &str, body: impl AsRef<[u8]>) -> Reply {
    let body = body.as_ref();
    let lines: String = headers
        .lines()
        .map(|line| format!("{}\r\n", line.trim()))
        .collect();
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status} Status\r\n{lines}Content-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    Reply {
        bytes: [head.as_bytes(), body].concat(),
        end: End::Close,
    }
}

/// A response of JSON.
pub fn json(status: u16, body: &str) -> Reply {
    reply(status, "Content-Type: application/json", body)
}

/// A reply whose last `missing` bytes are not sent, since the connection is closed before.
pub fn truncated(mut reply: Reply, missing: usize) -> Reply {
    reply.bytes.truncate(reply.bytes.len() - missing);
    reply
}

/// A reply whose last `missing` bytes never come, although the connection stays open.
pub fn stalled(reply: Reply, missing: usize) -> Reply {
    Reply {
        end: End::Hold,
        ..truncated(reply, missing)
    }
}

/// No response: the connection is reset.
pub fn reset() -> Reply {
    Reply {
        bytes: Vec::new(),
        end: End::Reset,
    }
}

/// A request as it arrived.
#[derive(Clone, Debug, Default)]
pub struct Received {
    pub head: String,
    pub body: Vec<u8>,
}

impl Received {
    pub fn request_line(&self) -> &str {
        self.head.lines().next().unwrap_or_default()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    fn read(stream: &TcpStream) -> Self {
        let mut received = Self::default();
        let mut reader = BufReader::new(stream);
        loop {
            let mut line = String::new();
            match reader.read_line(&mut line) {
                Ok(length) if length > 2 => received.head.push_str(&line),
                _ => break,
            }
        }
        let length = received
            .header("content-length")
            .and_then(|text| text.parse().ok());
        received.body.resize(length.unwrap_or(0), 0);
        let _ = reader.read_exact(&mut received.body);
        received
    }
}

pub struct Server {
    port: u16,
    received: Arc<Mutex<Vec<Received>>>,
}

impl Server {
    /// Starts a server that answers as many requests as there are replies.
    pub fn start(replies: impl IntoIterator<Item = Reply>) -> Self {
        let replies: Vec<_> = replies.into_iter().collect();
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("the address").port();
        let received = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&received);
        std::thread::spawn(move || {
            for reply in replies {
                let Ok((stream, _)) = listener.accept() else {
                    return;
                };
                answer(stream, &reply, &log);
            }
        });
        Self { port, received }
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The requests so far.
    pub fn received(&self) -> Vec<Received> {
        self.received.lock().expect("no panic").clone()
    }
}

fn answer(mut stream: TcpStream, reply: &Reply, log: &Mutex<Vec<Received>>) {
    if matches!(reply.end, End::Reset) {
        // What is left unread makes the system reset the connection when it is closed.
        let _ = stream.read(&mut [0]);
        log.lock().expect("no panic").push(Received::default());
        return;
    }
    log.lock().expect("no panic").push(Received::read(&stream));
    let _ = stream.write_all(&reply.bytes);
    if matches!(reply.end, End::Hold) {
        let _ = stream.read_to_end(&mut Vec::new());
    }
}
