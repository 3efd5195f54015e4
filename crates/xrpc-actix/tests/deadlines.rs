//! The deadlines of a subscription's connection, by a clock that moves on when every task waits.
#![allow(clippy::unwrap_used, missing_docs)]

use std::future::{pending, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use actix_web::App;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::Payload;
use actix_web::test::{TestRequest, call_service, init_service};
use bytes::Bytes;
use lexicon_runtime::{ErrorBody, NoParams, Subscription, TypedObject};
use serde_json::json;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, pause, timeout};
use xrpc_server::{
    Anonymous, Events, HandlerError, Router, Server, SubscriptionHandler, SubscriptionRequest,
};

struct Ticks;

impl Subscription for Ticks {
    const NSID: &'static str = "com.example.ticks";
    type Params = NoParams;
    type Message = TypedObject;
    type Error = ErrorBody;
}

/// What the handler does.
#[derive(Clone, Copy)]
enum Then {
    /// It sends nothing, and waits.
    Wait,
    /// It sends without end.
    Send,
    /// It puts 100 messages into the queue, and ends.
    End,
}

/// A service that reports by `dropped` that its handler is dropped.
struct Api {
    then: Then,
    dropped: std::sync::Mutex<Option<oneshot::Sender<()>>>,
}

impl SubscriptionHandler<Ticks, ()> for Api {
    async fn subscribe(
        &self,
        _: SubscriptionRequest<Ticks, ()>,
        events: Events<Ticks>,
    ) -> Result<(), HandlerError<ErrorBody>> {
        let _dropped = self.dropped.lock().unwrap().take();
        let tick: TypedObject =
            serde_json::from_value(json!({ "$type": "com.example.ticks#tick" })).unwrap();
        match self.then {
            Then::Wait => pending().await,
            Then::Send => loop {
                events.send(&tick).await?;
            },
            Then::End => {
                for _ in 0..100 {
                    events.push(&tick)?;
                }
                Ok(())
            }
        }
    }
}

/// A consumer's side of an open connection.
struct Consumer {
    /// What the server sends. The server cannot write while it is not read.
    body: BoxBody,
    /// What the consumer sends.
    sender: mpsc::UnboundedSender<Bytes>,
    /// Ready once the handler is dropped.
    dropped: oneshot::Receiver<()>,
    opened: Instant,
    /// Its subscriptions close when it is dropped.
    _server: Arc<Server<Api, Anonymous>>,
}

/// A WebSocket frame of a consumer, with a mask of zeros.
fn frame(opcode: u8) -> Bytes {
    Bytes::from(vec![0x80 | opcode, 0x80, 0, 0, 0, 0])
}

const PING: u8 = 0x9;
const PONG: u8 = 0xa;

async fn connect(then: Then) -> Consumer {
    let (dropping, dropped) = oneshot::channel();
    let api = Api {
        then,
        dropped: Some(dropping).into(),
    };
    let routes = |router: &mut Router<Api, ()>| router.add_subscription::<Ticks>();
    let server = Arc::new(Server::new(routes, api, Anonymous));
    let app = init_service(App::new().service(xrpc_actix::service(server.clone()))).await;
    let request = TestRequest::get()
        .uri("/xrpc/com.example.ticks")
        .insert_header(("connection", "upgrade"))
        .insert_header(("upgrade", "websocket"))
        .insert_header(("sec-websocket-version", "13"))
        .insert_header(("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="))
        .to_request();
    let (sender, mut receiver) = mpsc::unbounded_channel();
    let received = futures_util::stream::poll_fn(move |context| {
        receiver.poll_recv(context).map(|part| part.map(Ok))
    });
    let payload: Payload = Payload::Stream {
        payload: Box::pin(received),
    };
    let opened = Instant::now();
    let response = call_service(&app, request.replace_payload(payload).0).await;
    assert_eq!(response.status().as_u16(), 101);
    Consumer {
        body: response.into_body(),
        sender,
        dropped,
        opened,
        _server: server,
    }
}

impl Consumer {
    /// Waits for the next bytes; `None` at the end of the connection.
    async fn read(&mut self) -> Option<Bytes> {
        let next = poll_fn(|context| Pin::new(&mut self.body).poll_next(context)).await;
        next.transpose().unwrap()
    }

    fn elapsed(&self) -> u64 {
        self.opened.elapsed().as_secs()
    }
}

#[actix_web::test]
async fn a_consumer_that_answers_no_ping_is_disconnected() {
    pause();
    let mut consumer = connect(Then::Wait).await;
    assert_eq!(consumer.read().await.unwrap()[..], [0x80 | PING, 0]);
    assert_eq!(consumer.elapsed(), 30);
    // A close frame with the code 1008.
    assert_eq!(consumer.read().await.unwrap()[..], [0x88, 2, 3, 240]);
    assert_eq!(consumer.elapsed(), 60);
    assert_eq!(consumer.read().await, None);
    consumer.dropped.await.unwrap_err();
    drop(consumer.sender);
}

#[actix_web::test]
async fn a_consumer_that_answers_pings_stays() {
    pause();
    let mut consumer = connect(Then::Wait).await;
    for count in 1..=20 {
        assert_eq!(consumer.read().await.unwrap()[..], [0x80 | PING, 0]);
        assert_eq!(consumer.elapsed(), count * 30);
        consumer.sender.send(frame(PONG)).unwrap();
    }
    assert!(
        consumer
            .dropped
            .try_recv()
            .is_err_and(|error| error == oneshot::error::TryRecvError::Empty)
    );
    drop(consumer.sender);
    consumer.dropped.await.unwrap_err();
}

#[actix_web::test]
async fn a_consumer_that_reads_nothing_is_disconnected() {
    pause();
    let consumer = connect(Then::Send).await;
    let limit = Duration::from_secs(600);
    timeout(limit, consumer.dropped).await.unwrap().unwrap_err();
    let elapsed = consumer.opened.elapsed().as_secs();
    assert!((30..=35).contains(&elapsed), "{elapsed}");
    drop((consumer.body, consumer.sender));
}

#[actix_web::test]
async fn the_rest_of_a_stream_waits_no_longer_than_one_message() {
    pause();
    let mut consumer = connect(Then::End).await;
    (&mut consumer.dropped).await.unwrap_err();
    tokio::time::sleep(Duration::from_secs(36)).await;
    let mut received = Vec::new();
    while let Some(bytes) = consumer.read().await {
        received.extend_from_slice(&bytes);
    }
    // Some of the 100 messages, and no close frame.
    let (mut rest, mut count) = (&received[..], 0);
    while let [opcode, length, after @ ..] = rest {
        assert_eq!(*opcode, 0x82);
        (rest, count) = (&after[usize::from(*length)..], count + 1);
    }
    assert!((1..100).contains(&count), "{count}");
}
