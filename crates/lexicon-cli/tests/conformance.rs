//! `lexicon conformance`, as a command.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use std::fs;
use std::path::Path;

use common::{NOTE, Place, text};
use serde_json::json;

const CONFORMANCE: [&str; 3] = ["conformance", "lexicons", "--json"];
const RUNTIME: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../lexicon-runtime");
const LOCK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../Cargo.lock");

/// One bad document stops no other; what refers to it goes with it.
#[test]
fn conformance_reports_each_document() {
    let broken = json!({ "a": { "type": "date" } });
    let list = json!({ "a": { "type": "array", "items": { "type": "ref", "ref": "com.example.broken#a" } } });
    let place = Place::new(&[
        (NOTE, text(5)),
        ("com.example.broken", broken),
        ("com.example.list", list),
    ]);
    let scratch = Path::new(env!("CARGO_TARGET_TMPDIR")).join("conformance");
    let scratch = ["--scratch", scratch.to_str().unwrap()];
    let runtime = ["--runtime", RUNTIME];
    let (code, printed) = place.run(&[&CONFORMANCE[..], &scratch, &runtime].concat());
    assert_eq!(code, 1, "{printed}");
    assert_eq!(printed["documents"][0]["nsid"], NOTE);
    assert_eq!(
        printed["documents"][1]["diagnostics"][0]["rule"],
        "unknown-type"
    );
    assert_eq!(
        printed["documents"][2]["diagnostics"][0]["rule"],
        "refused-ref"
    );
    assert_eq!(printed["summary"]["generated"], 1);
    assert_eq!(printed["summary"]["refused"], 2);
    assert!(printed["summary"]["values"].as_u64().unwrap() > 8);
    assert_eq!(
        place
            .run(&[&["conformance", "nowhere"][..], &runtime].concat())
            .0,
        2
    );
}

/// The property that holds the two checkers together, over documents with every feature of the
/// language: made-up values, good and broken, get the same words from both. CI tries many more.
#[test]
fn generated_and_interpreted_checks_agree() {
    let place = Place::new(&[(NOTE, text(5))]);
    let torture = Path::new(env!("CARGO_MANIFEST_DIR")).join("../lexicon-codegen/tests/torture");
    let scratch = Path::new(env!("CARGO_TARGET_TMPDIR")).join("torture");
    let (torture, scratch) = (torture.to_str().unwrap(), scratch.to_str().unwrap());
    let arguments = ["--json", "--scratch", scratch, "--runtime", RUNTIME];
    let (code, printed) = place.run(&[&["conformance", torture][..], &arguments].concat());
    assert_eq!(code, 0, "{printed}");
    assert_eq!(printed["summary"]["refused"], 0);
    assert!(
        printed["summary"]["values"].as_u64().unwrap() > 1000,
        "{printed}"
    );
}

/// Outside this workspace, the runtime is the one that the package depends on.
#[test]
fn the_runtime_is_that_of_the_package() {
    let place = Place::new(&[(NOTE, text(5))]);
    let error = |arguments: &[&str]| {
        let output = place.output(&[&CONFORMANCE[..], arguments].concat());
        assert_eq!(output.status.code(), Some(2));
        String::from_utf8(output.stderr).unwrap()
    };
    let printed = error(&[]);
    assert!(printed.contains("could not find `Cargo.toml`"), "{printed}");
    assert!(printed.contains("give --runtime"), "{printed}");
    let printed = error(&["--runtime", "no/such"]);
    assert!(
        printed.contains("there is no directory no/such"),
        "{printed}"
    );

    let package = "[package]\nname = \"own\"\nversion = \"0.1.0\"\nedition = \"2024\"\n";
    place.write("Cargo.toml", package);
    fs::create_dir(place.path("src")).unwrap();
    place.write("src/lib.rs", "");
    let printed = error(&[]);
    let expected = "no package here depends on `lexicon-runtime`";
    assert!(printed.contains(expected), "{printed}");

    let dependency = format!("[dependencies]\nlexicon-runtime = {{ path = {RUNTIME:?} }}\n");
    place.write("Cargo.toml", &format!("{package}{dependency}"));
    fs::copy(LOCK, place.path("Cargo.lock")).unwrap();
    let (code, printed) = place.run(&CONFORMANCE);
    assert_eq!(code, 0, "{printed}");
    assert!(
        place
            .path("target/conformance/src/generated/mod.rs")
            .exists()
    );
}
