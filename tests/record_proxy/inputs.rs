//! Everything about a request is checked before the session is touched.

use std::process::Command;

use serde_json::{Value, json};

use super::world::{CID, GRANTED, OTHER, THING, World, good, input, thing};
use crate::support::pds;

#[test]
fn bad_input_is_rejected_before_the_host_is_asked() {
    let world = World::new(|path, _| good(path));
    let with = |name: &str, member: &str, value: Value| {
        let mut input = input(name);
        input[member] = value;
        (name.to_owned(), input)
    };
    let record = |value: Value| with("createRecord", "record", value);
    let mut deep = json!("end");
    for _ in 0..200 {
        deep = json!([deep]);
    }
    for ((name, input), place) in [
        (
            with("createRecord", "collection", json!("thing")),
            "input/collection",
        ),
        (
            with("createRecord", "collection", json!("com.example.*")),
            "input/collection",
        ),
        (
            with("createRecord", "collection", json!(null)),
            "input/collection",
        ),
        (with("createRecord", "rkey", json!("..")), "input/rkey"),
        (with("putRecord", "rkey", json!("a/b")), "input/rkey"),
        (
            with("putRecord", "rkey", json!("a".repeat(513))),
            "input/rkey",
        ),
        (with("deleteRecord", "rkey", json!("")), "input/rkey"),
        (
            with("deleteRecord", "swapRecord", json!("cid")),
            "input/swapRecord",
        ),
        (
            with("deleteRecord", "swapRecord", json!(null)),
            "input/swapRecord",
        ),
        (record(json!({ "text": "no type" })), "input/record"),
        (record(json!({ "$type": OTHER })), "input/record/$type"),
        (
            record(json!({ "$type": THING, "number": 1.5 })),
            "input/record/number",
        ),
        (
            record(json!({ "$type": THING, "link": { "$link": "x" } })),
            "input/record/link",
        ),
        (record(json!({ "$type": THING, "deep": deep })), "input"),
        (record(json!([THING])), "input/record"),
        (record(json!(null)), "input/record"),
        (
            with("getServiceAuth", "aud", json!("example.com")),
            "input/aud",
        ),
        (
            with("getServiceAuth", "aud", json!("did:web:example.com#")),
            "input/aud",
        ),
        (with("getServiceAuth", "lxm", json!("*")), "input/lxm"),
    ] {
        let message = world
            .call(&name, &input)
            .expect_error(400, "InvalidRequest");
        assert!(message.contains(place), "{place}: {message}");
    }
    for collection in ["com.example.third", "app.bsky.feed.post"] {
        let input = json!({ "collection": collection, "record": { "$type": collection } });
        let answer = world.call("createRecord", &input);
        answer.expect_error(403, "CollectionNotAllowed");
    }
    let mut large = thing();
    large["text"] = json!("a".repeat(1024 * 1024));
    for name in ["createRecord", "putRecord"] {
        let mut input = input(name);
        input["record"] = large.clone();
        world
            .call(name, &input)
            .expect_error(413, "PayloadTooLarge");
    }
    let long = json!({ "collection": THING, "rkey": "a", "x": "a".repeat(20_000) });
    world
        .call("deleteRecord", &long)
        .expect_error(413, "PayloadTooLarge");
    assert_eq!(world.calls_of_host().len(), 0);
    // A record that is just small enough.
    let mut input = input("createRecord");
    input["record"]["text"] = json!("a".repeat(1_000_000));
    world.call("createRecord", &input).expect(200);
}

/// The record arrives as it was sent, with the repository of the key's account and no other.
#[test]
fn the_host_gets_the_record_and_the_account() {
    let world = World::new(|path, _| good(path));
    let record = json!({
        "$type": THING, "number": -3, "text": "a\u{1F600}\"",
        "nested": { "list": [1, null, true, { "$link": CID }], "bytes": { "$bytes": "AQID" } },
    });
    let mut input = json!({ "collection": THING, "rkey": "a", "record": record, "repo": "did:plc:other",
                            "validate": false, "swapRecord": null });
    world.call("putRecord", &input).expect(200);
    input.as_object_mut().unwrap().remove("swapRecord");
    world.call("putRecord", &input).expect(200);
    let calls = world.calls_of_host();
    let body = |call: &str| -> Value {
        serde_json::from_str(call.split_once("\r\n\r\n").unwrap().1).unwrap()
    };
    let mut expected = json!({ "repo": crate::support::BOB, "collection": THING, "rkey": "a",
                               "record": record, "swapRecord": null });
    assert_eq!(body(&calls[0]), expected);
    expected.as_object_mut().unwrap().remove("swapRecord");
    assert_eq!(body(&calls[1]), expected);
    let head = calls[0].to_ascii_lowercase();
    assert!(head.contains(&format!("authorization: dpop {}", pds::ACCESS_TOKEN)));
    assert!(
        !head.contains("cocore-") || !calls[0].contains(&world.key),
        "the key went on"
    );
}

/// The command of the page on records, as it stands there.
#[test]
fn the_command_of_the_documentation_works() {
    const PAGE: &str = include_str!("../../docs/records.md");
    let world = World::new(|path, _| good(path));
    let command = PAGE.split("```sh\n").nth(1).unwrap();
    let command = command.split("```").next().unwrap();
    let output = Command::new("sh")
        .args(["-ec", command])
        .env("COCORE_URL", format!("http://{}", world.server.address))
        .env("COCORE_KEY", &world.key)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answer["cid"], CID);
}

#[test]
fn a_grant_that_is_narrower_than_the_settings_is_not_exceeded() {
    let granted = "atproto repo:com.example.thing?action=create unknown:scope";
    let world = World::with(pds::now() + 3600, granted, |path, _| good(path));
    world
        .call("createRecord", &input("createRecord"))
        .expect(200);
    for name in ["putRecord", "deleteRecord", "getServiceAuth"] {
        let message = world
            .call(name, &input(name))
            .expect_error(403, "SignInRequired");
        assert!(message.contains("not granted") && message.ends_with("/records"));
    }
    let other = json!({ "collection": OTHER, "record": { "$type": OTHER } });
    world
        .call("createRecord", &other)
        .expect_error(403, "SignInRequired");
    assert_eq!(world.calls_of_host().len(), 1);
    assert!(GRANTED.contains(OTHER));
}
