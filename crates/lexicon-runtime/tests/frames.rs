//! DAG-CBOR, and the frames of event streams.
#![allow(clippy::unwrap_used, missing_docs)]

use lexicon_runtime::frame::{self, Frame};
use lexicon_runtime::{
    Checker, ErrorBody, NoParams, Node, Subscription, TypedObject, Validate, Value, dag_cbor,
};
use serde_json::json;

#[test]
fn every_value_has_one_encoding() {
    for (value, bytes) in [
        (json!(0), &[0x00][..]),
        (json!(23), &[0x17]),
        (json!(24), &[0x18, 24]),
        (json!(255), &[0x18, 255]),
        (json!(256), &[0x19, 1, 0]),
        (json!(65_536), &[0x1a, 0, 1, 0, 0]),
        (json!(4_294_967_296_u64), &[0x1b, 0, 0, 0, 1, 0, 0, 0, 0]),
        (json!(-1), &[0x20]),
        (json!(-25), &[0x38, 24]),
        (
            json!(i64::MIN),
            &[0x3b, 0x7f, 255, 255, 255, 255, 255, 255, 255],
        ),
        (json!([true, false, null]), &[0x83, 0xf5, 0xf4, 0xf6]),
        (json!("\u{e9}"), b"\x62\xc3\xa9"),
        (
            json!({ "bb": 1, "a": 2, "aa": 3 }),
            b"\xa3\x61a\x02\x62aa\x03\x62bb\x01",
        ),
        (json!({ "$bytes": "AQI" }), &[0x42, 1, 2]),
    ] {
        assert_eq!(dag_cbor::write(&value).unwrap(), bytes, "{value}");
        assert_eq!(dag_cbor::read(bytes).unwrap(), (value, &[][..]));
    }
    let cid = "bafyreih5sw74bhtf6qnbtpntboezr4rdu4efqwxpsrvs6d4cqkqo5c3tnm";
    let bytes = dag_cbor::write(&json!({ "$link": cid })).unwrap();
    assert_eq!(bytes[..5], [0xd8, 42, 0x58, 37, 0]);
    assert_eq!(dag_cbor::read(&bytes).unwrap().0, json!({ "$link": cid }));
}

#[test]
fn other_encodings_are_refused() {
    for bytes in [
        &[][..],
        &[0x18, 23],     // not the shortest
        &[0x19, 0, 255], // not the shortest
        &[0x1b, 0, 0, 0, 0, 255, 255, 255, 255],
        &[0x5f, 0xff], // indefinite
        &[0x9f, 0xff],
        &[0x42, 1], // cut off
        &[0x9b, 255, 255, 255, 255, 255, 255, 255, 255],
        &[0x62, 0xff, 0xfe],       // no UTF-8
        b"\xa2\x61b\x01\x61a\x01", // not sorted
        b"\xa2\x61a\x01\x61a\x01", // twice
        &[0xa1, 0x01, 0x01],       // a name that is no text
        &[0xc1, 0x00],             // another tag
        &[0xd8, 42, 0x41, 1],      // a link without its zero byte
        &[0xf7],                   // undefined
        &[0xf9, 0x3c, 0x00],       // a fraction
        &[0xfb, 0x3f, 0xf0, 0, 0, 0, 0, 0, 0],
        &[0x3b, 255, 255, 255, 255, 255, 255, 255, 255],
    ] {
        assert!(dag_cbor::read(bytes).is_err(), "{bytes:x?}");
    }
    assert!(dag_cbor::read(&[0x81; 1_000_000]).is_err());
    assert!(
        dag_cbor::write(&json!([1, 1.5]))
            .unwrap_err()
            .to_string()
            .contains("/1")
    );
    assert!(dag_cbor::write(&json!({ "$link": "x" })).is_err());
}

/// A stream of one known message.
struct Ticks;

#[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize)]
struct Tick(TypedObject);

impl Validate for Tick {
    fn check(c: &mut Checker, v: Node<'_>) {
        if c.variant(v) == Some("com.example.ticks#tick") {
            c.required(v.as_object().unwrap(), "seq", |c, v| c.integer(v).end());
        }
    }
}

impl Subscription for Ticks {
    const NSID: &'static str = "com.example.ticks";
    type Params = NoParams;
    type Message = Tick;
    type Error = ErrorBody;
}

#[test]
fn frames() {
    let decode = |header: Value, body: Value| {
        let bytes = [
            dag_cbor::write(&header).unwrap(),
            dag_cbor::write(&body).unwrap(),
        ]
        .concat();
        frame::decode::<Ticks>(&bytes).map_err(|violations| violations.to_string())
    };
    let tick = decode(json!({ "op": 1, "t": "#tick" }), json!({ "seq": 5 })).unwrap();
    let Frame::Message(Tick(message)) = tick else {
        panic!("{tick:?}")
    };
    assert_eq!(message.type_name(), "com.example.ticks#tick");
    assert_eq!(message.members()["seq"], 5);
    let other = decode(json!({ "op": 1, "t": "com.other.thing#x" }), json!({})).unwrap();
    let Frame::Message(Tick(message)) = other else {
        panic!("{other:?}")
    };
    assert_eq!(message.type_name(), "com.other.thing#x");
    assert_eq!(
        decode(
            json!({ "op": -1 }),
            json!({ "error": "FutureCursor", "message": "m" })
        ),
        Ok(Frame::Error(ErrorBody::new(
            "FutureCursor",
            Some("m".to_owned())
        )))
    );
    assert_eq!(decode(json!({ "op": 7 }), json!({})), Ok(Frame::Unknown(7)));
    for (header, body, expected) in [
        (
            json!({ "op": 1, "t": "#tick" }),
            json!({}),
            "message/seq: required, but missing",
        ),
        (json!({ "op": 1 }), json!({}), "header/t: expected a string"),
        (json!({}), json!({}), "header/op: expected an integer"),
        (
            json!({ "op": 1, "t": "#tick" }),
            json!([]),
            "message: expected an object",
        ),
        (
            json!({ "op": -1 }),
            json!({}),
            "message/error: required, but missing",
        ),
    ] {
        assert_eq!(decode(header, body), Err(expected.to_owned()));
    }
    let twice = [
        dag_cbor::write(&json!({ "op": 1, "t": "#x" })).unwrap(),
        vec![0xa0, 0xa0],
    ]
    .concat();
    assert!(frame::decode::<Ticks>(&twice).is_err());
    assert!(frame::decode::<Ticks>(&[0xa0]).is_err());
}

#[test]
fn what_is_written_is_read_again() {
    let tick = |value: Value| serde_json::from_value::<Tick>(value).unwrap();
    for (message, header) in [
        (
            json!({ "$type": "com.example.ticks#tick", "seq": 5 }),
            json!({ "op": 1, "t": "#tick" }),
        ),
        (
            json!({ "$type": "com.other.thing#x", "link": { "$bytes": "AQI" } }),
            json!({ "op": 1, "t": "com.other.thing#x" }),
        ),
        (
            json!({ "$type": "com.example.ticksMore#x" }),
            json!({ "op": 1, "t": "com.example.ticksMore#x" }),
        ),
    ] {
        let bytes = frame::encode::<Ticks>(&tick(message.clone())).unwrap();
        assert_eq!(dag_cbor::read(&bytes).unwrap().0, header);
        let read = frame::decode::<Ticks>(&bytes).unwrap();
        assert_eq!(read, Frame::Message(tick(message)));
    }
    let missing = tick(json!({ "$type": "com.example.ticks#tick" }));
    let violations = frame::encode::<Ticks>(&missing).unwrap_err();
    assert_eq!(violations.to_string(), "message/seq: required, but missing");
    for message in [None, Some("m".to_owned())] {
        let error = ErrorBody::new("FutureCursor", message);
        let bytes = frame::encode_error(&error);
        assert_eq!(frame::decode::<Ticks>(&bytes), Ok(Frame::Error(error)));
    }
}
