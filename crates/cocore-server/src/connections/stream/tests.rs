//! The state machine, on a connection in memory and with a clock that the runtime sets forward.

use std::io::ErrorKind;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::time::{sleep, timeout};

use super::*;
use crate::connections::registry::Registry;

const GET: &str = "GET / HTTP/1.1\r\nhost: x\r\n\r\n";
const POST: &str = "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n";
const CHUNKED: &str = "POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n";
const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
/// What fits into a connection on its way.
const BUFFER: usize = 1024 * 1024;

type Server = LimitedStream<DuplexStream>;

fn pair() -> (Server, DuplexStream) {
    let (server, client) = duplex(BUFFER);
    let connection = Registry::new(100, false).open(None);
    let server = LimitedStream::new(server, connection, Limits::default());
    (server, client)
}

/// Reads until the connection is closed. Returns why, and after how many seconds.
async fn closed(server: &mut Server) -> (ErrorKind, u64) {
    let (started, mut space) = (Instant::now(), vec![0; 8192]);
    loop {
        match server.read(&mut space).await {
            Ok(0) => panic!("the client closed it"),
            Ok(_) => {}
            Err(error) => return (error.kind(), started.elapsed().as_secs()),
        }
    }
}

/// Sends one byte a second, again and again.
async fn drip(client: &mut DuplexStream, bytes: &[u8]) {
    for byte in bytes.iter().cycle() {
        sleep(Duration::from_secs(1)).await;
        if client.write_all(&[*byte]).await.is_err() {
            break;
        }
    }
}

/// The same until the server closes the connection.
async fn closed_while_dripping(
    server: &mut Server,
    client: &mut DuplexStream,
    bytes: &[u8],
) -> (ErrorKind, u64) {
    tokio::select! {
        closed = closed(server) => closed,
        () = drip(client, bytes) => panic!("it ended"),
    }
}

/// Sends a request, which is read in whole.
async fn request(server: &mut Server, client: &mut DuplexStream, request: &str) {
    client.write_all(request.as_bytes()).await.unwrap();
    let mut bytes = vec![0; request.len()];
    server.read_exact(&mut bytes).await.unwrap();
}

/// Sends a request, and answers it.
async fn exchange(server: &mut Server, client: &mut DuplexStream) {
    request(server, client, GET).await;
    server.write_all(ANSWER).await.unwrap();
    let mut answer = vec![0; ANSWER.len()];
    client.read_exact(&mut answer).await.unwrap();
}

async fn rest(mut server: Server, client: &mut DuplexStream) -> String {
    let _ = server.shutdown().await;
    drop(server);
    let mut rest = String::new();
    client.read_to_string(&mut rest).await.unwrap();
    rest
}

/// Rows 13 and 40 of the list of attacks. A head has five seconds, and the answer is read for one more.
#[tokio::test(start_paused = true)]
async fn a_head_has_a_deadline_on_the_whole() {
    for is_first in [true, false] {
        let (mut server, mut client) = pair();
        if !is_first {
            exchange(&mut server, &mut client).await;
        }
        let head = [b"GET / HTTP/1.1\r\nx: ".as_slice(), &[b'x'; 100]].concat();
        // The first byte is sent after a second.
        let closed = closed_while_dripping(&mut server, &mut client, &head).await;
        assert_eq!(closed, (ErrorKind::TimedOut, 1 + 5 + 1));
        assert!(rest(server, &mut client).await.starts_with("HTTP/1.1 408 "));
    }
}

/// Row 13 of the list of attacks.
#[tokio::test(start_paused = true)]
async fn a_connection_without_a_request_is_closed_silently() {
    let (mut server, mut client) = pair();
    assert_eq!(closed(&mut server).await, (ErrorKind::TimedOut, 5));
    assert_eq!(rest(server, &mut client).await, "");
}

/// Rows 39 and 40 of the list of attacks.
#[tokio::test(start_paused = true)]
async fn blank_lines_keep_no_connection_open() {
    let (mut server, mut client) = pair();
    exchange(&mut server, &mut client).await;
    let closed = closed_while_dripping(&mut server, &mut client, b"\r\n").await;
    assert_eq!(closed, (ErrorKind::TimedOut, 75));
    assert_eq!(rest(server, &mut client).await, "");
}

/// Row 40 of the list of attacks.
#[tokio::test(start_paused = true)]
async fn a_body_has_a_deadline_on_the_whole() {
    for (head, bytes) in [
        (POST, &b"a"[..]),
        (CHUNKED, b"1\r\na\r\n"),
        (CHUNKED, b"1;xxxx"),
    ] {
        let (mut server, mut client) = pair();
        request(&mut server, &mut client, head).await;
        // The server asks for the body: that is no answer.
        server
            .write_all(b"HTTP/1.1 100 Continue\r\n\r\n")
            .await
            .unwrap();
        let closed = closed_while_dripping(&mut server, &mut client, bytes).await;
        assert_eq!(closed, (ErrorKind::TimedOut, 30 + 1));
        let answers = rest(server, &mut client).await;
        assert!(answers.contains("\r\n\r\nHTTP/1.1 408 "), "{answers}");
    }
}

/// Rows 40 and 41 of the list of attacks.
#[tokio::test(start_paused = true)]
async fn the_body_of_an_answered_request_has_a_deadline_and_a_bound() {
    let (mut server, mut client) = pair();
    request(&mut server, &mut client, CHUNKED).await;
    server.write_all(ANSWER).await.unwrap();
    let slow = closed_while_dripping(&mut server, &mut client, b"1\r\na\r\n").await;
    assert_eq!(slow, (ErrorKind::TimedOut, 30));

    let (mut server, mut client) = pair();
    request(&mut server, &mut client, CHUNKED).await;
    server.write_all(ANSWER).await.unwrap();
    let endless = async {
        let chunk = [b"10000\r\n".as_slice(), &[b'x'; 0x10000], b"\r\n"].concat();
        let mut sent = 0;
        while client.write_all(&chunk).await.is_ok() {
            sent += chunk.len();
        }
        sent
    };
    let reading = async {
        let closed = closed(&mut server).await;
        drop(server);
        closed
    };
    let (sent, closed) = tokio::join!(endless, reading);
    assert_eq!(closed, (ErrorKind::InvalidData, 0));
    assert!(sent < 40 * 1024 * 1024, "{sent}");
}

/// Row 43 of the list of attacks.
#[tokio::test(start_paused = true)]
async fn a_head_has_a_bound() {
    let (mut server, mut client) = pair();
    exchange(&mut server, &mut client).await;
    let head = format!("GET / HTTP/1.1\r\nx: {}", "x".repeat(120 * 1024));
    client.write_all(head.as_bytes()).await.unwrap();
    assert_eq!(closed(&mut server).await, (ErrorKind::TimedOut, 1));
    assert!(rest(server, &mut client).await.starts_with("HTTP/1.1 431 "));
}

#[tokio::test(start_paused = true)]
async fn a_handler_may_take_its_time() {
    let (mut server, mut client) = pair();
    let body = "x".repeat(100);
    for text in [GET, &format!("{POST}{body}"), GET] {
        request(&mut server, &mut client, text).await;
        let hour = Duration::from_secs(3600);
        assert!(timeout(hour, server.read_u8()).await.is_err());
        server.write_all(ANSWER).await.unwrap();
        // The client may take its time as well.
        let minute = Duration::from_secs(60);
        assert!(timeout(minute, server.read_u8()).await.is_err());
    }
    assert_eq!(closed(&mut server).await, (ErrorKind::TimedOut, 75 - 60));
}

/// A client that waits to be asked for a body that it does not send. Actix writes both answers at once.
#[tokio::test(start_paused = true)]
async fn an_interim_answer_may_come_with_the_answer() {
    let (mut server, mut client) = pair();
    request(&mut server, &mut client, GET).await;
    let both = [INTERIM, ANSWER].concat();
    server.write_all(&both).await.unwrap();
    assert_eq!(closed(&mut server).await, (ErrorKind::TimedOut, 75));
}

#[tokio::test(start_paused = true)]
async fn a_refused_body_that_ends_leaves_the_connection_open() {
    let (mut server, mut client) = pair();
    request(&mut server, &mut client, POST).await;
    server.write_all(ANSWER).await.unwrap();
    sleep(Duration::from_secs(20)).await;
    request(&mut server, &mut client, &"x".repeat(100)).await;
    let minute = Duration::from_secs(60);
    assert!(timeout(minute, server.read_u8()).await.is_err());
    exchange(&mut server, &mut client).await;
}

/// Row 42 of the list of attacks.
#[tokio::test(start_paused = true)]
async fn a_client_has_to_take_the_answer() {
    let answer = vec![b'x'; 8 * BUFFER];
    // What it reads, and how often, in seconds. `None`: it takes all.
    for (read, pause, expected) in [
        (0, 1, Some(30)),
        // Less than the rate, in small and in large pieces.
        (1024, 1, Some(31)),
        (100 * 1024, 20, Some(36)),
        (BUFFER, 31, Some(30)),
        (17 * 1024, 1, None),
        (BUFFER / 2, 29, None),
    ] {
        let (mut server, mut client) = pair();
        request(&mut server, &mut client, GET).await;
        let started = Instant::now();
        let taking = async {
            let mut space = vec![0; read];
            loop {
                sleep(Duration::from_secs(pause)).await;
                client.read_exact(&mut space).await.unwrap();
            }
        };
        let written = tokio::select! {
            written = server.write_all(&answer) => written,
            () = taking => unreachable!(),
        };
        let failed = written.map_err(|error| error.kind());
        match expected {
            Some(seconds) => {
                assert_eq!(failed, Err(ErrorKind::TimedOut), "{read} in {pause} s");
                assert_eq!(started.elapsed().as_secs(), seconds, "{read} in {pause} s");
            }
            None => assert_eq!(failed, Ok(()), "{read} in {pause} s"),
        }
    }
}

/// Row 39 of the list of attacks.
#[tokio::test(start_paused = true)]
async fn a_connection_makes_room_at_once() {
    let registry = Registry::new(1, false);
    let (stream, mut client) = duplex(BUFFER);
    let mut server = LimitedStream::new(stream, registry.open(None), Limits::default());
    exchange(&mut server, &mut client).await;
    let next = async {
        sleep(Duration::from_secs(1)).await;
        registry.open(None)
    };
    let (closed, _next) = tokio::join!(closed(&mut server), next);
    assert_eq!(closed, (ErrorKind::ConnectionAborted, 1));
}

#[tokio::test(start_paused = true)]
async fn few_requests_are_read_ahead() {
    let (mut server, mut client) = pair();
    client.write_all(GET.repeat(100).as_bytes()).await.unwrap();
    let mut part = vec![0; GET.len() * MAX_WAITING];
    server.read_exact(&mut part).await.unwrap();
    let minute = Duration::from_secs(60);
    assert!(timeout(minute, server.read_u8()).await.is_err());
    server.write_all(ANSWER).await.unwrap();
    server.read_exact(&mut part).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_rejection_is_not_taken_for_another_answer() {
    let (mut server, mut client) = pair();
    request(&mut server, &mut client, &format!("{GET}GET / HT")).await;
    assert_eq!(closed(&mut server).await, (ErrorKind::TimedOut, 5));
    assert_eq!(rest(server, &mut client).await, "");
}

#[tokio::test(start_paused = true)]
async fn a_connection_is_counted_once_under_the_limit_that_it_passed() {
    let large_head = format!("GET / HTTP/1.1\r\nx: {}", "x".repeat(120 * 1024));
    for (sent, dripped, expected) in [
        ("", "GET /aaaaaa", Some("head_timeout")),
        (POST, "a", Some("body_timeout")),
        (&large_head[..], "a", Some("head_size")),
        // It is idle, which is no limit of a request.
        ("", "\r\n", None),
    ] {
        let registry = Registry::new(100, false);
        let (stream, mut client) = duplex(BUFFER);
        let mut server = LimitedStream::new(stream, registry.open(None), Limits::default());
        client.write_all(sent.as_bytes()).await.unwrap();
        closed_while_dripping(&mut server, &mut client, dripped.as_bytes()).await;
        // Actix may try again.
        assert!(server.read_u8().await.is_err());
        let counts = registry.rejections().filter(|(_, count)| *count > 0);
        let counts: Vec<_> = counts.collect();
        let expected: Vec<_> = expected.map(|limit| (limit, 1)).into_iter().collect();
        assert_eq!(counts, expected, "{dripped:?}");
    }
    let registry = Registry::new(1, false);
    let (stream, mut client) = duplex(BUFFER);
    let mut server = LimitedStream::new(stream, registry.open(None), Limits::default());
    request(&mut server, &mut client, GET).await;
    assert!(server.write_all(&vec![b'x'; 8 * BUFFER]).await.is_err());
    let _next = registry.open(None);
    let counts = registry.rejections().filter(|(_, count)| *count > 0);
    assert!(counts.eq([("write_rate", 1), ("connections", 1)]));
}
