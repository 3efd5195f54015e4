//! Subscriptions, from a WebSocket server that sends given frames.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

#[allow(dead_code, unreachable_pub)]
#[path = "support/server.rs"]
mod server;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures_util::{SinkExt, StreamExt};
use lexicon_runtime::frame::{encode, encode_error};
use lexicon_runtime::{
    Checker, ErrorBody, MethodError, Node, Param, Subscription, TypedObject, Validate,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::net::TcpListener;
use tokio_tungstenite::accept_hdr_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};
use xrpc_client::{CallError, Client, EventError, Sleep, Timer, TransportError};

struct Ticks;

impl Subscription for Ticks {
    const NSID: &'static str = "com.example.ticks";
    const PARAMS: &'static [Param] = &[Param::integer("cursor")];
    type Params = TicksParams;
    type Message = Tick;
    type Error = TicksError;
}

#[derive(Debug, Serialize, Deserialize)]
struct TicksParams {
    cursor: i64,
}

impl Validate for TicksParams {
    fn check(c: &mut Checker, v: Node<'_>) {
        let Some(object) = c.object(v) else { return };
        c.required(object, "cursor", |c, v| c.integer(v).range(0..).end());
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct Tick(TypedObject);

impl Validate for Tick {
    fn check(c: &mut Checker, v: Node<'_>) {
        if c.variant(v).is_some() {
            c.required(v.as_object().unwrap(), "seq", |c, v| c.integer(v).end());
        }
    }
}

#[derive(Debug, PartialEq)]
enum TicksError {
    FutureCursor(Option<String>),
    Other(ErrorBody),
}

impl From<ErrorBody> for TicksError {
    fn from(body: ErrorBody) -> Self {
        match &body.error[..] {
            "FutureCursor" => Self::FutureCursor(body.message),
            _ => Self::Other(body),
        }
    }
}

impl From<TicksError> for ErrorBody {
    fn from(error: TicksError) -> Self {
        match error {
            TicksError::FutureCursor(message) => Self::new("FutureCursor", message),
            TicksError::Other(body) => body,
        }
    }
}

impl std::fmt::Display for TicksError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self:?}")
    }
}

impl MethodError for TicksError {
    const NAMES: &'static [&'static str] = &["FutureCursor"];
}

fn tick(seq: i64) -> Message {
    let value = json!({ "$type": "com.example.ticks#tick", "seq": seq });
    Message::Binary(
        encode::<Ticks>(&serde_json::from_value(value).unwrap())
            .unwrap()
            .into(),
    )
}

fn error(name: &str) -> Message {
    Message::Binary(encode_error(&ErrorBody::new(name, None)).into())
}

/// What a server does when its frames are sent.
#[derive(Clone, Copy, PartialEq)]
enum Then {
    Close,
    Break,
    /// It reads, and so answers pings.
    Listen,
    Sleep,
}

/// Accepts one consumer: the URL, and the request line and credential that it will have shown.
async fn start(frames: Vec<Message>, then: Then) -> (String, Arc<Mutex<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let seen = Arc::new(Mutex::new(String::new()));
    let log = seen.clone();
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        #[allow(clippy::result_large_err)]
        let note = |request: &Request, response: Response| {
            let credential = request.headers()["authorization"].to_str().unwrap();
            *log.lock().unwrap() = format!("{} {credential}", request.uri());
            Ok(response)
        };
        let mut socket = accept_hdr_async(stream, note).await.unwrap();
        for frame in frames {
            socket.send(frame).await.unwrap();
        }
        match then {
            Then::Close => socket.close(None).await.unwrap(),
            Then::Break => {}
            Then::Listen => while let Some(Ok(_)) = socket.next().await {},
            Then::Sleep => std::future::pending().await,
        }
    });
    (url, seen)
}

async fn subscribe(url: &str) -> Result<xrpc_client::EventStream<Ticks>, CallError<TicksError>> {
    let client = Client::new(url).unwrap().bearer("the key");
    client.subscribe::<Ticks>(&TicksParams { cursor: 7 }).await
}

fn describe(item: Result<Tick, EventError<TicksError>>) -> String {
    match item {
        Ok(Tick(tick)) => format!("tick {}", tick.members()["seq"]),
        Err(EventError::Declared(error)) => format!("declared {error}"),
        Err(error) => error.to_string(),
    }
}

#[tokio::test]
async fn items_arrive_until_the_end() {
    let invalid = Message::Binary(vec![0xa0].into());
    let unknown = [&[0xa1, 0x62, b'o', b'p', 0x05][..], &[0xa0]].concat();
    let unknown = Message::Binary(unknown.into());
    for (frames, then, expected) in [
        (
            vec![tick(1), tick(2)],
            Then::Close,
            vec!["tick 1", "tick 2"],
        ),
        (vec![], Then::Close, vec![]),
        (
            vec![invalid, unknown, tick(1)],
            Then::Close,
            vec![
                "a frame of the stream is invalid: message: at \"byte 0\": expected more bytes",
                "tick 1",
            ],
        ),
        (
            vec![tick(1), error("FutureCursor"), tick(2)],
            Then::Close,
            vec!["tick 1", "declared FutureCursor(None)"],
        ),
        (
            vec![error("ConsumerTooSlow")],
            Then::Close,
            vec!["the server ended the stream: ConsumerTooSlow"],
        ),
        (
            vec![tick(1)],
            Then::Break,
            vec!["tick 1", "the connection broke"],
        ),
    ] {
        let (url, seen) = start(frames, then).await;
        let mut stream = subscribe(&url).await.unwrap();
        let mut items = Vec::new();
        while let Some(item) = stream.next().await {
            items.push(describe(item));
        }
        assert_eq!(items, expected);
        assert!(stream.next().await.is_none());
        assert_eq!(
            *seen.lock().unwrap(),
            "/xrpc/com.example.ticks?cursor=7 Bearer the key"
        );
    }
}

#[tokio::test]
async fn a_rejected_handshake_is_an_error_of_the_call() {
    let rejections = [
        server::json(401, r#"{"error": "AuthRequired"}"#),
        server::json(400, r#"{"error": "FutureCursor"}"#),
        server::reply(502, "Content-Type: text/html", "<h1>bad gateway</h1>"),
        server::reply(101, "Upgrade: websocket\nSec-WebSocket-Accept: wrong", ""),
    ];
    for (number, reply) in rejections.into_iter().enumerate() {
        let server = server::Server::start([reply]);
        let error = subscribe(&server.url()).await.unwrap_err();
        assert!(
            match number {
                0 => matches!(&error, CallError::Xrpc(error) if error.error == "AuthRequired"),
                1 => matches!(&error, CallError::Declared(TicksError::FutureCursor(None))),
                2 => matches!(&error, CallError::UnexpectedStatus(error) if error.status == 502),
                _ => matches!(&error, CallError::Transport(TransportError::Other(_))),
            },
            "{error:?}"
        );
    }
    let client = Client::new("http://127.0.0.1:1").unwrap();
    let invalid = client.subscribe::<Ticks>(&TicksParams { cursor: -1 }).await;
    assert!(matches!(invalid, Err(CallError::InvalidRequest(_))));
}

#[tokio::test]
async fn a_handshake_has_a_deadline() {
    let stalled = server::stalled(server::json(401, r#"{"error": "AuthRequired"}"#), 5);
    let server = server::Server::start([stalled]);
    let builder = Client::builder(&server.url()).timeout(Duration::from_millis(50));
    let client = builder.build().unwrap();
    let error = client.subscribe::<Ticks>(&TicksParams { cursor: 7 }).await;
    let error = error.unwrap_err();
    assert!(
        matches!(error, CallError::Transport(TransportError::Timeout(_))),
        "{error:?}"
    );
}

/// A clock whose first pauses take no time; it counts all pauses.
#[derive(Clone, Debug)]
struct Impatient {
    over: usize,
    pauses: Arc<AtomicUsize>,
}

impl Timer for Impatient {
    fn now(&self) -> Instant {
        Instant::now()
    }

    fn sleep(&self, _: Duration) -> Sleep {
        match self.pauses.fetch_add(1, Ordering::SeqCst) < self.over {
            true => Box::pin(async {}),
            false => Box::pin(std::future::pending()),
        }
    }
}

#[tokio::test]
async fn a_silent_server_is_pinged_and_then_disconnected() {
    let open = async |then, over| {
        let (url, _) = start(vec![], then).await;
        let pauses = Arc::default();
        let timer = Impatient { over, pauses };
        let builder = Client::builder(&url).bearer("the key").timer(timer.clone());
        let client = builder.build().unwrap();
        let stream = client.subscribe::<Ticks>(&TicksParams { cursor: 7 }).await;
        (stream.unwrap(), timer.pauses)
    };
    // It takes no pings: two pauses pass.
    let (mut silent, _) = open(Then::Sleep, 2).await;
    assert_eq!(
        describe(silent.next().await.unwrap()),
        "the connection broke"
    );
    assert!(silent.next().await.is_none());

    // Its pong begins a third pause, in which the stream waits.
    let (mut alive, pauses) = open(Then::Listen, 1).await;
    let answered = async {
        while pauses.load(Ordering::SeqCst) < 3 {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        item = alive.next() => panic!("{item:?}"),
        () = answered => {}
    }
}
