//! No bytes that are given as a lexicon document make the toolchain panic, and whatever it accepts
//! it generates. No bytes that are given as a value make a check panic, and each way to read them finds the same.
#![no_main]

#[path = "../../crates/lexicon-runtime/tests/support/bodies.rs"]
mod bodies;

use std::path::Path;

use lexicon_schema::{Loaded, breaking, lint};
use lexicon_codegen::{Config, generate};
use lexicon_runtime::{Format, Object, Options, Tree, Value, dag_cbor, json};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = dag_cbor::read(bytes);
    value(bytes);
    bodies::agree(bytes);
    let Ok(source) = std::str::from_utf8(bytes) else {
        return;
    };
    for format in Format::ALL {
        if format.check(source).is_ok() {
            assert_eq!(format.check_lenient(source), Ok(()));
        }
    }
    let mut loaded = Loaded::default();
    loaded.add(Path::new("fuzz.json"), source);
    lint::check(&loaded.catalog);
    assert_eq!(breaking::compare(&loaded.catalog, &loaded.catalog), []);
    if let Err(diagnostics) = generate(&loaded.catalog, &Config::default()) {
        assert!(diagnostics.iter().all(|diagnostic| diagnostic.rule != "internal"), "{diagnostics:?}");
    }
});

/// Both ways to read JSON accept the same, and read the same; and what is in the data model can be written.
fn value(bytes: &[u8]) {
    let parsed = json::parse("value", bytes);
    let decoded = json::decode::<Object>("value", bytes, Options::ANY_JSON);
    match &parsed {
        Ok(Value::Object(object)) => assert_eq!(Some(object), decoded.as_ref().ok()),
        _ => assert!(decoded.is_err()),
    }
    let Ok(value) = parsed else { return };
    assert_eq!(Tree::from(&value).root().read::<Value>().ok().as_ref(), Some(&value));
    if json::from_value::<Object>("value", &value, Options::DEFAULT).is_ok() {
        let written = dag_cbor::write(&value).expect("it is in the data model");
        assert!(dag_cbor::read(&written).is_ok_and(|(_, rest)| rest.is_empty()));
    }
}
