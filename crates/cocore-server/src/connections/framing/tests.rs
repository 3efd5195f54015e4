use actix_http::ServiceConfig;
use actix_http::h1::{Codec, Message, MessageType};
use bytes::BytesMut;
use tokio_util::codec::Decoder;

use super::*;

/// Where a stream of bytes ends: how many requests are complete, and in which part of the next one it ends.
type End = (usize, Part);

/// Follows bytes in pieces of this size. Returns the bytes as they are after it.
fn follow(bytes: &[u8], piece: usize) -> (End, Vec<u8>) {
    let (mut framing, mut completed) = (Framing::default(), 0);
    let mut bytes = bytes.to_vec();
    for piece in bytes.chunks_mut(piece) {
        completed += framing.follow(piece).completed;
    }
    ((completed, framing.part()), bytes)
}

/// What actix reads; `None` if it rejects something.
fn decode(bytes: &[u8], config: &ServiceConfig) -> Option<End> {
    let mut codec = Codec::new(config.clone());
    let (mut completed, mut in_body) = (0, false);
    let mut left = BytesMut::from(bytes);
    while let Some(message) = codec.decode(&mut left).ok()? {
        in_body = match message {
            Message::Item(_) => !matches!(codec.message_type(), MessageType::None),
            Message::Chunk(part) => part.is_some(),
        };
        completed += usize::from(!in_body);
    }
    let is_blank = left.iter().all(|byte| matches!(byte, b'\r' | b'\n'));
    let part = match in_body {
        true => Part::Body,
        false if is_blank => Part::None,
        false => Part::Head,
    };
    Some((completed, part))
}

#[track_caller]
fn check(bytes: &[u8], config: &ServiceConfig) -> bool {
    let (end, seen) = follow(bytes, bytes.len().max(1));
    for piece in [1, 3, 7] {
        assert_eq!(
            follow(bytes, piece),
            (end, seen.clone()),
            "{}",
            bytes.escape_ascii()
        );
    }
    let expected = decode(&seen, config);
    if let Some(expected) = expected {
        assert_eq!(end, expected, "{}", bytes.escape_ascii());
    }
    expected.is_some()
}

const GET: &str = "GET / HTTP/1.1\r\nhost: x\r\n\r\n";
const SIZED: &str = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 12\r\n\r\nGET / HTTP/1";
const CHUNKED: &str = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nHost: x\r\n\r\n\
                       1a;x=1\r\nabcdefghijklmnopqrstuvwxyz\r\n0\r\nt: 1\n\r\nu: 2\r\n\r\n";

#[actix_web::test]
async fn requests_end_where_actix_ends_them() {
    let config = ServiceConfig::default();
    for (text, end) in [
        (GET.to_owned(), (1, Part::None)),
        (
            format!("\r\n\n{GET}\r\n\r\n{GET}{SIZED}{GET}"),
            (4, Part::None),
        ),
        (format!("{SIZED}{SIZED}GET / H"), (2, Part::Head)),
        (SIZED[..SIZED.len() - 1].to_owned(), (0, Part::Body)),
        (SIZED.replace("12", "0"), (1, Part::Head)),
        (CHUNKED.to_owned(), (1, Part::None)),
        (CHUNKED[..CHUNKED.len() - 2].to_owned(), (0, Part::Body)),
        (GET.replace("GET /", "CONNECT x:1") + GET, (0, Part::Body)),
        (
            GET.replace("\r\n\r\n", "\r\nConnectio: 1\r\nContent-Lengths: 5\r\n\r\n"),
            (1, Part::None),
        ),
    ] {
        assert_eq!(follow(text.as_bytes(), text.len()).0, end, "{text:?}");
        check(text.as_bytes(), &config);
    }
}

/// What actix accepts is framed as actix frames it, whatever a client sends.
#[actix_web::test]
async fn no_bytes_are_framed_otherwise_than_by_actix() {
    const PIECES: &[&str] = &[
        "GET / HTTP/1.1\r\n",
        "POST /x HTTP/1.0\r\n",
        "CONNECT x:1 HTTP/1.1\r\n",
        "host: x\r\n",
        "Content-Length: 5\r\n",
        "content-length:\t007 \r\n",
        "transfer-encoding: chunked\r\n",
        "connection: close, upgrade\r\n",
        "Connection: Upgrade\r\n",
        "upgrade: h2c\r\n",
        "Upgrade: websocket\r\n",
        "\r\n",
        "\n",
        "\r",
        "hello",
        "5\r\nhello\r\n",
        "0\r\n",
        "t: 1\r\n",
        "A;x=1\r\n",
        "x: y\n",
        "1",
        " ",
        "\t",
        ":",
        ",",
    ];
    let config = ServiceConfig::default();
    let mut random = fastrand::Rng::with_seed(9112);
    let mut accepted = 0;
    for _ in 0..60_000 {
        let mut bytes = match random.usize(..4) {
            0 => GET.into(),
            1 => SIZED.into(),
            2 => CHUNKED.into(),
            _ => b"POST / HTTP/1.1\r\nhost: x\r\n".to_vec(),
        };
        for _ in 0..random.usize(..8) {
            let at = random.usize(..=bytes.len());
            let piece = random.choice(PIECES).unwrap().bytes();
            match random.usize(..4) {
                0 => drop(bytes.splice(at..at, piece)),
                1 if at < bytes.len() => drop(bytes.remove(at)),
                _ => bytes.extend(piece),
            }
        }
        accepted += usize::from(check(&bytes, &config));
    }
    assert!(accepted > 5_000, "{accepted}");
}

#[test]
fn an_offer_of_another_protocol_is_hidden() {
    for (line, seen) in [
        (
            "Connection: Upgrade, HTTP2-Settings",
            "Connection: Upgrad-, HTTP2-Settings",
        ),
        ("connection:close,upgrade", "connection:close,upgrad-"),
        (
            "CONNECTION: keep-alive, UPGRADE",
            "CONNECTION: keep-alive, UPGRAD-",
        ),
        ("Upgrade: h2c", "Upgrade: -2c"),
        ("upgrade:websocket", "upgrade:-ebsocket"),
        // Nothing else changes.
        (
            "Upgrade-Insecure-Requests: 1",
            "Upgrade-Insecure-Requests: 1",
        ),
        ("x-connection: upgrade", "x-connection: upgrade"),
        ("Connection: keep-alive", "Connection: keep-alive"),
        ("Upgrade:", "Upgrade:"),
    ] {
        let body = format!("\r\n{line}\r\nc");
        let request = |line: &str| {
            let length = body.len();
            format!(
                "POST / HTTP/1.1\r\nhost: x\r\n{line}\r\ncontent-length: {length}\r\n\r\n{body}"
            )
        };
        for piece in [1, 2, 5, 1000] {
            let (end, bytes) = follow(request(line).as_bytes(), piece);
            assert_eq!(end, (1, Part::None));
            assert_eq!(String::from_utf8(bytes).unwrap(), request(seen));
        }
    }
}

#[test]
fn the_size_of_each_part_is_counted() {
    let mut framing = Framing::default();
    framing.follow(&mut b"\r\n\r\nGET /".to_vec());
    assert_eq!((framing.part(), framing.size()), (Part::Head, 5));
    framing.follow(&mut b" HTTP/1.1\r\ncontent-length: 9\r\n\r\nabc".to_vec());
    assert_eq!((framing.part(), framing.size()), (Part::Body, 3));
    let progress = framing.follow(&mut b"def".to_vec());
    assert_eq!((progress.completed, progress.is_new), (0, false));
    assert_eq!(framing.size(), 6);
}
