//! The queue of a subscription: bounded in frames and in bytes.
#![allow(clippy::unwrap_used, missing_docs)]

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;

use bytes::Bytes;
use http::{HeaderMap, Method};
use lexicon_runtime::frame::{self, Frame};
use lexicon_runtime::{Checker, ErrorBody, Node, Param, Subscription, TypedObject, Validate};
use serde::{Deserialize, Serialize};
use serde_json::json;
use xrpc_server::{
    Anonymous, EventStream, Events, HandlerError, Head, Router, Server, SubscriptionHandler,
    SubscriptionRequest,
};

const MIB: usize = 1024 * 1024;

struct Photos;

impl Subscription for Photos {
    const NSID: &'static str = "com.example.photos";
    const PARAMS: &'static [Param] = &[
        Param::integer("count"),
        Param::integer("size"),
        Param::boolean("push"),
    ];
    type Params = PhotosParams;
    type Message = TypedObject;
    type Error = ErrorBody;
}

/// The number of messages, the size of each in bytes, and whether they are pushed without waiting.
#[derive(Serialize, Deserialize)]
struct PhotosParams {
    count: usize,
    size: usize,
    push: bool,
}

impl Validate for PhotosParams {
    fn check(_: &mut Checker, _: Node<'_>) {}
}

/// Counts the messages that were put into the stream.
#[derive(Clone, Default)]
struct Api(Arc<AtomicUsize>);

impl SubscriptionHandler<Photos, ()> for Api {
    async fn subscribe(
        &self,
        request: SubscriptionRequest<Photos, ()>,
        events: Events<Photos>,
    ) -> Result<(), HandlerError<ErrorBody>> {
        let PhotosParams { count, size, push } = request.params;
        for seq in 0..count {
            let value = json!({ "$type": "com.example.photos#photo", "seq": seq, "data": "x".repeat(size) });
            let photo: TypedObject = serde_json::from_value(value).unwrap();
            match push {
                true => events.push(&photo)?,
                false => events.send(&photo).await?,
            }
            self.0.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }
}

/// A stream of `count` messages with `size` bytes each, and how many of them were put into it.
async fn open(count: usize, size: usize, push: bool) -> (EventStream, Arc<AtomicUsize>) {
    let api = Api::default();
    let put = api.0.clone();
    let routes = |router: &mut Router<Api, ()>| router.add_subscription::<Photos>();
    let server = Server::new(routes, api, Anonymous);
    let query = format!("/xrpc/com.example.photos?count={count}&size={size}&push={push}");
    let mut head = Head::new(Method::GET, query.parse().unwrap());
    head.headers = HeaderMap::from_iter(
        [
            ("connection", "upgrade"),
            ("upgrade", "websocket"),
            ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
            ("sec-websocket-version", "13"),
        ]
        .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())),
    );
    let opened = server.subscribe(head, "com.example.photos").await;
    (opened.map_err(drop).unwrap(), put)
}

/// Runs the handler as far as it gets without a consumer.
async fn run(stream: &mut EventStream) -> Poll<Option<Bytes>> {
    poll_fn(|context| Poll::Ready(Pin::new(&mut stream.run).poll(context))).await
}

fn error(frame: &Bytes) -> String {
    match frame::decode::<Photos>(frame).unwrap() {
        Frame::Error(error) => error.to_string(),
        other => panic!("{other:?}"),
    }
}

fn seq(frame: &Bytes) -> usize {
    match frame::decode::<Photos>(frame).unwrap() {
        Frame::Message(photo) => photo.members()["seq"].as_u64().unwrap() as usize,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn pushed_messages_are_bounded_in_number_and_in_bytes() {
    for (size, expected) in [(1, 256), (MIB - 1024, 8), (3 * MIB, 2), (9 * MIB, 1)] {
        let (mut stream, put) = open(300, size, true).await;
        let Poll::Ready(last) = run(&mut stream).await else {
            panic!("the handler waits");
        };
        let error = error(&last.unwrap());
        assert_eq!(error, "ConsumerTooSlow: the consumer is too slow");
        assert_eq!(put.load(Ordering::Relaxed), expected, "{size} bytes");
    }
}

#[tokio::test]
async fn a_message_that_is_sent_waits_until_its_bytes_fit() {
    for (size, fitting) in [(1, 256), (3 * MIB, 2), (9 * MIB, 1)] {
        let (mut stream, put) = open(300, size, false).await;
        for taken in 0..10 {
            assert!(run(&mut stream).await.is_pending());
            assert_eq!(put.load(Ordering::Relaxed), taken + fitting);
            let frame = stream.frames.next().await.unwrap();
            assert_eq!(seq(&frame), taken);
            // A frame counts until the adapter has written it.
            assert!(run(&mut stream).await.is_pending());
            let room_of_the_number = usize::from(fitting == 256);
            assert_eq!(
                put.load(Ordering::Relaxed),
                taken + fitting + room_of_the_number
            );
        }
    }
}

#[tokio::test]
async fn a_message_that_waits_is_dropped_with_the_stream() {
    let (mut stream, put) = open(300, 3 * MIB, false).await;
    assert!(run(&mut stream).await.is_pending());
    stream.frames.close();
    let Poll::Ready(last) = run(&mut stream).await else {
        panic!("the handler waits");
    };
    assert_eq!(
        error(&last.unwrap()),
        "ConnectionClosed: the stream is closed"
    );
    assert_eq!(put.load(Ordering::Relaxed), 2);
}
