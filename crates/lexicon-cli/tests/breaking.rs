//! `lexicon breaking`: what is compared with what, and which changes fail.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use std::fs;

use common::{NOTE, Place, git, text};
use serde_json::{Value, json};

#[test]
fn breaking_compares_with_a_directory_or_a_revision() {
    let place = Place::new(&[(NOTE, text(5))]);
    git(&place, &["init", "--quiet", "."]);
    git(&place, &["add", "."]);
    git(&place, &["commit", "--quiet", "--message", "first"]);
    let since = |base: &str, more: &[&str]| {
        let command = ["breaking", "--base", base, "--json"];
        place.run(&[&command[..], more].concat())
    };
    assert_eq!(since("HEAD", &[]), (0, json!([])));
    place.put(NOTE, &text(4));
    let (code, printed) = since("HEAD", &[]);
    assert_eq!(code, 1);
    assert_eq!(printed[0]["file"], format!("lexicons/{NOTE}.json"));
    assert_eq!(printed[0]["pointer"], "/defs/note/maxLength");
    assert_eq!(
        printed[0]["breaks"],
        json!(["old-clients", "new-clients", "stored-records"])
    );
    let (_, printed) = place.run(&["breaking", "--base", "HEAD"]);
    assert!(
        printed
            .as_str()
            .unwrap()
            .contains("`maxLength` changed from 5 to 4; breaks old clients,"),
        "{printed}"
    );
    let one = since("HEAD", &["--ignore", "new-clients"]);
    assert_eq!(one.1[0]["breaks"], json!(["old-clients", "stored-records"]));
    let all = ["old-clients", "new-clients", "stored-records"];
    let all: Vec<_> = all.iter().flat_map(|whom| ["--ignore", whom]).collect();
    assert_eq!(since("HEAD", &all), (0, json!([])));

    // A removed document is reported with the old file.
    fs::copy(
        place.path(&format!("lexicons/{NOTE}.json")),
        place.path("kept.json"),
    )
    .unwrap();
    fs::remove_file(place.path(&format!("lexicons/{NOTE}.json"))).unwrap();
    place.put("com.example.other", &text(4));
    let (_, printed) = since("HEAD", &[]);
    assert_eq!(printed[0]["file"], format!("HEAD:lexicons/{NOTE}.json"));
    fs::create_dir(place.path("old")).unwrap();
    fs::rename(place.path("kept.json"), place.path("old/kept.json")).unwrap();
    assert_eq!(since("old", &[]).1[0]["file"], "old/kept.json");

    for base in ["no-such-revision", "-x", "lexicons/nowhere"] {
        let base = format!("--base={base}");
        assert_eq!(place.run(&["breaking", &base]).0, 2, "{base}");
    }
    place.write("lexicons/bad.json", "{");
    let output = place.output(&["breaking", "--base", "HEAD"]);
    assert_eq!(output.status.code(), Some(2));
    let printed = String::from_utf8(output.stderr).unwrap();
    assert!(printed.contains("lexicons/bad.json#: json: "), "{printed}");
}

/// The rules of what is reported since a base, and the exit code.
fn rules(place: &Place, options: &[&str]) -> (i32, String) {
    let (code, printed) = place.run(&[&["breaking", "--json", "--base", "old"], options].concat());
    let changes = printed.as_array().unwrap().iter();
    let changes = changes.map(|change| format!("{}: {}", change["rule"], change["impact"]));
    (code, changes.collect::<Vec<_>>().join(" ").replace('"', ""))
}

fn object(properties: Value) -> Value {
    json!({ "note": { "type": "object", "properties": properties } })
}

/// A directory `old`, and `lexicons` with changes since.
fn changed(old: &Value, new: &Value) -> Place {
    let place = Place::new(&[(NOTE, old.clone())]);
    fs::rename(place.path("lexicons"), place.path("old")).unwrap();
    fs::create_dir(place.path("lexicons")).unwrap();
    place.put(NOTE, new);
    place
}

#[test]
fn only_breaking_changes_fail_unless_others_are_denied() {
    let text = json!({ "type": "string", "maxLength": 5 });
    let old = object(json!({ "gone": text, "kept": { "type": "integer", "default": 1 } }));
    let new = object(json!({ "kept": { "type": "integer", "default": 2 }, "new": text }));
    let place = changed(&old, &new);
    let all =
        "default-changed: advice optional-property-removed: advice property-added: compatible";
    let rows: &[(&[&str], i32, &str)] = &[
        (&[], 0, all),
        (
            &["--level", "advice"],
            0,
            "default-changed: advice optional-property-removed: advice",
        ),
        (&["--level", "error"], 0, ""),
        (&["--deny", "advice"], 1, all),
        (&["--deny", "default-changed"], 1, all),
        (&["--deny", "property-added"], 1, all),
        (
            &["--allow", "default-changed", "--allow", "property-added"],
            0,
            "optional-property-removed: advice",
        ),
    ];
    for (options, code, expected) in rows {
        let expected = (*code, (*expected).to_owned());
        assert_eq!(rules(&place, options), expected, "{options:?}");
    }
    assert_eq!(
        place
            .run(&["breaking", "--base", "old", "--deny", "tidy"])
            .0,
        2
    );
    let (_, printed) = place.run(&["breaking", "--base", "old"]);
    for line in [
        "property-added: the optional property `new` was added; safe for old clients, new clients, stored records",
        "keep it, and mark it as deprecated",
        "0 breaking changes, 2 of advice, 1 compatible change since old",
    ] {
        assert!(printed.as_str().unwrap().contains(line), "{printed}");
    }
}

#[test]
fn a_document_that_is_refused_is_reported_and_the_others_are_compared() {
    let place = changed(&text(5), &text(4));
    let other = |kind: &str| {
        let defs = json!({ "a": { "type": kind } });
        json!({ "lexicon": 1, "id": "com.example.other", "defs": defs }).to_string()
    };
    place.write("old/other.json", &other("boolean"));
    place.write("lexicons/other.json", &other("date"));
    assert_eq!(
        rules(&place, &[]),
        (1, "bound-tightened: breaking".to_owned())
    );
    place.put(NOTE, &text(5));
    assert_eq!(rules(&place, &[]), (1, String::new()));
    let output = place.output(&["breaking", "--base", "old"]);
    let printed = String::from_utf8(output.stderr).unwrap();
    assert!(
        printed.contains("not compared: lexicons/other.json#/defs/a/type"),
        "{printed}"
    );

    // Of a file without an NSID it is not known which document it is; of one too many it is.
    fs::rename(place.path("lexicons/other.json"), place.path("other.json")).unwrap();
    place.write("lexicons/second.json", &other("boolean"));
    place.write("lexicons/third.json", &other("integer"));
    assert_eq!(rules(&place, &[]), (1, String::new()));
    place.write("lexicons/third.json", &other("integer").replace("com.", ""));
    assert_eq!(place.run(&["breaking", "--base", "old"]).0, 2);
}

#[test]
fn references_to_other_directories_are_followed() {
    let list = |name: &str| {
        let items = json!({ "type": "ref", "ref": name });
        json!({ "list": { "type": "array", "items": items } })
    };
    let place = changed(&list("com.example.other#a"), &list("com.example.other#b"));
    fs::create_dir(place.path("more")).unwrap();
    place.write(
        "more/other.json",
        r#"{"lexicon": 1, "id": "com.example.other",
            "defs": {"a": {"type": "boolean"}, "b": {"type": "boolean"}}}"#,
    );
    assert_eq!(rules(&place, &[]), (1, "ref-changed: breaking".to_owned()));
    // The definitions are equal, so nothing but the name of the reference changed.
    assert_eq!(
        rules(&place, &["--with", "more", "lexicons"]),
        (0, String::new())
    );
}

#[cfg(unix)]
#[test]
fn a_revision_has_files_of_other_tools_and_links() {
    let place = Place::new(&[(NOTE, text(5))]);
    place.write("lexicons/package.json", "{}");
    std::os::unix::fs::symlink(format!("{NOTE}.json"), place.path("lexicons/link.json")).unwrap();
    git(&place, &["init", "--quiet", "."]);
    git(&place, &["add", "."]);
    git(&place, &["commit", "--quiet", "--message", "first"]);
    let same = place.run(&["breaking", "--base", "HEAD", "--json"]);
    assert_eq!(same, (0, json!([])));
}

/// An addition may give two items of the generated code one name: nothing is renamed, and no code is generated.
#[test]
fn names_that_are_the_same_in_rust_are_reported() {
    let place = Place::new(&[(NOTE, json!({ "someUrl": { "type": "token" } }))]);
    fs::create_dir(place.path("old")).unwrap();
    fs::copy(
        place.path(&format!("lexicons/{NOTE}.json")),
        place.path("old/defs.json"),
    )
    .unwrap();
    let compare = || place.run(&["breaking", "--base", "old", "--json"]);
    place.put(
        NOTE,
        &json!({ "someUrl": { "type": "token" }, "SomeUrl": { "type": "token" } }),
    );
    let rules = |printed: &Value| -> Vec<String> {
        let changes = printed.as_array().unwrap().iter();
        changes
            .map(|change| change["rule"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(rules(&compare().1), ["def-added"]);
    place.put(
        NOTE,
        &json!({ "someUrl": { "type": "token" }, "someURL": { "type": "token" } }),
    );
    let (code, printed) = compare();
    assert_eq!(code, 0, "{printed}");
    assert_eq!(rules(&printed), ["name-collision", "def-added"]);
    assert!(
        printed[0]["message"]
            .as_str()
            .unwrap()
            .contains("[[codegen.rename]]"),
        "{printed}"
    );
}
