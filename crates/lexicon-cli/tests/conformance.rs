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

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let to = to.join(path.file_name().unwrap());
        match path.is_dir() {
            true => copy(&path, &to),
            false => assert!(fs::copy(&path, to).is_ok()),
        }
    }
}

/// The modules of the real runtime, without its `Blob`, and with another `Bytes`.
fn write_faulty_runtime(place: &Place) {
    fs::create_dir_all(place.path("runtime")).unwrap();
    place.write(
        "runtime/Cargo.toml",
        r#"
            [package]
            name = "lexicon-runtime"
            version = "0.1.0"
            edition = "2024"
            [workspace]
            [dependencies]
            chrono = { version = "0.4", default-features = false, features = ["std"] }
            base64 = "*"
            data-encoding = "*"
            percent-encoding = "*"
            serde = { version = "1", features = ["derive"] }
            serde_json = "1"
            thiserror = "*"
            unicode-segmentation = "*"
        "#,
    );
    copy(&Path::new(RUNTIME).join("src"), &place.path("runtime/src"));
    for (file, from, to) in [
        ("lib.rs", "pub use data::{Blob, ", "pub use data::{"),
        (
            "data.rs",
            r#"json!({ "$bytes": BASE64.encode(&self.0) })"#,
            "BASE64.encode(&self.0)",
        ),
    ] {
        let name = format!("runtime/src/{file}");
        let text = fs::read_to_string(place.path(&name)).unwrap();
        assert!(text.contains(from), "{name} has no {from}");
        place.write(&name, &text.replace(from, to));
    }
    let lib = fs::read_to_string(place.path("runtime/src/lib.rs")).unwrap();
    let lines = lib.lines().filter(|line| !line.starts_with("#!["));
    let lines = lines.map(|line| line.to_owned() + "\n");
    place.write("runtime/src/lib.rs", &lines.collect::<String>());
}

/// A document whose code does not compile, or that fails on a sample, stops no other, and every document is
/// reported. The runtime here lacks a type, and has another one whose values do not come back.
#[test]
fn conformance_carries_on_after_a_fault() {
    let missing =
        json!({ "main": { "type": "object", "properties": { "a": { "type": "blob" } } } });
    let wrong = json!({ "main": { "type": "object", "required": ["b"], "properties": { "b": { "type": "bytes" } } } });
    let dependent = json!({ "main": { "type": "array", "items": { "type": "ref", "ref": "com.example.missing" } } });
    let place = Place::new(&[
        (NOTE, text(5)),
        ("com.example.missing", missing),
        ("com.example.dependent", dependent),
        ("com.example.wrong", wrong),
    ]);
    write_faulty_runtime(&place);
    let scratch = Path::new(env!("CARGO_TARGET_TMPDIR")).join("faults");
    let runtime = place.path("runtime");
    fs::copy(LOCK, runtime.join("Cargo.lock")).unwrap();
    let arguments = [
        "--scratch",
        scratch.to_str().unwrap(),
        "--runtime",
        runtime.to_str().unwrap(),
    ];
    let (code, printed) = place.run(&[&CONFORMANCE[..], &arguments].concat());
    assert_eq!(code, 1, "{printed}");
    let documents = printed["documents"].as_array().unwrap();
    let document = |nsid: &str| {
        documents
            .iter()
            .find(|document| document["nsid"] == nsid)
            .unwrap()
    };
    assert_eq!(document(NOTE).get("faults"), None);
    let wrong = &document("com.example.wrong")["faults"][0];
    assert_eq!(wrong["definition"], "main");
    assert!(
        wrong["message"]
            .as_str()
            .unwrap()
            .starts_with("it comes back as"),
        "{wrong}"
    );
    assert!(wrong["value"]["b"]["$bytes"].is_string(), "{wrong}");
    let missing = document("com.example.missing")["faults"][0]["message"]
        .as_str()
        .unwrap();
    assert!(missing.contains("Blob"), "{missing}");
    let dependent = document("com.example.dependent")["faults"][0]["message"]
        .as_str()
        .unwrap();
    assert!(
        dependent.contains("depends on code that does not compile"),
        "{dependent}"
    );
    assert_eq!(printed["summary"]["generated"], 2);
    assert_eq!(printed["summary"]["faulty"], 3);

    // The report for people has a line of each.
    let printed = place
        .run(&[&["conformance", "lexicons"][..], &arguments].concat())
        .1;
    let printed = printed.as_str().unwrap();
    for line in [
        "com.example.defs: generated",
        "com.example.wrong: main: it comes back as",
        "com.example.missing: error",
    ] {
        assert!(printed.contains(line), "{line}: {printed}");
    }
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
