//! Types of bodies as the generator writes them, a valid body of each, and what has to hold for any bytes.
#![allow(missing_docs, unreachable_pub)]

use std::fmt::Debug;

use lexicon_runtime::{self as rt, Options, Validate, Violation, Violations, json};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

const NSID: &str = "com.example.post";

rt::object! {
    #[derive(Clone, Debug, PartialEq)]
    pub struct Author {
        pub did: rt::Did = required("did", |c, v| c.format(v, rt::Format::Did)),
        pub handle: rt::Handle = required("handle", |c, v| c.format(v, rt::Format::Handle)),
        pub avatar: Option<rt::Uri> = optional("avatar", |c, v| c.format(v, rt::Format::Uri)),
    }
    fn new(did: rt::Did, handle: rt::Handle);
}

rt::object! {
    #[derive(Clone, Debug, PartialEq)]
    pub struct View {
        pub uri: rt::AtUri = required("uri", |c, v| c.format(v, rt::Format::AtUri)),
        pub cid: rt::Cid = required("cid", |c, v| c.format(v, rt::Format::Cid)),
        pub author: Author = required("author", Author::check),
        pub text: String = required("text", |c, v| c.string(v).graphemes(..=30).end()),
        pub created_at: rt::Datetime =
            required("createdAt", |c, v| c.format(v, rt::Format::Datetime)),
        pub langs: Option<Vec<rt::Language>> = optional("langs", |c, v| {
            c.array(v, ..=3, |c, v| c.format(v, rt::Format::Language))
        }),
        pub like_count: Option<i64> = optional("likeCount", |c, v| c.integer(v).range(0..).end()),
        pub pinned: Option<bool> = tolerant("pinned", rt::Checker::boolean),
    }
    fn new(
        uri: rt::AtUri, cid: rt::Cid, author: Author, text: impl Into<String>, created_at: rt::Datetime,
    );
}

rt::union! {
    #[derive(Clone, Debug, PartialEq)]
    pub enum Embed {
        Author(Author) = "com.example.defs#author",
        Post(Box<Post>) = "com.example.post",
        ..
    }
}

rt::object! {
    #[derive(Clone, Debug, PartialEq)]
    pub struct Post {
        pub text: String = required("text", |c, v| c.string(v).bytes(..=100).end()),
        pub image: Option<rt::Blob> = optional("image", |c, v| {
            c.blob(v).accept(&["image/*"]).max_size(1_000_000).end()
        }),
        pub old_image: Option<rt::Blob> = optional("oldImage", |c, v| c.blob(v).end()),
        pub link: Option<rt::CidLink> = optional("link", rt::Checker::link),
        pub bytes: Option<rt::Bytes> = optional("bytes", |c, v| c.bytes(v).length(..=5).end()),
        pub embed: Option<Embed> = optional("embed", Embed::check),
        pub any: Option<rt::UnknownObject> = optional("any", rt::Checker::unknown),
        pub extra: rt::Object = extra,
    }
    key "tid";
    fn new(text: impl Into<String>);
}

/// The same type for serde alone.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct PlainPost {
    text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    image: Option<rt::Blob>,
    #[serde(skip_serializing_if = "Option::is_none")]
    old_image: Option<rt::Blob>,
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<rt::CidLink>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<rt::Bytes>,
    #[serde(skip_serializing_if = "Option::is_none")]
    any: Option<rt::UnknownObject>,
    #[serde(flatten)]
    extra: rt::Object,
}

pub const VIEW: &str = include_str!("../bodies/view.json");

pub const POST: &str = include_str!("../bodies/post.json");

/// Whatever the bytes are: the two ways to read a body find the same, and what was read is what serde reads.
pub fn agree(bytes: &[u8]) {
    for options in [Options::DEFAULT, Options::ANY_JSON] {
        both_ways::<View>(bytes, options);
        both_ways::<Post>(bytes, options);
    }
    // A `Value` has `3.0` as the integer 3, which serde does not read from a text.
    if let (Ok(post), Ok(value)) = (
        json::decode::<Post>("input", bytes, Options::DEFAULT),
        json::parse("input", bytes),
    ) {
        let plain = serde_json::from_value::<PlainPost>(value).ok();
        let plain = plain.and_then(|plain| serde_json::to_value(plain).ok());
        assert_eq!(serde_json::to_value(post).ok(), plain);
    }
}

/// A text is read without a `Value`, unless it is no strict JSON.
fn both_ways<T: Validate + DeserializeOwned + Debug + PartialEq>(bytes: &[u8], options: Options) {
    let decoded = json::decode::<T>("input", bytes, options);
    let value: Result<Value, _> = json::parse("input", bytes);
    let by_value = value.and_then(|value| json::from_value::<T>("input", &value, options));
    assert_eq!(decoded.map_err(sorted), by_value.map_err(sorted));
}

/// The members of a `Value` are in the order of their names, and so is what is found in those.
fn sorted(violations: Violations) -> Vec<Violation> {
    let mut list: Vec<_> = violations.iter().cloned().collect();
    list.sort_by(|a, b| a.place.cmp(&b.place));
    list
}
