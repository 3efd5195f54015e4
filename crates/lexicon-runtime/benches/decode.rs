//! The time to read and check a body, beside that of plain `serde_json` reading the same type without a check.
//! The limit is 1.3 times. Run with `cargo bench -p lexicon-runtime`.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    unreachable_pub,
    dead_code,
    missing_docs
)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use lexicon_runtime::{
    AtUri, Blob, Checker, Cid, Datetime, Did, Format, Handle, Language, Node, Object, Options,
    TypedObject, Validate, json,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

const LIMIT: f64 = 1.3;
/// The rounds in which the two are measured in turn.
const ROUNDS: usize = 41;
/// How long one of them is measured in a round.
const ROUND: Duration = Duration::from_millis(5);

// The types are as the generator writes them.

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Small {
    name: String,
    expires_at: Option<Datetime>,
}

impl Validate for Small {
    fn check(c: &mut Checker, v: Node<'_>) {
        let Some(o) = c.object(v) else { return };
        c.required(o, "name", |c, v| c.string(v).bytes(1..=100).end());
        c.optional_nullable(o, "expiresAt", |c, v| c.format(v, Format::Datetime));
    }
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Author {
    did: Did,
    handle: Handle,
    display_name: Option<String>,
    avatar: Option<String>,
}

impl Validate for Author {
    fn check(c: &mut Checker, v: Node<'_>) {
        let Some(o) = c.object(v) else { return };
        c.required(o, "did", |c, v| c.format(v, Format::Did));
        c.required(o, "handle", |c, v| c.format(v, Format::Handle));
        c.optional(o, "displayName", |c, v| {
            c.string(v).bytes(..=640).graphemes(..=64).end()
        });
        c.optional(o, "avatar", |c, v| c.string(v).format(Format::Uri).end());
    }
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct View {
    uri: AtUri,
    cid: Cid,
    author: Author,
    text: String,
    created_at: Datetime,
    #[serde(default)]
    langs: Vec<Language>,
    reply_count: Option<i64>,
    like_count: Option<i64>,
    pinned: Option<bool>,
}

impl Validate for View {
    fn check(c: &mut Checker, v: Node<'_>) {
        let Some(o) = c.object(v) else { return };
        c.required(o, "uri", |c, v| c.format(v, Format::AtUri));
        c.required(o, "cid", |c, v| c.format(v, Format::Cid));
        c.required(o, "author", Author::check);
        c.required(o, "text", |c, v| {
            c.string(v).bytes(..=3000).graphemes(..=300).end()
        });
        c.required(o, "createdAt", |c, v| c.format(v, Format::Datetime));
        c.optional(o, "langs", |c, v| {
            c.array(v, ..=3, |c, v| c.format(v, Format::Language))
        });
        c.optional(o, "replyCount", |c, v| c.integer(v).end());
        c.optional(o, "likeCount", |c, v| c.integer(v).end());
        c.optional(o, "pinned", Checker::boolean);
    }
}

#[derive(Deserialize, Serialize)]
struct List {
    cursor: Option<String>,
    feed: Vec<View>,
}

impl Validate for List {
    fn check(c: &mut Checker, v: Node<'_>) {
        let Some(o) = c.object(v) else { return };
        c.optional(o, "cursor", Checker::text);
        c.required(o, "feed", |c, v| c.array(v, .., View::check));
    }
}

/// A record, which keeps members that it does not know.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    text: String,
    created_at: Datetime,
    image: Option<Blob>,
    embed: Option<TypedObject>,
    #[serde(flatten, deserialize_with = "extra")]
    extra: Object,
}

/// The members that the schema does not name.
fn extra<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Object, D::Error> {
    let mut members = Object::deserialize(deserializer)?;
    members.remove("$type");
    Ok(members)
}

impl Validate for Record {
    fn check(c: &mut Checker, v: Node<'_>) {
        let Some(o) = c.object(v) else { return };
        c.record_type(o, "com.example.post");
        c.required(o, "text", |c, v| c.string(v).bytes(..=3000).end());
        c.required(o, "createdAt", |c, v| c.format(v, Format::Datetime));
        c.optional(o, "image", |c, v| {
            c.blob(v).accept(&["image/*"]).max_size(1_000_000).end()
        });
        c.optional(o, "embed", |c, v| {
            c.variant(v);
        });
    }
}

#[derive(Deserialize, Serialize)]
struct Deep {
    value: i64,
    next: Option<Box<Self>>,
}

impl Validate for Deep {
    fn check(c: &mut Checker, v: Node<'_>) {
        let Some(o) = c.object(v) else { return };
        c.required(o, "value", |c, v| c.integer(v).range(0..).end());
        c.optional_nullable(o, "next", Self::check);
    }
}

const SMALL: &str = r#"{"name": "laptop", "expiresAt": "2030-01-31T23:59:59.000Z"}"#;
const VIEW: &str = r#"{
    "uri": "at://did:plc:kaaaaaaaaaaaaaaaaaaaaaaa/com.example.post/3kabcdefghij2",
    "cid": "bafyreih5sw74bhtf6qnbtpntboezr4rdu4efqwxpsrvs6d4cqkqo5c3tnm",
    "author": {
        "did": "did:plc:kaaaaaaaaaaaaaaaaaaaaaaa",
        "handle": "alice.example.com",
        "displayName": "Alice",
        "avatar": "https://images.example.com/did:plc:kaaaaaaaaaaaaaaaaaaaaaaa/small.jpeg"
    },
    "text": "A text of some length, as people write them: neither very short nor very long.",
    "createdAt": "2030-01-31T23:59:59.000Z",
    "langs": ["en", "pt-BR"],
    "replyCount": 3,
    "likeCount": 120,
    "pinned": false
}"#;
const RECORD: &str = r#"{
    "$type": "com.example.post",
    "text": "A text of some length, as people write them: neither very short nor very long.",
    "createdAt": "2030-01-31T23:59:59.000Z",
    "image": {
        "$type": "blob",
        "ref": {"$link": "bafkreiccldh766hwcnuxnf2wh6jgzepf2nlu2lvcllt63eww5p6chi4ity"},
        "mimeType": "image/jpeg",
        "size": 120000
    },
    "embed": {"$type": "com.example.other", "items": [1, 2, 3]},
    "more": {"kept": true}
}"#;

/// The seconds of one call, over about [`ROUND`].
fn time(calls: u32, call: &dyn Fn()) -> f64 {
    let start = Instant::now();
    (0..calls).for_each(|_| call());
    start.elapsed().as_secs_f64() / f64::from(calls)
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn compare<T: Validate + DeserializeOwned>(name: &str, text: &str) -> f64 {
    let bytes = text.as_bytes();
    let plain = || {
        drop(black_box(
            serde_json::from_slice::<T>(black_box(bytes)).unwrap(),
        ))
    };
    let checked = || {
        drop(black_box(
            json::decode::<T>("input", black_box(bytes), Options::DEFAULT).unwrap(),
        ))
    };
    let calls = (ROUND.as_secs_f64() / time(10, &plain)).clamp(1.0, 1e6) as u32;
    let mut times = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        times.0.push(time(calls, &plain));
        times.1.push(time(calls, &checked));
    }
    let ratios = times
        .0
        .iter()
        .zip(&times.1)
        .map(|(plain, checked)| checked / plain);
    let ratio = median(ratios.collect());
    let (plain, checked) = (median(times.0) * 1e6, median(times.1) * 1e6);
    println!(
        "{name:<14} {:>8} bytes: plain {plain:9.2} us, checked {checked:9.2} us, ratio {ratio:.2}",
        text.len()
    );
    ratio
}

fn main() {
    let list = |count: usize| {
        format!(
            r#"{{"cursor": "x", "feed": [{}]}}"#,
            vec![VIEW; count].join(", ")
        )
    };
    let deep = (0..60).fold("null".to_owned(), |next, value| {
        format!(r#"{{"value": {value}, "next": {next}}}"#)
    });
    let ratios = [
        compare::<Small>("small", SMALL),
        compare::<View>("view", VIEW),
        compare::<Record>("record", RECORD),
        compare::<List>("list of 50", &list(50)),
        compare::<List>("list of 5000", &list(5000)),
        compare::<Deep>("deep", &deep),
    ];
    let worst = ratios.into_iter().fold(0.0, f64::max);
    println!("the largest ratio is {worst:.2}; the limit is {LIMIT}");
}
