//! What reading a body finds does not depend on how it is written, and on which of the two ways it is read.
#![allow(clippy::unwrap_used, missing_docs)]

#[path = "support/bodies.rs"]
mod bodies;

use bodies::{POST, VIEW, View, agree};
use lexicon_runtime::{Object, Options, json};
use serde_json::{Value, json};

/// What is put into bodies, and takes the place of their parts.
const PIECES: &[&str] = &[
    "null",
    "true",
    "{}",
    "[]",
    "\"\"",
    "0",
    "-1",
    "1.5",
    "3.0",
    "01",
    "\"",
    "\\",
    "\\u0041",
    "\\ud800",
    "\u{1}",
    "\n",
    "        ",
    ",",
    ":",
    "{",
    "}",
    "[",
    "]",
    "é",
    "#",
    "..",
    "%",
    "$type",
    "$link",
    "$bytes",
    "blob",
    "text",
    "cid",
    "size",
    "123456789012345678",
    "1234567890123456789",
    "99999999999999999999",
];

#[test]
fn both_ways_find_the_same_in_changed_bodies() {
    let mut random = Random(1);
    for body in [VIEW, POST] {
        agree(body.as_bytes());
        for _ in 0..2000 {
            agree(&random.change(body.as_bytes()));
        }
    }
    assert!(json::decode::<View>("input", VIEW.as_bytes(), Options::DEFAULT).is_ok());
    assert!(json::decode::<bodies::Post>("input", POST.as_bytes(), Options::DEFAULT).is_ok());
}

#[test]
fn members_are_found_in_any_order() {
    let mut random = Random(1);
    let Value::Object(members) = serde_json::from_str(VIEW).unwrap() else {
        panic!("an object");
    };
    let mut members: Vec<_> = members.into_iter().collect();
    let expected: View = json::decode("input", VIEW.as_bytes(), Options::DEFAULT).unwrap();
    for _ in 0..200 {
        let (a, b) = (random.below(members.len()), random.below(members.len()));
        members.swap(a, b);
        let texts = members
            .iter()
            .map(|(name, value)| format!("{name:?}: {value}"));
        let text = format!("{{{}}}", texts.collect::<Vec<_>>().join(","));
        let found = json::decode("input", text.as_bytes(), Options::DEFAULT);
        assert_eq!(found.as_ref(), Ok(&expected));
    }
}

#[test]
fn a_string_ends_where_serde_says() {
    let special = [
        "", "\"", "\\\"", "\\n", "\\", "\u{1f}", "\u{0}", " ", "!", "é", "\u{7f}", "\u{80}",
        "\u{ff}",
    ];
    for (length, special) in (0..40).flat_map(|length| special.map(|special| (length, special))) {
        for before in 0..=length {
            let after = length - before;
            let text = format!(
                r#"{{"a": "{}{special}{}", "b": 1}}"#,
                "x".repeat(before),
                "y".repeat(after)
            );
            let found: Option<Object> =
                json::decode("input", text.as_bytes(), Options::DEFAULT).ok();
            assert_eq!(found, serde_json::from_str(&text).ok(), "{text}");
        }
    }
}

#[test]
fn a_name_that_is_given_twice_is_found_among_any_others() {
    // The first and last characters and the lengths of some are the same.
    let name = |index: usize| format!("n{}{}s", ["", "a", "ab"][index % 3], index * 7);
    for count in 1..40 {
        let names: Vec<_> = (0..count).map(name).collect();
        let text = |names: &[String]| {
            let members = names.iter().map(|name| format!("{name:?}:1"));
            format!("{{{}}}", members.collect::<Vec<_>>().join(","))
        };
        let read =
            |text: String| json::decode::<Object>("input", text.as_bytes(), Options::DEFAULT);
        assert_eq!(read(text(&names)).unwrap().len(), count);
        for twice in 0..count {
            let mut names = names.clone();
            names.push(names[twice].clone());
            let error = read(text(&names)).unwrap_err().to_string();
            assert!(error.contains("the field is given twice"), "{error}");
        }
    }
}

#[test]
fn white_space_is_passed_over() {
    for space in [
        "",
        " ",
        "  ",
        "\n",
        "\r\n\t",
        "\n    ",
        "\n         ",
        "     \n     ",
    ] {
        let text = "_{_\"a\"_:_[_1_,_2_]_,_\"b\"_:_null_}_".replace('_', space);
        let found: Object = json::decode("input", text.as_bytes(), Options::DEFAULT).unwrap();
        assert_eq!(Value::Object(found), json!({ "a": [1, 2], "b": null }));
    }
}

/// The numbers of Marsaglia's xorshift, the same in each run.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }

    /// A body with one to three changes.
    fn change(&mut self, body: &[u8]) -> Vec<u8> {
        let mut body = body.to_vec();
        for _ in 0..=self.below(3) {
            let at = self.below(body.len());
            let end = (at + self.below(12)).min(body.len());
            let piece = PIECES[self.below(PIECES.len())].bytes();
            match self.below(5) {
                0 => body[at] = (self.below(256)) as u8,
                1 => drop(body.splice(at..at, piece)),
                2 => drop(body.splice(at..end, piece)),
                3 => {
                    let copy = body[at..end].to_vec();
                    let to = self.below(body.len());
                    body.splice(to..to, copy);
                }
                _ => drop(body.splice(at..at + 1, [])),
            }
        }
        body
    }
}
