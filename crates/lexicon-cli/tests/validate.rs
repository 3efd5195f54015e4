//! `lexicon validate`, as a command.
#![allow(clippy::unwrap_used, missing_docs)]

use std::fs;
use std::process::Command;

use tempfile::TempDir;

const THING: &str = r##"{"lexicon":1,"id":"com.example.thing","defs":{
    "main":{"type":"record","key":"tid","record":{"type":"object","required":["name"],"properties":{
        "name":{"type":"string","maxLength":3},
        "at":{"type":"string","format":"datetime"},
        "image":{"type":"blob"},
        "parts":{"type":"array","items":{"type":"union","closed":true,"refs":["#part"]}}
    }}},
    "part":{"type":"object","nullable":["size"],"properties":{"size":{"type":"integer","minimum":1}}},
    "lost":{"type":"array","items":{"type":"ref","ref":"com.example.nowhere"}}
}}"##;
const METHOD: &str = r#"{"lexicon":1,"id":"com.example.doIt","defs":{"main":{"type":"procedure",
    "parameters":{"type":"params","properties":{"n":{"type":"integer"}}},
    "input":{"encoding":"application/json","schema":{"type":"object","required":["x"],"properties":{"x":{"type":"boolean","const":true}}}},
    "output":{"encoding":"*/*"}
}}}"#;

const TICKS: &str = r##"{"lexicon":1,"id":"com.example.ticks","defs":{
    "main":{"type":"subscription","message":{"schema":{"type":"union","refs":["#tick"]}}},
    "tick":{"type":"object","properties":{"n":{"type":"integer"}}}
}}"##;
const SIZE: &str = r#"{"lexicon":1,"id":"com.example.size","defs":{"main":{"type":"object","required":["n"],
    "properties":{"n":{"type":"integer","minimum":0,"maximum":5000}}}}}"#;
const NOWHERE: &str =
    r#"{"lexicon":1,"id":"com.example.nowhere","defs":{"main":{"type":"object","properties":{}}}}"#;
/// A record of earlier years.
const OLD: &str = r#"{"$type":"com.example.thing","name":"a","at":"2023-01-31T23:59:59",
    "image":{"cid":"bafkreiccldh766hwcnuxnf2wh6jgzepf2nlu2lvcllt63eww5p6chi4ity","mimeType":"image/png"}}"#;

#[test]
fn verdicts_places_and_exit_codes() {
    let dir = TempDir::new().unwrap();
    fs::create_dir(dir.path().join("lexicons")).unwrap();
    fs::write(dir.path().join("lexicons/thing.json"), THING).unwrap();
    fs::write(dir.path().join("lexicons/doIt.json"), METHOD).unwrap();
    fs::write(dir.path().join("lexicons/ticks.json"), TICKS).unwrap();
    fs::write(dir.path().join("lexicons/size.json"), SIZE).unwrap();
    fs::create_dir(dir.path().join("more")).unwrap();
    fs::write(dir.path().join("more/nowhere.json"), NOWHERE).unwrap();
    // A malformed document does no harm while nothing refers to it.
    fs::write(dir.path().join("lexicons/broken.json"), "{").unwrap();
    let thing = "com.example.thing";
    let good = r#"{"$type":"com.example.thing","name":"abc","more":1,"parts":[{"$type":"com.example.thing#part","size":null}]}"#;
    for (arguments, value, code, expected) in [
        (&[thing][..], good, 0, "valid"),
        (&[thing], &format!("\u{feff}{good}"), 0, "valid"),
        (&["com.example.thing#main"], good, 0, "valid"),
        (&["com.example.thing#part"], r#"{"size":1}"#, 0, "valid"),
        (
            &[thing],
            "{}",
            1,
            "value/$type: required, but missing\nvalue/name: required, but missing",
        ),
        (
            &[thing],
            r#"{"$type":"x","name":"abcd"}"#,
            1,
            "value/$type: expected com.example.thing\nvalue/name: expected at most 3 bytes of UTF-8, found 4",
        ),
        (
            &[thing],
            r#"{"$type":"com.example.thing","name":"a","parts":[{"$type":"com.example.other"}]}"#,
            1,
            "value/parts/0/$type: expected one of com.example.thing#part",
        ),
        (
            &["com.example.thing#part"],
            r#"{"size":0}"#,
            1,
            "value/size: expected at least 1",
        ),
        (&[thing], "{", 1, "value: malformed JSON"),
        (
            &["com.example.thing#part", "--json"],
            r#"{"size":0}"#,
            1,
            r#"{"more":0,"valid":false,"violations":[{"message":"expected at least 1","place":"value/size"}]}"#,
        ),
        (
            &["com.example.doIt", "--body", "input"],
            r#"{"x":true}"#,
            0,
            "valid",
        ),
        (
            &["com.example.doIt", "--body", "input"],
            r#"{"x":false}"#,
            1,
            "input/x: expected true",
        ),
        (
            &["com.example.doIt", "--body", "params"],
            r#"{"n":"1"}"#,
            1,
            "params/n: expected an integer, found a string",
        ),
        (
            &["com.example.doIt", "--body", "output"],
            "[1.5]",
            0,
            "valid",
        ),
        (
            &["com.example.doIt"],
            "{}",
            2,
            "error: `com.example.doIt` is not a type of data",
        ),
        (
            &["com.example.thing#none"],
            "{}",
            2,
            "error: `com.example.thing#none` is not defined",
        ),
        (
            &["com.example.nothing"],
            "{}",
            2,
            "error: there is no document com.example.nothing",
        ),
        (
            &["com.example.thing#lost"],
            "[{}]",
            2,
            "error: `com.example.nowhere` is not defined",
        ),
        (&["com.example.thing#lost"], "[]", 0, "valid"),
        (
            &["--with", "more", "com.example.thing#lost"],
            "[{}]",
            0,
            "valid",
        ),
        (&["--with", "more", "com.example.nowhere"], "{}", 0, "valid"),
        (
            &[thing, "--rkey", "3kabcdefghij2", "--write"],
            good,
            0,
            "valid",
        ),
        (
            &[thing, "--rkey", "self"],
            good,
            1,
            "rkey: expected a TID: 13 characters of sortable base32: it has 13 characters",
        ),
        (
            &["com.example.thing#part", "--rkey", "self"],
            "{}",
            2,
            "error: `com.example.thing#part` is no record",
        ),
        (
            &[thing, "--write", "--lenient-datetimes"],
            OLD,
            1,
            "value/image: expected a blob in today's form",
        ),
        (&[thing, "--lenient-datetimes"], OLD, 0, "valid"),
        (
            &[thing],
            OLD,
            1,
            "value/at: expected a datetime such as 2030-01-31T23:59:59.000Z: the time zone is missing",
        ),
        (
            &["com.example.thing#lost", "--unresolved", "accept"],
            "[{}]",
            0,
            "valid",
        ),
        (
            &["com.example.nothing", "--unresolved=accept"],
            r#"{"n":1.5}"#,
            1,
            "value/n: expected an integer, found a number that is no integer",
        ),
        (
            &["com.example.doIt", "--body", "input", "--any-json"],
            r#"{"x":true,"more":1.5}"#,
            0,
            "valid",
        ),
        (
            &["com.example.doIt", "--body", "message"],
            "{}",
            2,
            "error: com.example.doIt is no subscription",
        ),
        (
            &["com.example.ticks", "--body", "message"],
            r##"{"$type":"com.example.ticks#tick","n":"x"}"##,
            1,
            "message/n: expected an integer, found a string",
        ),
        (
            &["com.example.ticks", "--body", "input"],
            "{}",
            2,
            "error: com.example.ticks is a subscription",
        ),
        (&["com.example.size"], r#"{"n":123.0}"#, 0, "valid"),
        (&["com.example.size"], r#"{"n":1e3}"#, 0, "valid"),
        (&["com.example.size"], r#"{"n":-0}"#, 0, "valid"),
        (
            &["com.example.size"],
            r#"{"n":12.5}"#,
            1,
            "value/n: expected an integer, found a number that is no integer",
        ),
        (
            &[thing, "--body", "input"],
            "{}",
            2,
            "error: com.example.thing is neither a query",
        ),
    ] {
        let file = dir.path().join("value.json");
        fs::write(&file, value).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_lexicon"));
        command
            .current_dir(dir.path())
            .arg("validate")
            .args(arguments)
            .arg(&file);
        let output = command.output().unwrap();
        let printed = [&output.stdout[..], &output.stderr[..]].concat();
        let printed = String::from_utf8(printed).unwrap();
        assert!(
            printed.starts_with(expected),
            "{arguments:?} {value}: {printed}"
        );
        assert_eq!(
            output.status.code(),
            Some(code),
            "{arguments:?} {value}: {printed}"
        );
    }
}
