//! Types that are declared by tables: what they read, what they write, and what their checks find.
#![allow(clippy::unwrap_used, missing_docs)]

use lexicon_runtime::{self as rt, ErrorBody, MethodError, Record as _, json};
use serde_json::{Value, json};

pub const NSID: &str = "com.example.post";

rt::object! {
    /// One member of each kind.
    #[derive(Clone, Debug, PartialEq)]
    pub struct Members {
        pub text: String = required("text", |c, v| c.string(v).bytes(..=5).end()),
        pub r#type: Option<i64> = required_nullable("type", |c, v| c.integer(v).end()),
        pub maybe: Option<Vec<rt::Did>> = optional("maybe", |c, v| c.array(v, ..=2, |c, v| c.format(v, rt::Format::Did))),
        pub both: Option<Option<bool>> = optional_nullable("both", rt::Checker::boolean),
        pub null_too: Option<String> = tolerant("nullToo", rt::Checker::text),
        pub limit: i64 = default("limit" = 50, |c, v| c.integer(v).range(1..=100).end()),
        pub kind: String = constant("kind" = "a".to_owned(), |c, v| c.string(v).one_of(&["a"]).end()),
        pub next: Option<Box<Self>> = optional("next", Members::check),
    }
    fn new(text: impl Into<String>, r#type: Option<i64>);
}

rt::object! {
    /// A record.
    #[derive(Clone, Debug, PartialEq)]
    pub struct Post {
        pub reply: Option<Reply> = optional("reply", Reply::check),
        /// The others.
        pub extra: rt::Object = extra,
    }
    key "tid";
}

rt::object! {
    #[derive(Clone, Debug, PartialEq)]
    pub struct Card {
        pub x: i64 = required("x", |c, v| c.integer(v).end()),
    }
    fn new(x: i64);
}

rt::union! {
    #[derive(Clone, Debug, PartialEq)]
    pub enum Reply {
        Card(Card) = "com.example.defs#card",
        Post(Box<Post>) = "com.example.post",
        Bare(rt::TypedObject) = "com.example.defs#bare",
        ..
    }
}

rt::union! {
    #[derive(Clone, Debug, PartialEq)]
    pub enum Closed {
        Card(Card) = "com.example.defs#card",
    }
}

rt::newtype! {
    #[derive(Clone, Debug, PartialEq)]
    pub struct Names(pub Vec<Names>) = |c, v| c.array(v, ..=1, Names::check);
}

rt::errors! {
    /// Declared errors.
    pub enum GetError {
        /// It is not there.
        NotFound = "NotFound",
    }
}

fn read<T: rt::Validate + serde::de::DeserializeOwned>(value: &Value) -> Result<T, String> {
    json::from_value("value", value, rt::Options::DEFAULT).map_err(|found| found.to_string())
}

/// The value that a type writes of what it reads, with serde and by way of its check.
fn trip<T>(value: &Value) -> Value
where
    T: rt::Validate + serde::Serialize + serde::de::DeserializeOwned + PartialEq + std::fmt::Debug,
{
    let checked: T = read(value).unwrap();
    let text = value.to_string();
    assert_eq!(serde_json::from_str::<T>(&text).unwrap(), checked);
    assert_eq!(serde_json::from_value::<T>(value.clone()).unwrap(), checked);
    serde_json::to_value(&checked).unwrap()
}

#[test]
fn members_are_read_as_they_are_declared() {
    let least = json!({ "text": "a", "type": null, "kind": "a" });
    let mut expected = least.clone();
    expected["limit"] = json!(50);
    assert_eq!(trip::<Members>(&least), expected);
    assert_eq!(read::<Members>(&least).unwrap(), Members::new("a", None));
    let most = json!({
        "text": "a", "type": 3, "maybe": ["did:web:example.com"], "both": null, "nullToo": "b", "limit": 7,
        "kind": "a", "next": expected
    });
    assert_eq!(trip::<Members>(&most), most);
    // An undeclared member is ignored, and one that tolerates null is nothing then.
    let mut more = least;
    more["more"] = json!(1);
    more["nullToo"] = Value::Null;
    assert_eq!(trip::<Members>(&more), expected);
}

#[test]
fn checks_and_shapes_refuse() {
    let base = json!({ "text": "a", "type": null, "kind": "a" });
    for (member, value, violation, shape) in [
        (
            "text",
            Value::Null,
            "value/text: required, found null",
            "text: expected a string",
        ),
        (
            "text",
            json!("abcdef"),
            "value/text: expected at most 5 bytes",
            "",
        ),
        ("kind", json!("b"), "value/kind: expected \"a\"", ""),
        ("maybe", json!(["x"]), "value/maybe/0: expected a DID", ""),
        (
            "maybe",
            json!("x"),
            "value/maybe: expected an array",
            "maybe: expected an array",
        ),
        (
            "both",
            json!(1),
            "value/both: expected a boolean",
            "both: expected a boolean",
        ),
        ("limit", json!(0), "value/limit: expected 1 to 100", ""),
        (
            "limit",
            json!("x"),
            "value/limit: expected an integer",
            "limit: expected an integer",
        ),
        (
            "next",
            json!({}),
            "value/next/text: required, but missing",
            "next: text: expected a value",
        ),
    ] {
        let mut broken = base.clone();
        broken[member] = value;
        let found = read::<Members>(&broken).unwrap_err();
        assert!(found.starts_with(violation), "{broken}: {found}");
        let found = serde_json::from_value::<Members>(broken).map(drop);
        match shape {
            "" => assert!(found.is_ok(), "{found:?}"),
            shape => assert_eq!(found.unwrap_err().to_string(), shape),
        }
    }
    assert!(serde_json::from_str::<Members>("[]").is_err());
    assert!(serde_json::from_str::<Members>("{").is_err());
}

#[test]
fn a_record_writes_its_type_and_keeps_what_it_does_not_know() {
    assert_eq!((Post::NSID, Post::KEY), (NSID, "tid"));
    let post = json!({ "$type": NSID, "later": [1, { "x": null }] });
    assert_eq!(trip::<Post>(&post), post);
    assert_eq!(
        serde_json::to_value(Post::default()).unwrap(),
        json!({ "$type": NSID })
    );
    assert!(read::<Post>(&json!({})).unwrap_err().contains("$type"));
}

#[test]
fn a_union_is_known_by_its_type() {
    for reply in [
        json!({ "$type": "com.example.defs#card", "x": 1 }),
        json!({ "$type": "com.example.defs#bare", "y": 1 }),
        json!({ "$type": "com.example.defs#later", "z": [] }),
        json!({ "$type": NSID, "later": 1, "reply": { "$type": "com.example.defs#card", "x": 2 } }),
    ] {
        let post = json!({ "$type": NSID, "reply": reply });
        assert_eq!(trip::<Post>(&post), post);
    }
    let card = json!({ "$type": "com.example.defs#card", "x": 1 });
    assert_eq!(read::<Reply>(&card).unwrap(), Reply::Card(Card::new(1)));
    assert_eq!(trip::<Closed>(&card), card);
    let broken = json!({ "$type": "com.example.defs#card" });
    assert!(read::<Reply>(&broken).is_err());
    assert!(serde_json::from_value::<Reply>(broken).is_err());
    let other = json!({ "$type": "com.example.defs#later" });
    assert!(
        read::<Closed>(&other)
            .unwrap_err()
            .contains("expected one of com.example.defs#card")
    );
    assert!(serde_json::from_value::<Closed>(other).is_err());
    assert!(serde_json::from_value::<Closed>(json!({ "x": 1 })).is_err());
}

#[test]
fn a_newtype_is_its_value() {
    assert_eq!(trip::<Names>(&json!([[]])), json!([[]]));
    assert!(read::<Names>(&json!([[], []])).is_err());
}

#[test]
fn errors_keep_names_and_messages() {
    assert_eq!(GetError::NAMES, ["NotFound"]);
    for (error, expected) in [
        (
            json!({ "error": "NotFound", "message": "no" }),
            GetError::NotFound(Some("no".to_owned())),
        ),
        (json!({ "error": "NotFound" }), GetError::NotFound(None)),
        (
            json!({ "error": "Later" }),
            GetError::Other(ErrorBody::new("Later", None)),
        ),
    ] {
        let read: GetError = serde_json::from_value(error.clone()).unwrap();
        assert_eq!(read, expected);
        assert_eq!(serde_json::to_value(&read).unwrap(), error);
    }
    assert_eq!(
        GetError::NotFound(Some("no".to_owned())).to_string(),
        "NotFound: no"
    );
}
