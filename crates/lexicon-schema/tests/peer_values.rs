//! The recorded values of other implementations' tests.
#![allow(clippy::unwrap_used, missing_docs)]

use std::io::Write;
use std::path::Path;
use std::{env, fs};

use lexicon_schema::Loaded;
use lexicon_schema::validate::{self, Options, Part, Verdict};
use serde_json::Value;

/// Verdicts with which this crate does not agree, each with its reason.
const OTHERWISE: &[(&str, &str)] = &[(
    "v-10e18c6e57",
    "the input of a query, which has none: the recorded `{}` stands for no body",
)];

/// Values that other implementations' tests hold, and the verdicts of the specification, from the file
/// `values.json` in the directory that `COCORE_PEERS` names.
#[test]
fn values_of_other_implementations() {
    let Some(dir) = env::var_os("COCORE_PEERS") else {
        // Tests' own output is captured, except what is written in this way.
        let _ = writeln!(
            std::io::stderr(),
            "skipped: COCORE_PEERS names no directory with values.json"
        );
        return;
    };
    let file = fs::read(Path::new(&dir).join("values.json")).unwrap();
    let cases: Vec<Value> = serde_json::from_slice(&file).unwrap();
    let mut faults = Vec::new();
    for case in &cases {
        let name = case["name"].as_str().unwrap();
        let mut loaded = Loaded::default();
        for lexicon in case["lexicons"].as_array().unwrap() {
            loaded.add(Path::new("case.json"), &lexicon.to_string());
        }
        let part = match case["body"].as_str() {
            None => None,
            Some("params") => Some(Part::Params),
            Some("input") => Some(Part::Input),
            Some("output") => Some(Part::Output),
            Some("message") => Some(Part::Message),
            Some(other) => panic!("{name}: {other}"),
        };
        let (reference, options) = (case["ref"].as_str().unwrap(), Options::default());
        let verdict = match part {
            Some(part) => {
                validate::part(&loaded.catalog, reference, part, &case["value"], &options)
            }
            None => validate::definition(&loaded.catalog, reference, &case["value"], &options),
        };
        let agrees = (verdict == Verdict::Valid) == case["valid"].as_bool().unwrap();
        let is_named = OTHERWISE.iter().any(|(other, _)| *other == name);
        if agrees == is_named {
            faults.push(format!("{name}: {:?}: {:?}", verdict, loaded.diagnostics));
        }
    }
    assert!(
        faults.is_empty(),
        "{} of {}:\n{}",
        faults.len(),
        cases.len(),
        faults.join("\n")
    );
    assert!(!cases.is_empty());
}
