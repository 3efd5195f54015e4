//! Query strings: the values of declared parameters, and every violation in one answer.
#![allow(clippy::unwrap_used, missing_docs)]

use lexicon_runtime::check::MAX_VIOLATIONS;
use lexicon_runtime::{Checker, Node, Object, Param, Validate, Value, query};
use serde::{Deserialize, Serialize};
use serde_json::json;

#[test]
fn parameters() {
    let declared = [
        Param::string("text"),
        Param::boolean("flag"),
        Param::integer("number"),
        Param::integers("many"),
    ];
    for (text, expected) in [
        ("", Ok(json!({}))),
        ("&&", Ok(json!({}))),
        ("text=a+b%20c%C3%A9", Ok(json!({ "text": "a b c\u{e9}" }))),
        ("text", Ok(json!({ "text": "" }))),
        ("t%65xt=x", Ok(json!({ "text": "x" }))),
        (
            "flag=true&number=-12",
            Ok(json!({ "flag": true, "number": -12 })),
        ),
        ("many=1&other=x&many=2", Ok(json!({ "many": [1, 2] }))),
        ("other=1&other=2&%ff=%ff", Ok(json!({}))),
        (
            "text=a&text=b",
            Err("params/text: expected one value, found several"),
        ),
        (
            "text=%ff",
            Err("params/text: expected percent-encoded UTF-8"),
        ),
        ("flag=1", Err("params/flag: expected true or false")),
        ("flag=TRUE", Err("params/flag: expected true or false")),
        (
            "number=+1",
            Err("params/number: expected an integer within 53 bits"),
        ),
        (
            "number=%2B1",
            Err("params/number: expected an integer within 53 bits"),
        ),
        (
            "number=1.0",
            Err("params/number: expected an integer within 53 bits"),
        ),
        (
            "number=",
            Err("params/number: expected an integer within 53 bits"),
        ),
        (
            "number=-",
            Err("params/number: expected an integer within 53 bits"),
        ),
        (
            "number=99999999999999999999",
            Err("params/number: expected an integer within 53 bits"),
        ),
        (
            "many=1&many=x&text=%ff&many=2&many=%ff",
            Err("params/many/1: expected an integer within 53 bits; \
                 params/text: expected percent-encoded UTF-8; \
                 params/many/3: expected percent-encoded UTF-8"),
        ),
    ] {
        let found = query::decode::<Object>(&declared, text).map_err(|error| error.to_string());
        let found = found.map(Value::Object);
        assert_eq!(found, expected.map_err(str::to_owned), "{text}");
    }
}

/// The parameters `place` (required), `days` (1 to 14), `tags` (at most two) and `ids` (each at least 1).
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Params {
    place: String,
    days: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    tags: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ids: Option<Vec<i64>>,
}

const DECLARED: [Param; 4] = [
    Param::string("place"),
    Param::integer("days"),
    Param::strings("tags"),
    Param::integers("ids"),
];

impl Validate for Params {
    fn check(c: &mut Checker, v: Node<'_>) {
        let Some(object) = c.object(v) else { return };
        c.required(object, "place", |c, v| c.string(v).bytes(1..=5).end());
        c.required(object, "days", |c, v| c.integer(v).range(1..=14).end());
        c.optional(object, "tags", |c, v| c.array(v, ..=2, Checker::text));
        let id = |c: &mut Checker, v: Node<'_>| c.integer(v).range(1..).end();
        c.optional(object, "ids", |c, v| c.array(v, .., id));
    }
}

#[test]
fn every_bad_parameter_is_reported_once() {
    for (text, expected) in [
        (
            "",
            "params/place: required, but missing; params/days: required, but missing",
        ),
        (
            "days=x&place=Kathmandu&tags=a&tags=b&tags=c",
            "params/days: expected an integer within 53 bits; \
             params/place: expected 1 to 5 bytes of UTF-8, found 9; \
             params/tags: expected at most 2 elements, found 3",
        ),
        (
            "days=1&days=2&place=%ff&place=%ff",
            "params/days: expected one value, found several; \
             params/place: expected percent-encoded UTF-8",
        ),
        (
            "days=1&place=Oslo&ids=1&ids=x&ids=3&ids=0&tags=%ff&tags=b&tags=c",
            "params/ids/1: expected an integer within 53 bits; \
             params/tags/0: expected percent-encoded UTF-8; \
             params/tags: expected at most 2 elements, found 3; \
             params/ids/3: expected at least 1",
        ),
    ] {
        let found = query::decode::<Params>(&DECLARED, text).unwrap_err();
        assert_eq!(found.to_string(), expected, "{text}");
    }
}

#[test]
fn violations_beyond_the_listed_ones_are_counted_once() {
    let text = format!("days=15{}{}", "&ids=x".repeat(40), "&ids=0".repeat(5));
    let found = query::decode::<Params>(&DECLARED, &text).unwrap_err();
    assert_eq!(found.iter().count(), MAX_VIOLATIONS);
    // `days` is too large, and `place` is missing.
    assert_eq!(found.iter().count() + found.more(), 40 + 5 + 2);
}

#[test]
fn what_is_written_is_read_again() {
    let params = Params {
        place: "\u{e5} &=".to_owned(),
        days: 14,
        tags: Some(vec!["a+b".to_owned(), String::new()]),
        ids: Some(vec![1, 2]),
    };
    let text = query::encode(&params).unwrap();
    assert_eq!(
        text,
        "days=14&ids=1&ids=2&place=%C3%A5%20%26%3D&tags=a%2Bb&tags="
    );
    assert_eq!(query::decode::<Params>(&DECLARED, &text).unwrap(), params);
    assert_eq!(query::encode(&json!({})).unwrap(), "");
    let one = "expected a string, an integer or a boolean";
    for (bad, expected) in [
        (json!(1), "params: expected an object".to_owned()),
        (json!({ "a": {} }), format!("params/a: {one}")),
        (
            json!({ "a/b": ["x", null], "c": 0.5 }),
            format!("params/a~1b/1: {one}; params/c: {one}"),
        ),
    ] {
        let violations = query::encode(&bad).unwrap_err();
        assert_eq!(violations.to_string(), expected, "{bad}");
    }
}
