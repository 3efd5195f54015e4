//! Checks: every kind of constraint, with the place and the words of each violation.
#![allow(clippy::unwrap_used, missing_docs)]

use lexicon_runtime::{Checker, Format, Members, Node, Value, json};
use serde_json::json;

/// Runs a check and gives its violations, one a line.
fn found(value: &Value, check: impl FnMut(&mut Checker, Node<'_>)) -> String {
    match Checker::run("input", value, check) {
        Ok(()) => String::new(),
        Err(violations) => violations.to_string(),
    }
}

#[test]
fn strings() {
    let family = "\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}";
    for (value, expected) in [
        (json!("abc"), ""),
        (json!("\u{e9}\u{e9}"), ""),
        (
            json!("ab"),
            "input: expected 3 to 6 bytes of UTF-8, found 2",
        ),
        (
            json!("\u{e9}\u{e9}\u{e9}\u{e9}"),
            "input: expected 3 to 6 bytes of UTF-8, found 8",
        ),
        (json!(3), "input: expected a string, found a number"),
        (json!(null), "input: expected a string, found null"),
        (
            json!(1.5),
            "input: expected a string, found a number that is no integer",
        ),
    ] {
        assert_eq!(
            found(&value, |c, v| c.string(v).bytes(3..=6).end()),
            expected,
            "{value}"
        );
    }
    for (text, expected) in [
        (family.repeat(2), ""),
        (
            family.repeat(3),
            "input: expected at most 2 graphemes, found 3",
        ),
        ("ab".to_owned(), ""),
        (
            "abc".to_owned(),
            "input: expected at most 2 graphemes, found 3",
        ),
    ] {
        assert_eq!(
            found(&json!(text), |c, v| c.string(v).graphemes(..=2).end()),
            expected
        );
    }
    let minimum = |text: &str| found(&json!(text), |c, v| c.string(v).graphemes(2..).end());
    assert_eq!(
        minimum(family),
        "input: expected at least 2 graphemes, found 1"
    );
    assert_eq!(minimum("ab"), "");
    let one_of = |text: &str| found(&json!(text), |c, v| c.string(v).one_of(&["a", "b"]).end());
    assert_eq!(one_of("b"), "");
    assert_eq!(one_of("secret"), "input: expected one of \"a\", \"b\"");
    let format = |text: &str| found(&json!(text), |c, v| c.format(v, Format::Did));
    assert_eq!(format("did:plc:abc"), "");
    assert!(format("secret").starts_with("input: expected a DID such as"));
    assert!(!format("secret").contains("secret"));
}

/// The README names this version.
#[test]
fn unicode_version() {
    assert_eq!(lexicon_runtime::check::UNICODE_VERSION, (17, 0, 0));
    let readme = include_str!("../README.md");
    assert!(readme.contains("Unicode 17.0"));
}

#[test]
fn integers_and_booleans() {
    let largest = (1_i64 << 53) - 1;
    for (value, expected) in [
        (json!(largest), ""),
        (json!(-largest), ""),
        (
            json!(largest + 1),
            "input: expected an integer within 53 bits",
        ),
        (
            json!(-largest - 1),
            "input: expected an integer within 53 bits",
        ),
        (json!(u64::MAX), "input: expected an integer within 53 bits"),
        (
            json!(1.5),
            "input: expected an integer, found a number that is no integer",
        ),
        // The value counts, not its spelling.
        (json!(1.0), ""),
        (json!(-0.0), ""),
        (json!(1e3), ""),
        (json!(1e300), "input: expected an integer within 53 bits"),
        (json!("1"), "input: expected an integer, found a string"),
        (json!(true), "input: expected an integer, found a boolean"),
    ] {
        assert_eq!(
            found(&value, |c, v| c.integer(v).end()),
            expected,
            "{value}"
        );
    }
    let range = |n: i64| found(&json!(n), |c, v| c.integer(v).range(-1..=1).end());
    assert_eq!((range(-1), range(1)), (String::new(), String::new()));
    assert_eq!(range(2), "input: expected -1 to 1");
    let at_least = found(&json!(-1), |c, v| c.integer(v).range(0..).end());
    assert_eq!(at_least, "input: expected at least 0");
    let one_of = found(&json!(4), |c, v| c.integer(v).one_of(&[1, 2]).end());
    assert_eq!(one_of, "input: expected one of 1, 2");
    assert_eq!(
        found(&json!(1), Checker::boolean),
        "input: expected a boolean, found a number"
    );
    assert_eq!(
        found(&json!(false), |c, v| c.boolean_const(v, true)),
        "input: expected true"
    );
}

/// Item 3: null, absent and required.
#[test]
fn the_four_combinations_of_required_and_null() {
    type Member = fn(&mut Checker, Members<'_>);
    let required: Member = |c, o| c.required(o, "x", Checker::text);
    let optional: Member = |c, o| c.optional(o, "x", Checker::text);
    let required_nullable: Member = |c, o| c.required_nullable(o, "x", Checker::text);
    let optional_nullable: Member = |c, o| c.optional_nullable(o, "x", Checker::text);
    let (missing, null) = (json!({}), json!({ "x": null }));
    for (member, on_missing, on_null) in [
        (
            required,
            "input/x: required, but missing",
            "input/x: required, found null",
        ),
        (
            optional,
            "",
            "input/x: null is not allowed here: leave the field out",
        ),
        (required_nullable, "input/x: required, but missing", ""),
        (optional_nullable, "", ""),
    ] {
        let check = |value: &Value| found(value, |c, v| member(c, v.as_object().unwrap()));
        assert_eq!(check(&missing), on_missing);
        assert_eq!(check(&null), on_null);
        assert_eq!(check(&json!({ "x": "text" })), "");
        assert_eq!(
            check(&json!({ "x": 1 })),
            "input/x: expected a string, found a number"
        );
    }
}

#[test]
fn places_lead_through_arrays_and_odd_names() {
    let value = json!({ "items": [["a"], ["b", 3]] });
    let message = found(&value, |c, v| {
        let object = c.object(v).unwrap();
        c.required(object, "items", |c, v| {
            c.array(v, ..=2, |c, v| c.array(v, 1.., Checker::text));
        });
    });
    assert_eq!(
        message,
        "input/items/1/1: expected a string, found a number"
    );
    let message = found(&json!({}), |c, v| {
        let object = c.object(v).unwrap();
        c.required(object, "a/b~c", Checker::text);
    });
    assert_eq!(message, "input/a~1b~0c: required, but missing");
    let length = found(&json!([1, 2, 3]), |c, v| c.array(v, ..=2, |_, _| {}));
    assert_eq!(length, "input: expected at most 2 elements, found 3");
}

#[test]
fn a_deep_place_is_shortened() {
    let (zero, shown) = ("/0", "/0/0/0/0/0/0/0/0");
    let place = |text: &str| {
        let violations = json::parse("input", text.as_bytes()).unwrap_err();
        violations.iter().next().unwrap().place.clone()
    };
    let expected = format!("input{}/...{shown}", &shown[zero.len()..]);
    for levels in [100, 5000] {
        assert_eq!(place(&"[".repeat(levels)), expected, "{levels}");
    }
    let names = format!("{{\"{}\":", "n".repeat(1000)).repeat(200);
    assert!(place(&names).len() < 2000);
    // The steps of a shallow place are all there.
    assert_eq!(place(&"[".repeat(15)), format!("input{}", zero.repeat(15)));
}

#[test]
fn violations_are_bounded() {
    let value = json!(vec![1; 1000]);
    let violations = Checker::run("input", &value, |c, v| c.array(v, .., Checker::text));
    let violations = violations.unwrap_err();
    assert_eq!((violations.iter().count(), violations.more()), (32, 968));
    assert!(violations.to_string().ends_with("; and 968 more"));
}

/// Item 5: what a union accepts.
#[test]
fn unions() {
    let check = |value: Value| {
        found(&value, |c, v| match c.variant(v) {
            Some("com.example.a") => c.required(v.as_object().unwrap(), "x", Checker::text),
            Some("com.example.open") | None => {}
            Some(_) => c.not_in_union(&["com.example.a", "com.example.open"]),
        })
    };
    assert_eq!(check(json!({ "$type": "com.example.a", "x": "" })), "");
    assert_eq!(check(json!({ "$type": "com.example.a#main", "x": "" })), "");
    assert_eq!(
        check(json!({ "$type": "com.example.a" })),
        "input/x: required, but missing"
    );
    assert_eq!(
        check(json!({ "$type": "com.example.b" })),
        "input/$type: expected one of com.example.a, com.example.open"
    );
    assert_eq!(check(json!({})), "input/$type: required, but missing");
    assert_eq!(
        check(json!("x")),
        "input: expected an object, found a string"
    );
    assert!(!check(json!({ "$type": 1 })).is_empty());
    assert!(!check(json!({ "$type": "" })).is_empty());
    for name in [
        "com.example.b",
        "com.example.b#part",
        "com.example.b#part_2-x",
    ] {
        let closed = "input/$type: expected one of com.example.a, com.example.open";
        assert_eq!(check(json!({ "$type": name })), closed, "{name}");
    }
    for name in [
        "blob",
        "part",
        "#part",
        "a.b#part",
        "com.example.b#",
        "com.example.b#a#b",
        "com.example.b#a b",
    ] {
        let message = check(json!({ "$type": name }));
        let expected = "input/$type: expected an NSID, or an NSID with a fragment";
        assert!(message.starts_with(expected), "{name}: {message}");
    }
}

#[test]
fn strict_json() {
    let number = |text: &str| json::parse("input", text.as_bytes()).unwrap();
    for (text, expected) in [
        ("123.0", json!(123)),
        ("1e3", json!(1000)),
        // All digits count.
        ("4035180080737794.0", json!(4_035_180_080_737_794_i64)),
        ("2174473559434613.0", json!(2_174_473_559_434_613_i64)),
        ("9007199254740991.0", json!(9_007_199_254_740_991_i64)),
        ("-0", json!(0)),
        ("1.5", json!(1.5)),
    ] {
        assert_eq!(number(text), expected, "{text}");
    }
    for (text, expected) in [
        (
            r#"{"a":{"b":1,"b":2}}"#,
            "input/a/b: the field is given twice at line 1 column 15",
        ),
        (
            r#"{"a":[1,{"c":1,"c":1}]}"#,
            "input/a/1/c: the field is given twice at line 1 column 18",
        ),
        ("", "input: expected JSON, found nothing"),
        (
            "{} {}",
            "input: malformed JSON: trailing characters at line 1 column 4",
        ),
    ] {
        let error = json::parse("input", text.as_bytes())
            .unwrap_err()
            .to_string();
        assert_eq!(error, expected);
    }
    let deep = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
    assert!(json::parse("input", deep(127).as_bytes()).is_ok());
    assert!(json::parse("input", deep(128).as_bytes()).is_err());
    assert!(json::parse("input", deep(1_000_000).as_bytes()).is_err());
}
