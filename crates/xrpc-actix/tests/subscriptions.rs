//! Subscriptions over real WebSockets.
#![allow(clippy::unwrap_used, missing_docs)]

use std::sync::Arc;

use actix_web::{App, HttpServer};
use futures_util::{SinkExt, StreamExt};
use lexicon_runtime::frame::{self, Frame};
use lexicon_runtime::{Checker, ErrorBody, Node, Param, Subscription, TypedObject, Validate};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};
use xrpc_server::{
    Authenticator, Events, HandlerError, Head, MethodInfo, Router, Server, SubscriptionHandler,
    SubscriptionRequest, XrpcError,
};

struct Ticks;

impl Subscription for Ticks {
    const NSID: &'static str = "com.example.ticks";
    const PARAMS: &'static [Param] = &[Param::integer("count"), Param::string("then")];
    type Params = TicksParams;
    type Message = TypedObject;
    type Error = ErrorBody;
}

#[derive(Serialize, Deserialize)]
struct TicksParams {
    count: i64,
    #[serde(default)]
    then: String,
}

impl Validate for TicksParams {
    fn check(c: &mut Checker, v: Node<'_>) {
        let Some(object) = c.object(v) else { return };
        c.required(object, "count", |c, v| {
            c.integer(v).range(0..=1_000_000).end()
        });
    }
}

fn tick(seq: i64) -> TypedObject {
    let text = "x".repeat(10_000);
    let value = json!({ "$type": "com.example.ticks#tick", "seq": seq, "text": text });
    serde_json::from_value(value).unwrap()
}

struct Api;

impl SubscriptionHandler<Ticks, ()> for Api {
    async fn subscribe(
        &self,
        request: SubscriptionRequest<Ticks, ()>,
        events: Events<Ticks>,
    ) -> Result<(), HandlerError<ErrorBody>> {
        let TicksParams { count, then } = request.params;
        for seq in 0..count {
            match &then[..] {
                "push" => events.push(&tick(seq))?,
                _ => events.send(&tick(seq)).await?,
            }
        }
        match &then[..] {
            "wait" => std::future::pending().await,
            "fail" => Err(ErrorBody::new("FutureCursor", None))?,
            "panic" => panic!("a secret cause"),
            _ => Ok(()),
        }
    }
}

struct Sesame;

impl Authenticator for Sesame {
    type Caller = ();

    async fn authenticate(&self, head: &Head, _: MethodInfo) -> Result<(), XrpcError> {
        match head.query().contains("sesame") {
            true => Ok(()),
            false => Err(XrpcError::auth_required("expected the word")),
        }
    }
}

fn routes(router: &mut Router<Api, ()>) {
    router.add_subscription::<Ticks>();
}

/// A running server, and the address of its subscription.
fn start() -> (Arc<Server<Api, Sesame>>, String) {
    let server = Arc::new(Server::new(routes, Api, Sesame));
    let shared = server.clone();
    let app = move || App::new().service(xrpc_actix::service(shared.clone()));
    let bound = HttpServer::new(app).workers(1).disable_signals();
    let bound = bound.bind("127.0.0.1:0").unwrap();
    let address = bound.addrs()[0];
    actix_web::rt::spawn(bound.run());
    (server, format!("ws://{address}/xrpc/com.example.ticks"))
}

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

async fn connect(url: &str) -> Socket {
    connect_async(url).await.unwrap().0
}

/// Reads to the end: the numbers of the ticks, the error, and the code of the close frame.
async fn read(mut socket: Socket) -> (Vec<i64>, Option<String>, Option<CloseCode>) {
    let (mut ticks, mut error) = (Vec::new(), None);
    while let Some(message) = socket.next().await {
        match message.unwrap() {
            Message::Binary(bytes) => match frame::decode::<Ticks>(&bytes).unwrap() {
                Frame::Message(tick) => ticks.push(tick.members()["seq"].as_i64().unwrap()),
                Frame::Error(body) => error = Some(body.to_string()),
                other => panic!("{other:?}"),
            },
            Message::Close(close) => return (ticks, error, close.map(|close| close.code)),
            other => panic!("{other:?}"),
        }
    }
    (ticks, error, None)
}

#[actix_web::test]
async fn messages_arrive_in_order_and_the_error_last() {
    let (_server, url) = start();
    for (query, count, error) in [
        ("count=0", 0, None),
        ("count=600", 600, None),
        ("count=3&then=fail", 3, Some("FutureCursor")),
        ("count=3&then=panic", 3, Some("InternalServerError")),
    ] {
        let socket = connect(&format!("{url}?{query}&word=sesame")).await;
        let expected = (
            (0..count).collect(),
            error.map(str::to_owned),
            Some(CloseCode::Normal),
        );
        assert_eq!(read(socket).await, expected, "{query}");
    }
}

#[actix_web::test]
async fn a_request_is_rejected_before_the_handshake() {
    let (_server, url) = start();
    for (query, status, expected) in [
        ("word=sesame", 400, "params/count: required, but missing"),
        ("count=x", 400, "params/count: expected an integer"),
        ("count=1", 401, "expected the word"),
    ] {
        match connect_async(format!("{url}?{query}")).await {
            Err(Error::Http(answer)) => {
                assert_eq!(answer.status().as_u16(), status);
                let text = String::from_utf8(answer.body().clone().unwrap()).unwrap();
                assert!(text.contains(expected), "{text}");
            }
            other => panic!("{other:?}"),
        }
    }
}

#[actix_web::test]
async fn a_consumer_that_is_too_slow_gets_an_error() {
    let (_server, url) = start();
    // More than the queues and the buffers of the connection hold. The client does not read meanwhile.
    let socket = connect(&format!("{url}?count=100000&then=push&word=sesame")).await;
    let (ticks, error, code) = read(socket).await;
    assert!(ticks.len() < 100_000);
    assert_eq!(ticks, (0..ticks.len() as i64).collect::<Vec<_>>());
    assert_eq!(error.unwrap(), "ConsumerTooSlow: the consumer is too slow");
    assert_eq!(code, Some(CloseCode::Normal));
}

#[actix_web::test]
async fn streams_end_with_the_server_or_the_consumer() {
    let (server, url) = start();
    let url = format!("{url}?count=1&then=wait&word=sesame");
    let mut leaving = connect(&url).await;
    let mut pinging = connect(&url).await;
    pinging.next().await.unwrap().unwrap();
    pinging.send(Message::Ping("a".into())).await.unwrap();
    let pong = pinging.next().await.unwrap().unwrap();
    assert_eq!(pong, Message::Pong("a".into()));
    leaving.close(None).await.unwrap();
    server.close_subscriptions();
    assert_eq!(read(pinging).await, (vec![], None, Some(CloseCode::Away)));
}

#[actix_web::test]
async fn a_request_that_is_no_handshake_gets_an_xrpc_answer() {
    use actix_web::test::{TestRequest, call_service, init_service, read_body};

    let server = Arc::new(Server::new(routes, Api, Sesame));
    let app = init_service(App::new().service(xrpc_actix::service(server))).await;
    let path = "/xrpc/com.example.ticks?count=1&word=sesame";
    for (request, status, expected) in [
        (TestRequest::get(), 426, "UpgradeRequired"),
        (TestRequest::post(), 405, "MethodNotAllowed"),
        (
            TestRequest::default().method("OPTIONS".parse().unwrap()),
            204,
            "",
        ),
    ] {
        let answer = call_service(&app, request.uri(path).to_request()).await;
        assert_eq!(answer.status().as_u16(), status);
        assert!(answer.headers().contains_key("x-request-id"));
        assert!(answer.headers().contains_key("access-control-allow-origin"));
        let text = read_body(answer).await;
        assert!(
            String::from_utf8_lossy(&text).contains(expected),
            "{text:?}"
        );
    }
}
