//! The data model: bytes, links and blobs, what no schema describes, and what options tolerate.
#![allow(clippy::unwrap_used, missing_docs)]

use std::io::{Write, stderr};
use std::path::Path;

use lexicon_runtime::{Blob, Bytes, Checker, Format, Node, Options, Value};
use serde_json::json;

/// Runs a check and gives its violations, one a line.
fn found(value: &Value, check: impl FnMut(&mut Checker, Node<'_>)) -> String {
    match Checker::run("input", value, check) {
        Ok(()) => String::new(),
        Err(violations) => violations.to_string(),
    }
}

#[test]
fn bytes_and_links() {
    for (value, legal) in [
        (json!({ "$bytes": "AQID" }), true),
        (json!({ "$bytes": "AQI" }), true),
        (json!({ "$bytes": "AQI=" }), true),
        (json!({ "$bytes": "AQJ" }), true),
        (json!({ "$bytes": "" }), true),
        (json!({ "$bytes": "AQID", "x": 1 }), false),
        (json!({ "$bytes": "A_" }), false),
        (json!("AQID"), false),
    ] {
        let message = found(&value, |c, v| c.bytes(v).length(..=3).end());
        assert_eq!(message.is_empty(), legal, "{value}: {message}");
    }
    let long = found(&json!({ "$bytes": "AQIDBA" }), |c, v| {
        c.bytes(v).length(..=3).end()
    });
    assert_eq!(long, "input: expected at most 3 bytes, found 4");

    for (cid, expected) in [
        (RAW, ""),
        (DAG_CBOR, ""),
        ("x", "it is in lower-case base32"),
        (&RAW.to_uppercase(), "it is in lower-case base32"),
        (
            "zdpuAnpRmQZE236htyL2baexx8UuTCEkXGFySe7jFiQBgaZ2Z",
            "it is in lower-case base32",
        ),
        // dag-pb, an identity hash, a hash that is cut.
        (
            "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi",
            "its codec is raw or dag-cbor",
        ),
        ("bafkqaaa", "its hash is one of sha-256"),
        (&RAW[..40], "its text is not of its base"),
    ] {
        let message = found(&json!({ "$link": cid }), Checker::link);
        let expected = match expected {
            "" => "".to_owned(),
            reason => format!("input: expected a link: {{\"$link\": CID}}: {reason}"),
        };
        assert!(message.starts_with(&expected), "{cid}: {message}");
        assert_eq!(message.is_empty(), expected.is_empty(), "{cid}: {message}");
    }
    for value in [
        json!(RAW),
        json!({ "$link": RAW, "x": 1 }),
        json!({ "$link": 1 }),
    ] {
        assert_eq!(
            found(&value, Checker::link),
            "input: expected a link: {\"$link\": CID}"
        );
    }
}

const RAW: &str = "bafkreiccldh766hwcnuxnf2wh6jgzepf2nlu2lvcllt63eww5p6chi4ity";
const DAG_CBOR: &str = "bafyreih5sw74bhtf6qnbtpntboezr4rdu4efqwxpsrvs6d4cqkqo5c3tnm";

#[test]
fn blobs() {
    let blob = |mime: &str, size: Value| json!({ "$type": "blob", "ref": { "$link": RAW }, "mimeType": mime, "size": size });
    for (value, expected) in [
        (blob("image/png", json!(10)), ""),
        (blob("IMAGE/PNG", json!(10.0)), ""),
        (json!({ "cid": DAG_CBOR, "mimeType": "image/png" }), ""),
        (
            blob("text/plain", json!(10)),
            "input/mimeType: expected image/*",
        ),
        (
            blob("image/png", json!(11)),
            "input/size: expected at most 10 bytes",
        ),
        (
            blob("image/png", json!(-1)),
            "input/size: expected at least 1",
        ),
        (
            blob("image/png", json!(0)),
            "input/size: expected at least 1",
        ),
        (
            blob("image/png", json!("1")),
            "input/size: expected an integer, found a string",
        ),
        (
            blob("", json!(1)),
            "input/mimeType: expected at least 1 byte of UTF-8, found 0",
        ),
        (
            json!({ "$type": "blob", "ref": { "$link": DAG_CBOR }, "mimeType": "image/png", "size": 1 }),
            "input/ref: expected a link: {\"$link\": CID}: its codec is raw",
        ),
        (
            json!({ "$type": "Blob", "ref": { "$link": RAW }, "mimeType": "image/png", "size": 1 }),
            "input/$type: expected \"blob\"",
        ),
        (
            json!({ "$type": "blob" }),
            "input/ref: required, but missing; input/size: required, but missing; \
             input/mimeType: required, but missing",
        ),
        (
            json!({}),
            "input/$type: required, but missing; input/mimeType: required, but missing",
        ),
        (
            json!({ "cid": "x", "mimeType": "image/png" }),
            "input/cid: expected a CID: it is shorter than 8 bytes",
        ),
        (json!("x"), "input: expected a blob, found a string"),
    ] {
        let message = found(&value, |c, v| {
            c.blob(v).accept(&["image/*"]).max_size(10).end()
        });
        assert_eq!(message, expected, "{value}");
    }
    let one = found(&blob("a/b", json!(2)), |c, v| c.blob(v).max_size(1).end());
    assert_eq!(one, "input/size: expected at most 1 byte");
}

#[test]
fn unknown_is_an_object_of_its_own_kind() {
    let blob = json!({ "$type": "blob", "ref": { "$link": RAW }, "mimeType": "x/y", "size": 1 });
    for (value, legal) in [
        (json!({ "any": 1 }), true),
        (json!({ "$type": "com.example.thing" }), true),
        (json!({ "$bytes": "" }), false),
        (json!({ "$link": RAW }), false),
        (blob, false),
        (json!([]), false),
    ] {
        assert_eq!(found(&value, Checker::unknown).is_empty(), legal, "{value}");
    }
}

/// The data model holds where no schema describes a value, and a place is reported once.
#[test]
fn data_model() {
    let check = |value: &Value| {
        found(value, |c, v| {
            let object = c.object(v).unwrap();
            c.optional(object, "n", |c, v| c.integer(v).end());
            c.optional(object, "any", Checker::unknown);
        })
    };
    for value in [
        json!({ "any": { "n": 1.0, "a": [null, true, "x", -3, { "$type": "x", "$other": 1 }] } }),
        json!({ "any": { "n": i64::MIN, "b": { "$bytes": "AQI" }, "l": { "$link": RAW } } }),
        json!({ "more": { "$type": "blob", "ref": { "$link": RAW }, "mimeType": "x", "size": 1, "other": [] } }),
        json!({ "any": { "cid": RAW, "mimeType": "x/y" } }),
    ] {
        assert_eq!(check(&value), "", "{value}");
    }
    for (value, expected) in [
        (
            json!({ "n": 1.5 }),
            "input/n: expected an integer, found a number that is no integer",
        ),
        (
            json!({ "any": { "a": [1, 1.5] } }),
            "input/any/a/1: expected an integer, found a number that is no integer",
        ),
        (
            json!({ "more": 1.5 }),
            "input/more: expected an integer, found a number that is no integer",
        ),
        (
            json!({ "more": u64::MAX }),
            "input/more: expected an integer within 64 bits",
        ),
        (
            json!({ "more": 1e30 }),
            "input/more: expected an integer within 64 bits",
        ),
        (
            json!({ "any": { "a/b": { "$type": 5 } } }),
            "input/any/a~1b/$type: expected the name of a type, found a number",
        ),
        (
            json!({ "$type": null }),
            "input/$type: expected the name of a type, found null",
        ),
        (
            json!({ "$type": "" }),
            "input/$type: expected the name of a type, found an empty text",
        ),
        (
            json!({ "more": { "$bytes": [1] } }),
            "input/more: expected bytes: {\"$bytes\": base64 text}",
        ),
        (
            json!({ "more": { "$bytes": "AQI", "x": 1.5 } }),
            "input/more: expected bytes: {\"$bytes\": base64 text}",
        ),
        (
            json!({ "more": [{ "$link": 1 }] }),
            "input/more/0: expected a link: {\"$link\": CID}",
        ),
        (
            json!({ "more": { "$type": "blob", "ref": { "$link": RAW }, "mimeType": "x/y", "size": "1" } }),
            "input/more/size: expected an integer, found a string",
        ),
        (
            json!({ "any": { "$link": "x" } }),
            "input/any: expected an object of any kind, found a link",
        ),
    ] {
        assert_eq!(check(&value), expected, "{value}");
    }
}

/// What options change, for a schema of one member and for what it does not describe.
#[test]
fn options() {
    let check = |options: Options, value: &Value| {
        let result = Checker::new("input")
            .with(options)
            .check(&value.into(), |c, v| {
                let object = c.object(v).unwrap();
                c.optional(object, "at", |c, v| c.format(v, Format::Datetime));
                c.optional(object, "blob", |c, v| c.blob(v).end());
                c.optional(object, "kind", |c, v| {
                    c.variant(v);
                });
            });
        result.map_err(|violations| violations.to_string())
    };
    let mut lenient = Options::DEFAULT;
    lenient.lenient_datetimes = true;
    let mut write = Options::DEFAULT;
    write.write = true;
    let any_json = json!({ "more": [1.5, { "$type": 5 }, { "$bytes": 1 }] });
    assert!(check(Options::DEFAULT, &any_json).is_err());
    assert_eq!(check(Options::ANY_JSON, &any_json), Ok(()));

    for at in [
        "2023-01-31T23:59:59",
        "2023-01-31T23:59:59.123",
        "2023-01-31t23:59:59z",
        "2023-01-31 23:59:59+01:00",
        "2023-01-31T23:59:59-00:00",
        "2016-12-31T23:59:60Z",
    ] {
        let value = json!({ "at": at });
        assert!(check(Options::DEFAULT, &value).is_err(), "{at}");
        assert_eq!(check(lenient, &value), Ok(()), "{at}");
    }
    for at in [
        "2023-01-31",
        "2023-01-31T23:59",
        "2023-02-29T00:00:00",
        "2023-01-31T23:59:59Zx",
        "x",
        "",
    ] {
        assert!(check(lenient, &json!({ "at": at })).is_err(), "{at}");
    }

    let old = json!({ "cid": RAW, "mimeType": "x/y" });
    let today = "expected a blob in today's form: {cid, mimeType} is read and never written";
    for (value, expected) in [
        (json!({ "blob": old }), format!("input/blob: {today}")),
        (json!({ "more": [old] }), format!("input/more/0: {today}")),
        (
            json!({ "kind": { "$type": "com.example.a#main" } }),
            "input/kind/$type: `#main` is never written in a `$type`".to_owned(),
        ),
    ] {
        assert_eq!(check(Options::DEFAULT, &value), Ok(()), "{value}");
        assert_eq!(check(write, &value), Err(expected), "{value}");
    }
}

/// What is read comes back as it was: a blob in the old form has no size, and `$bytes` no padding.
#[test]
fn round_trips() {
    let today = json!({ "$type": "blob", "ref": { "$link": RAW }, "mimeType": "x/y", "size": 1 });
    let old = json!({ "cid": RAW, "mimeType": "x/y" });
    for value in [&today, &old] {
        let blob: Blob = serde_json::from_value(value.clone()).unwrap();
        assert_eq!(&serde_json::to_value(blob).unwrap(), value);
    }
    // Some writers put -1 where the size is not known: it is read, and not written.
    let mut unsized_blob = today;
    unsized_blob["size"] = json!(-1);
    let blob: Blob = serde_json::from_value(unsized_blob).unwrap();
    assert_eq!(blob.size, None);
    assert_eq!(serde_json::to_value(blob).unwrap(), old);

    let bytes: Bytes = serde_json::from_value(json!({ "$bytes": "AQI=" })).unwrap();
    assert_eq!(bytes.0, [1, 2]);
    assert_eq!(
        serde_json::to_value(bytes).unwrap(),
        json!({ "$bytes": "AQI" })
    );
    for value in [
        json!({ "$bytes": "A_" }),
        json!({ "$bytes": "AQI", "x": 1 }),
        json!({}),
    ] {
        assert!(serde_json::from_value::<Bytes>(value).is_err());
    }
}

/// The official vectors, from the folder that `COCORE_INTEROP` names, if it has those of the data model.
#[test]
fn interop_vectors() {
    let dir = std::env::var_os("COCORE_INTEROP").map(|dir| Path::new(&dir).join("data-model"));
    let Some(dir) = dir.filter(|dir| dir.is_dir()) else {
        // Tests' own output is captured, except what is written in this way.
        let _ = writeln!(
            stderr(),
            "skipped: COCORE_INTEROP names no folder with vectors of the data model"
        );
        return;
    };
    for (file, valid, least) in [
        ("data-model-valid.json", true, 5),
        ("data-model-invalid.json", false, 12),
    ] {
        let text = std::fs::read(dir.join(file)).unwrap();
        let vectors: Vec<Value> = serde_json::from_slice(&text).unwrap();
        assert!(vectors.len() >= least, "{file}");
        for vector in vectors {
            let message = found(&vector["json"], Checker::unknown);
            assert_eq!(message.is_empty(), valid, "{vector}: {message}");
        }
    }
}
