//! `lexicon codegen` where a document is refused: the others are generated, and nothing is lost.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use std::fs;

use common::{Place, text};
use serde_json::{Value, json};

const CODEGEN: [&str; 5] = ["codegen", "--lexicons", "lexicons", "--out", "out"];

fn codegen(place: &Place, more: &[&str]) -> (i32, String) {
    let output = place.output(&[&CODEGEN[..], more].concat());
    let printed = [output.stdout, output.stderr].concat();
    (
        output.status.code().unwrap(),
        String::from_utf8(printed).unwrap(),
    )
}

fn reference(to: &str) -> Value {
    json!({ "main": { "type": "object", "properties": { "x": { "type": "ref", "ref": to } } } })
}

/// Documents of which the second refers to the first, and the third to the second.
fn chain() -> Place {
    Place::new(&[
        ("com.example.first", text(5)),
        ("com.example.second", reference("com.example.first#note")),
        ("com.example.third", reference("com.example.second")),
        ("com.example.apart", text(5)),
    ])
}

#[test]
fn what_depends_on_a_refused_document_is_left_out() {
    let place = chain();
    place.put(
        "com.example.first",
        &json!({ "note": { "type": "number" } }),
    );
    let (code, printed) = codegen(&place, &[]);
    assert_eq!(code, 1, "{printed}");
    for expected in [
        "error: lexicons/com.example.first.json#/defs/note/type: number-type: ",
        "error: lexicons/com.example.second.json#/defs/main/properties/x/ref: ",
        "error: lexicons/com.example.third.json#/defs/main/properties/x/ref: ",
        "1 document, ",
    ] {
        assert!(printed.contains(expected), "{expected}: {printed}");
    }
    let code = fs::read_to_string(place.path("out/com/example.rs")).unwrap();
    assert!(
        code.contains("pub mod apart;") && !code.contains("first"),
        "{code}"
    );
    assert!(!place.path("out/com/example/second.rs").exists());
    // Nothing changes on the second run, and the exit code is the same.
    let (code, printed) = codegen(&place, &["--check"]);
    assert!(
        code == 1 && printed.contains("the generated code is up to date"),
        "{printed}"
    );
}

#[test]
fn the_earlier_code_of_a_refused_document_stays_part_of_the_code() {
    let place = chain();
    assert_eq!(codegen(&place, &[]).0, 0);
    let read = |name: &str| fs::read_to_string(place.path(name)).unwrap();
    let files = [
        "out/com/example/first.rs",
        "out/com/example/second.rs",
        "out/com/example/third.json",
    ];
    let (earlier, parent) = (files.map(read), read("out/com/example.rs"));
    place.write("lexicons/com.example.first.json", "{");
    place.put("com.example.apart", &text(6));
    place.put("com.example.added", &text(7));
    let (code, printed) = codegen(&place, &[]);
    assert_eq!(code, 1, "{printed}");
    assert_eq!(files.map(read), earlier);
    assert!(read("out/com/example/apart.rs").contains("..=6"));
    let expected = parent.replace("pub mod apart;", "pub mod added;\npub mod apart;");
    assert_eq!(read("out/com/example.rs"), expected);
    // As soon as nothing is refused, what no lexicon gives is removed.
    fs::remove_file(place.path("lexicons/com.example.first.json")).unwrap();
    fs::remove_file(place.path("lexicons/com.example.second.json")).unwrap();
    place.put("com.example.third", &text(5));
    let (code, printed) = codegen(&place, &[]);
    assert_eq!(code, 0, "{printed}");
    assert!(!place.path(files[0]).exists() && !place.path(files[1]).exists());
}

/// The service trait does not lose the methods of documents that are refused.
#[test]
fn the_methods_of_refused_documents_stay_part_of_the_service() {
    let query = json!({ "main": { "type": "query", "output": { "encoding": "*/*" } } });
    let union = json!({ "type": "union", "refs": [] });
    let subscription =
        json!({ "main": { "type": "subscription", "message": { "schema": union } } });
    let place = Place::new(&[
        ("com.example.get", query.clone()),
        ("com.example.list", query.clone()),
        ("com.example.watch", subscription),
    ]);
    assert_eq!(codegen(&place, &[]).0, 0);
    let read = |name: &str| fs::read_to_string(place.path(name)).unwrap();
    let files = ["out/service.rs", "out/mod.rs", "out/com/example.rs"];
    let earlier = files.map(read);
    let refused = json!({ "main": { "type": "kwery" } });
    for nsid in ["com.example.get", "com.example.watch", "com.example.list"] {
        place.put(nsid, &refused);
        let (code, printed) = codegen(&place, &[]);
        assert_eq!(code, 1, "{printed}");
        assert_eq!(files.map(read), earlier, "{nsid}");
    }
    // A method that was removed is lost as soon as nothing is refused.
    place.put("com.example.get", &query);
    for nsid in ["watch", "list"] {
        fs::remove_file(place.path(&format!("lexicons/com.example.{nsid}.json"))).unwrap();
    }
    let (code, printed) = codegen(&place, &[]);
    assert_eq!(code, 0, "{printed}");
    assert!(!read("out/service.rs").contains("List"));
}

#[test]
fn all_or_nothing_writes_nothing() {
    let place = chain();
    place.put(
        "com.example.first",
        &json!({ "note": { "type": "number" } }),
    );
    let (code, printed) = codegen(&place, &["--all-or-nothing"]);
    assert!(code == 1 && printed.contains("number-type"), "{printed}");
    assert!(
        printed.ends_with("no code was written for the lexicons in lexicons\n"),
        "{printed}"
    );
    assert!(!place.path("out").exists());
    let (code, printed) = place.run(&[&CODEGEN[..], &["--all-or-nothing", "--json"]].concat());
    assert_eq!(
        (code, &printed["diagnostics"][0]["level"]),
        (1, &json!("error"))
    );
}

/// What the specification forbids is an error, and what has no effect is a warning.
#[test]
fn lints_of_level_error_and_misspelt_members_are_printed() {
    let place = Place::new(&[(
        "com.example.getIt",
        json!({ "main": { "type": "query", "outptu": { "encoding": "application/json" } } }),
    )]);
    let (code, printed) = codegen(&place, &[]);
    assert_eq!(code, 0, "{printed}");
    let expected = ": lexicons/com.example.getIt.json#/defs/main/outptu: unknown-key: ";
    assert!(printed.contains(expected), "{printed}");
    assert!(!printed.contains("missing-description"), "{printed}");
    let (_, printed) = place.run(&[&CODEGEN[..], &["--json"]].concat());
    assert_eq!(printed["diagnostics"][0]["rule"], "unknown-key");
    // A finding that the settings allow is not reported.
    place.write(
        "lexicon.toml",
        "[codegen]\nlexicons = 'lexicons'\n[[lint.allow]]\nlint = 'unknown-key'\nwhat = 'com.example.*'\nreason = 'x'\n",
    );
    let (_, printed) = codegen(&place, &[]);
    assert!(!printed.contains("outptu"), "{printed}");
}

/// A setting may be about a document that was refused.
#[test]
fn a_setting_for_a_refused_document_is_no_fault() {
    let place = chain();
    let secret = "[codegen]\nlexicons = 'lexicons'\nout = 'out'\n[[codegen.secret]]\n\
                  what = 'com.example.first#/defs/note'\nreason = 'x'\n";
    place.write("lexicon.toml", secret);
    assert_eq!(codegen(&place, &[]).0, 0);
    place.put(
        "com.example.first",
        &json!({ "note": { "type": "number" } }),
    );
    let (code, printed) = codegen(&place, &[]);
    assert!(
        code == 1 && printed.contains("number-type") && !printed.contains("no-such-field"),
        "{printed}"
    );
    // One that cannot be about such a document is one.
    place.write(
        "lexicon.toml",
        &secret.replace("first#/defs/note", "apart#/defs/other"),
    );
    let (code, printed) = codegen(&place, &[]);
    assert!(code == 1 && printed.contains("no-such-field"), "{printed}");
    assert!(printed.contains("no code was written"), "{printed}");
}

#[test]
fn references_may_lead_to_lexicons_that_are_not_generated() {
    let place = Place::new(&[("com.example.second", reference("com.other.defs#note"))]);
    let other = json!({ "lexicon": 1, "id": "com.other.defs", "defs": text(5) });
    fs::create_dir(place.path("other")).unwrap();
    place.write("other/defs.json", &other.to_string());
    let (code, printed) = codegen(&place, &[]);
    assert!(code == 1 && printed.contains("unresolved-ref"), "{printed}");
    let with = ["--with", "other"];
    let (code, printed) = codegen(&place, &with);
    assert!(
        code == 1 && printed.contains("ref: not-generated: "),
        "{printed}"
    );
    let external = ["--with", "other", "--external", "com.other=other::lexicons"];
    let (code, printed) = codegen(&place, &external);
    assert_eq!(code, 0, "{printed}");
    let code = fs::read_to_string(place.path("out/com/example/second.rs")).unwrap();
    assert!(
        code.contains("use other::lexicons::com::other::defs as other_defs;"),
        "{code}"
    );
    assert!(!place.path("out/com/other.rs").exists());
}
