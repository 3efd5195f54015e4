//! No bytes that are given as a lexicon document make the toolchain panic, and whatever it accepts
//! it generates.
#![no_main]

use std::path::Path;

use lexicon_schema::{Loaded, breaking, lint};
use lexicon_codegen::{Config, generate};
use lexicon_runtime::{Format, dag_cbor};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = dag_cbor::read(bytes);
    let Ok(source) = std::str::from_utf8(bytes) else {
        return;
    };
    for format in Format::ALL {
        format.is_valid(source);
    }
    let mut loaded = Loaded::default();
    loaded.add(Path::new("fuzz.json"), source);
    lint::check(&loaded.catalog);
    assert_eq!(breaking::compare(&loaded.catalog, &loaded.catalog), []);
    if let Err(diagnostics) = generate(&loaded.catalog, &Config::default()) {
        assert!(diagnostics.iter().all(|diagnostic| diagnostic.rule != "internal"), "{diagnostics:?}");
    }
});
