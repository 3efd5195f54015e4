//! Connections of clients that are slow, endless or greedy, with limits that are short.

use std::net::SocketAddr;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::rt::net::TcpStream;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{sleep, timeout};

use super::world::World;
use crate::connections::heartbeats::Heartbeats;
use crate::connections::limits::Limits;
use crate::connections::listener::Listener;
use crate::connections::registry::Registry;
use crate::connections::server::{Options, serve};
use crate::listen::ListenAddress;

/// Longer than every limit, and than a busy machine takes.
const TIMEOUT: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(20);
const GET: &str = "GET /livez HTTP/1.1\r\nhost: x\r\n\r\n";
const FORM: &str = "POST /sign-in HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\
                    content-type: application/x-www-form-urlencoded\r\n\r\n";
const CHUNKED: &str = "POST /xrpc/dev.cocore.account.createApiKey HTTP/1.1\r\nhost: x\r\n\
                       content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n";

struct Server {
    _world: World,
    address: SocketAddr,
    handle: ServerHandle,
}

impl Server {
    fn start() -> Self {
        let limits = Limits {
            head_timeout: Duration::from_millis(500),
            body_timeout: Duration::from_millis(500),
            keep_alive: Duration::from_secs(2),
            write_timeout: Duration::from_millis(500),
            ..Limits::default()
        };
        let world = World::new();
        let any = ListenAddress::Tcp(([127, 0, 0, 1], 0).into());
        let listener = Listener::bind(&any).unwrap();
        let address = listener.address().tcp().unwrap();
        let options = Options {
            limits,
            registry: Registry::new(100, false),
            workers: 1,
            shutdown_timeout: 1,
            heartbeats: None,
        };
        let state = world.state.clone();
        let server = serve(move || crate::http::app(state.clone()), listener, options).unwrap();
        let handle = server.handle();
        actix_web::rt::spawn(server);
        Self {
            _world: world,
            address,
            handle,
        }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// A connection on which a request was answered.
    async fn kept(&self) -> TcpStream {
        let mut client = self.connect().await;
        assert_eq!(exchange(&mut client, GET).await, 200);
        client
    }

    async fn stop(self) {
        self.handle.stop(false).await;
    }
}

/// Sends a request, and returns the status of the answer, which has a body or not.
async fn exchange(client: &mut TcpStream, request: &str) -> u16 {
    client.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    loop {
        assert_ne!(client.read_buf(&mut answer).await.unwrap(), 0);
        let text = String::from_utf8_lossy(&answer);
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let length = head.split_once("content-length: ").unwrap().1;
        let length = length.split("\r\n").next().unwrap();
        if body.len() == length.parse::<usize>().unwrap() {
            return head[9..12].parse().unwrap();
        }
    }
}

/// Sends bytes again and again until the server closes the connection. Returns what it answered.
async fn answer_to(client: TcpStream, first: &str, bytes: &[u8], pause: Duration) -> String {
    let (mut reader, mut writer) = client.into_split();
    let sending = async {
        let mut sent = writer.write_all(first.as_bytes()).await;
        while sent.is_ok() {
            sleep(pause).await;
            sent = writer.write_all(bytes).await;
        }
        // The answer may still be on its way.
        std::future::pending::<()>().await;
    };
    let reading = async {
        let mut answer = Vec::new();
        while let Ok(1..) = reader.read_buf(&mut answer).await {}
        String::from_utf8_lossy(&answer).into_owned()
    };
    let both = async {
        tokio::select! {
            answer = reading => answer,
            () = sending => unreachable!(),
        }
    };
    timeout(TIMEOUT, both).await.expect("it is still open")
}

/// Row 40 of the list of attacks.
#[actix_web::test]
async fn what_comes_byte_by_byte_is_closed() {
    let server = Server::start();
    let answer = answer_to(server.connect().await, FORM, b"a", PAUSE).await;
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    for client in [server.connect().await, server.kept().await] {
        let answer = answer_to(client, "GET / HTTP/1.1\r\nx: ", b"x", PAUSE).await;
        assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    }
    let answer = answer_to(server.kept().await, "", b"\r\n", PAUSE).await;
    assert_eq!(answer, "");
    for (start, bytes) in [("", "1\r\na\r\n"), ("1;", "x")] {
        let first = format!("{CHUNKED}{start}");
        let client = server.connect().await;
        let answer = answer_to(client, &first, bytes.as_bytes(), PAUSE).await;
        assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
        assert!(!answer.contains(" 408 "), "{answer}");
    }
    server.stop().await;
}

/// Row 41 of the list of attacks.
#[actix_web::test]
async fn a_chunked_body_without_an_end_is_cut() {
    let server = Server::start();
    let chunk = [b"10000\r\n".as_slice(), &[b'x'; 0x10000], b"\r\n"].concat();
    let answer = answer_to(server.connect().await, CHUNKED, &chunk, Duration::ZERO).await;
    assert!(
        answer.is_empty() || answer.starts_with("HTTP/1.1 401 "),
        "{answer}"
    );
    server.stop().await;
}

/// Row 43 of the list of attacks.
#[actix_web::test]
async fn a_second_head_is_bounded() {
    let server = Server::start();
    let head = format!("GET / HTTP/1.1\r\nx: {}", "x".repeat(120 * 1024));
    let mut answers = Vec::new();
    for _ in 0..20 {
        answers.push(answer_to(server.kept().await, &head, b"", TIMEOUT));
    }
    for answer in answers {
        let answer = answer.await;
        assert!(
            answer.is_empty() || answer.starts_with("HTTP/1.1 431 "),
            "{answer}"
        );
    }
    server.stop().await;
}

/// Row 53 of the list of attacks.
#[actix_web::test]
async fn an_offer_of_another_protocol_is_ignored() {
    let server = Server::start();
    let mut client = server.connect().await;
    for offer in ["h2c", "websocket"] {
        let offer = format!("connection: Upgrade, HTTP2-Settings\r\nupgrade: {offer}\r\n");
        let get = GET.replace("\r\n\r\n", &format!("\r\n{offer}\r\n"));
        for _ in 0..3 {
            assert_eq!(exchange(&mut client, &get).await, 200);
        }
    }
    server.stop().await;
}

/// Requests that are sent together are answered together.
#[actix_web::test]
async fn many_requests_may_be_sent_ahead() {
    let server = Server::start();
    let mut client = server.connect().await;
    client.write_all(GET.repeat(1000).as_bytes()).await.unwrap();
    let (mut answers, mut count) = (Vec::new(), 0);
    while count < 1000 {
        let read = timeout(TIMEOUT, client.read_buf(&mut answers)).await;
        assert_ne!(read.unwrap().unwrap(), 0, "after {count}");
        let text = String::from_utf8_lossy(&answers);
        count = text.matches("HTTP/1.1 200 ").count();
    }
    server.stop().await;
}

/// A worker thread that is blocked has no heartbeat.
#[actix_web::test]
async fn a_blocked_worker_shows_no_progress() {
    use actix_web::{App, HttpResponse, web};

    let heartbeats = Heartbeats::default();
    let any = ListenAddress::Tcp(([127, 0, 0, 1], 0).into());
    let listener = Listener::bind(&any).unwrap();
    let address = listener.address().tcp().unwrap();
    let options = Options {
        limits: Limits::default(),
        registry: Registry::new(100, false),
        workers: 2,
        shutdown_timeout: 1,
        heartbeats: Some(heartbeats.clone()),
    };
    let block = || async {
        std::thread::sleep(Duration::from_secs(3));
        HttpResponse::Ok().finish()
    };
    let app = move || App::new().route("/livez", web::to(block));
    let server = serve(app, listener, options).unwrap();
    let handle = server.handle();
    actix_web::rt::spawn(server);
    sleep(Duration::from_millis(600)).await;
    assert!(
        heartbeats.age() < Duration::from_secs(2),
        "{:?}",
        heartbeats.age()
    );
    let mut client = TcpStream::connect(address).await.unwrap();
    client.write_all(GET.as_bytes()).await.unwrap();
    let is_late = async {
        while heartbeats.age() < Duration::from_secs(2) {
            sleep(PAUSE).await;
        }
    };
    timeout(TIMEOUT, is_late).await.unwrap();
    // It goes on later.
    let is_back = async {
        while heartbeats.age() > Duration::from_secs(1) {
            sleep(PAUSE).await;
        }
    };
    timeout(TIMEOUT, is_back).await.unwrap();
    handle.stop(false).await;
}
