//! The time of generation grows as the documents and their references do.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use std::fs;
use std::time::Duration;

use common::catalog;
use lexicon_codegen::{Config, generate, generated_types};
use lexicon_schema::Catalog;
use serde_json::{Value, json};

/// Records in a ring, each of which holds `references` others, by value and in a union, and an object that
/// holds itself.
fn ring(documents: usize, references: usize) -> Catalog {
    let nsid = |index: usize| format!("com.example.ring{}.item{index}", index % 40);
    let document = |index: usize| -> Value {
        let targets = (1..=references).map(|step| nsid((index + step * step) % documents));
        let targets: Vec<_> = targets.collect();
        let fields = targets.iter().enumerate().map(|(number, target)| {
            let schema = match number % 2 {
                0 => json!({ "type": "ref", "ref": target }),
                _ => json!({ "type": "union", "refs": targets }),
            };
            (format!("field{number}"), schema)
        });
        let fields: serde_json::Map<_, _> = fields.take(4).collect();
        json!({
            "main": { "type": "record", "key": "tid", "record": { "type": "object", "properties": fields } },
            "tree": { "type": "object", "properties": {
                "branches": { "type": "array", "items": { "type": "ref", "ref": "#tree" } }
            } }
        })
    };
    let documents: Vec<_> = (0..documents)
        .map(|index| (nsid(index), document(index)))
        .collect();
    let documents: Vec<_> = documents
        .iter()
        .map(|(nsid, defs)| (&**nsid, defs.clone()))
        .collect();
    catalog(&documents)
}

/// How long this thread has run, where Linux tells: what other programs do does not count.
fn running() -> Option<Duration> {
    let times = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let running = times.split_whitespace().next()?.parse().ok()?;
    Some(Duration::from_nanos(running))
}

/// The shortest of a few runs.
fn time(run: impl Fn()) -> Option<Duration> {
    let times = (0..3).map(|_| {
        let start = running()?;
        run();
        Some(running()? - start)
    });
    times.min()?
}

/// What is linear takes four times as long for four times the documents, what is quadratic sixteen times.
#[test]
fn four_times_the_documents_take_about_four_times_as_long() {
    let config = Config::default();
    let (few, many) = (ring(200, 20), ring(800, 20));
    let plan = |catalog: &Catalog| time(|| drop(generated_types(catalog, &config)));
    let (Some(short), Some(long)) = (plan(&few), plan(&many)) else {
        return;
    };
    assert!(long < short * 9, "plan: {short:?}, then {long:?}");
    let (few, many) = (ring(20, 10), ring(80, 10));
    let code = |catalog: &Catalog| time(|| drop(generate(catalog, &config).unwrap()));
    let (Some(short), Some(long)) = (code(&few), code(&many)) else {
        return;
    };
    assert!(long < short * 9, "code: {short:?}, then {long:?}");
}
