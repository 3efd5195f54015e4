//! The time to read and check a body, beside that of plain `serde_json` reading a type with the same fields, without
//! a check.
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

use lexicon_runtime::{Options, Validate, json};
use serde::de::DeserializeOwned;

const LIMIT: f64 = 1.3;
/// The rounds in which the two are measured in turn.
const ROUNDS: usize = 41;
/// How long one of them is measured in a round.
const ROUND: Duration = Duration::from_millis(5);

/// The types as the generator writes them.
mod generated {
    use lexicon_runtime as rt;

    const NSID: &str = "com.example.post";

    rt::object! {
        pub struct Small {
            pub name: String = required("name", |c, v| c.string(v).bytes(1..=100).end()),
            pub expires_at: Option<rt::Datetime> =
                tolerant("expiresAt", |c, v| c.format(v, rt::Format::Datetime)),
        }
        fn new(name: impl Into<String>);
    }
    rt::object! {
        pub struct Author {
            pub did: rt::Did = required("did", |c, v| c.format(v, rt::Format::Did)),
            pub handle: rt::Handle = required("handle", |c, v| c.format(v, rt::Format::Handle)),
            pub display_name: Option<String> =
                optional("displayName", |c, v| c.string(v).bytes(..=640).graphemes(..=64).end()),
            pub avatar: Option<String> =
                optional("avatar", |c, v| c.string(v).format(rt::Format::Uri).end()),
        }
        fn new(did: rt::Did, handle: rt::Handle);
    }
    rt::object! {
        pub struct View {
            pub uri: rt::AtUri = required("uri", |c, v| c.format(v, rt::Format::AtUri)),
            pub cid: rt::Cid = required("cid", |c, v| c.format(v, rt::Format::Cid)),
            pub author: Author = required("author", <Author as rt::Validate>::check),
            pub text: String =
                required("text", |c, v| c.string(v).bytes(..=3000).graphemes(..=300).end()),
            pub created_at: rt::Datetime =
                required("createdAt", |c, v| c.format(v, rt::Format::Datetime)),
            pub langs: Option<Vec<rt::Language>> = optional("langs", |c, v| {
                c.array(v, ..=3, |c, v| c.format(v, rt::Format::Language))
            }),
            pub reply_count: Option<i64> = optional("replyCount", |c, v| c.integer(v).end()),
            pub like_count: Option<i64> = optional("likeCount", |c, v| c.integer(v).end()),
            pub pinned: Option<bool> = optional("pinned", rt::Checker::boolean),
        }
        fn new(
            uri: rt::AtUri, cid: rt::Cid, author: Author, text: impl Into<String>,
            created_at: rt::Datetime,
        );
    }
    rt::object! {
        pub struct List {
            pub cursor: Option<String> = optional("cursor", rt::Checker::text),
            pub feed: Vec<View> =
                required("feed", |c, v| c.array(v, .., <View as rt::Validate>::check)),
        }
        fn new(feed: Vec<View>);
    }
    rt::object! {
        #[derive(Clone)]
        pub struct Record {
            pub text: String = required("text", |c, v| c.string(v).bytes(..=3000).end()),
            pub created_at: rt::Datetime =
                required("createdAt", |c, v| c.format(v, rt::Format::Datetime)),
            pub image: Option<rt::Blob> = optional("image", |c, v| {
                c.blob(v).accept(&["image/*"]).max_size(1_000_000).end()
            }),
            pub embed: Option<rt::TypedObject> = optional("embed", |c, v| {
                c.variant(v);
            }),
            pub extra: rt::Object = extra,
        }
        key "tid";
        fn new(text: impl Into<String>, created_at: rt::Datetime);
    }
    rt::object! {
        pub struct Deep {
            pub value: i64 = required("value", |c, v| c.integer(v).range(0..).end()),
            pub next: Option<Box<Deep>> =
                tolerant("next", <Deep as rt::Validate>::check),
        }
        fn new(value: i64);
    }
}

/// The same types as one writes them for serde alone.
mod plain {
    use lexicon_runtime::{AtUri, Blob, Cid, Datetime, Did, Handle, Language, Object, TypedObject};
    use serde::Deserialize;

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub struct Small {
        name: String,
        expires_at: Option<Datetime>,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub struct Author {
        did: Did,
        handle: Handle,
        display_name: Option<String>,
        avatar: Option<String>,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub struct View {
        uri: AtUri,
        cid: Cid,
        author: Author,
        text: String,
        created_at: Datetime,
        langs: Option<Vec<Language>>,
        reply_count: Option<i64>,
        like_count: Option<i64>,
        pinned: Option<bool>,
    }

    #[derive(Deserialize)]
    pub struct List {
        cursor: Option<String>,
        feed: Vec<View>,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub struct Record {
        text: String,
        created_at: Datetime,
        image: Option<Blob>,
        embed: Option<TypedObject>,
        #[serde(flatten)]
        extra: Object,
    }

    #[derive(Deserialize)]
    pub struct Deep {
        value: i64,
        next: Option<Box<Self>>,
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

fn compare<P: DeserializeOwned, T: Validate + DeserializeOwned>(name: &str, text: &str) -> f64 {
    let bytes = text.as_bytes();
    let plain = || {
        drop(black_box(
            serde_json::from_slice::<P>(black_box(bytes)).unwrap(),
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
        compare::<plain::Small, generated::Small>("small", SMALL),
        compare::<plain::View, generated::View>("view", VIEW),
        compare::<plain::Record, generated::Record>("record", RECORD),
        compare::<plain::List, generated::List>("list of 50", &list(50)),
        compare::<plain::List, generated::List>("list of 5000", &list(5000)),
        compare::<plain::Deep, generated::Deep>("deep", &deep),
    ];
    let worst = ratios.into_iter().fold(0.0, f64::max);
    println!("the largest ratio is {worst:.2}; the limit is {LIMIT}");
}
