//! The property that keeps code that uses generated code: an addition to a lexicon renames nothing.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use std::collections::BTreeMap;

use common::files;
use serde_json::{Map, Value, json};

/// A document to which more and more is added, with names that are easily taken for each other.
struct Growing {
    state: u64,
    defs: Map<String, Value>,
    /// The last mark: each description is one.
    marks: u32,
}

const NAMES: [&str; 24] = [
    "view",
    "viewRecord",
    "record",
    "stitchKind",
    "StitchKind",
    "stitch_kind",
    "kind",
    "stitch",
    "thing",
    "thingDef",
    "option",
    "optionDef",
    "extra",
    "extra2",
    "extra_2",
    "nsid",
    "nsidToken",
    "item",
    "viewItem",
    "aURL",
    "aUrl",
    "other",
    "self",
    "main",
];

impl Growing {
    fn new(seed: u64) -> Self {
        Self {
            state: seed,
            defs: Map::new(),
            marks: 0,
        }
    }

    fn random(&mut self, below: usize) -> usize {
        self.state = self
            .state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (self.state >> 33) as usize % below
    }

    fn mark(&mut self) -> String {
        self.marks += 1;
        format!("mark{}", self.marks)
    }

    fn name(&mut self) -> String {
        NAMES[self.random(NAMES.len())].to_owned()
    }

    /// Adds a definition, a property, or a reference.
    fn add(&mut self) {
        let (name, property) = (self.name(), self.name());
        let marks = [self.mark(), self.mark()];
        let choice = self.random(4);
        let objects = self.defs.iter().filter(|(_, def)| def["type"] == "object");
        let objects: Vec<_> = objects.map(|(name, _)| name.clone()).collect();
        let target = self.random(objects.len().max(1));
        let Some(def) = self.defs.get_mut(&name) else {
            let kind = if choice == 0 && name != "main" {
                "token"
            } else {
                "object"
            };
            let def = json!({ "type": kind, "description": marks[0] });
            self.defs.insert(name.clone(), def);
            if kind == "object" {
                self.defs[&name]["properties"] = json!({});
            }
            return;
        };
        if def["type"] != "object" {
            return;
        }
        let properties = def["properties"].as_object_mut().unwrap();
        match properties.get_mut(&property) {
            None => {
                let mut schema = match choice {
                    0 => json!({ "type": "union", "refs": [] }),
                    1 => json!({ "type": "object", "properties": {} }),
                    2 => {
                        let union = json!({ "type": "union", "refs": [], "description": marks[0] });
                        json!({ "type": "array", "items": union })
                    }
                    _ => json!({ "type": "string" }),
                };
                schema["description"] = json!(marks[1]);
                properties.insert(property, schema);
            }
            Some(union) if union["type"] == "union" => {
                let reference = json!(format!("#{}", objects[target]));
                let refs = union["refs"].as_array_mut().unwrap();
                if !refs.contains(&reference) {
                    refs.insert(0, reference);
                }
            }
            Some(_) => {}
        }
    }

    /// The names of the items in Rust, by what they are.
    fn rust_names(&self) -> Option<BTreeMap<String, String>> {
        let defs = Value::Object(self.defs.clone());
        match files(&[("com.example.thing", defs)], "") {
            Ok(files) => Some(rust_names(&files["com/example/thing.rs"])),
            Err(found) => {
                assert!(
                    found.iter().all(|found| found.contains("name-collision")),
                    "{found:?}"
                );
                None
            }
        }
    }
}

/// Reads the names from the code: the description of an item stands above it.
fn rust_names(code: &str) -> BTreeMap<String, String> {
    let mut names = BTreeMap::new();
    let (mut mark, mut union) = (None, String::new());
    for line in code.lines().map(str::trim) {
        if let Some((_, digits)) = line
            .strip_prefix("///")
            .and_then(|line| line.split_once("mark"))
        {
            mark = Some(digits.trim_end_matches('.').to_owned());
            continue;
        }
        let word = |text: &str| text.split([' ', ':', '(']).next().unwrap().to_owned();
        let item = [
            ("pub struct ", "type"),
            ("pub enum ", "type"),
            ("pub const ", "constant"),
            ("pub ", "field"),
        ];
        let item = item
            .iter()
            .find_map(|(start, kind)| Some((*kind, word(line.strip_prefix(start)?))));
        if let Some(name) = line.strip_prefix("pub enum ").map(word) {
            union = name;
        }
        if let (Some((kind, name)), Some(mark)) = (item, mark.take_if(|_| !line.starts_with("#[")))
        {
            names.insert(format!("{kind} {mark}"), name);
        }
        // A variant is known by the union and by its type.
        let row = line.split_once(" = \"com.example.thing");
        if let Some((variant, of)) = row.filter(|_| !line.starts_with("pub ")) {
            names.insert(format!("variant {union} {of}"), word(variant));
        }
    }
    assert!(code.matches("mark").count() <= names.len(), "{code}");
    names
}

/// The property: whatever is added, what was there before keeps its name, or the addition is refused.
#[test]
fn an_addition_renames_nothing() {
    let (mut compared, mut refused) = (0, 0);
    for seed in 1..=10 {
        let mut document = Growing::new(seed);
        document
            .defs
            .insert("first".to_owned(), json!({ "type": "token" }));
        let mut before: BTreeMap<String, String> = BTreeMap::new();
        for _ in 0..40 {
            let earlier = document.defs.clone();
            document.add();
            let Some(names) = document.rust_names() else {
                refused += 1;
                document.defs = earlier;
                continue;
            };
            for (what, name) in &before {
                assert_eq!(
                    names.get(what),
                    Some(name),
                    "{what}, seed {seed}: {:?}",
                    document.defs
                );
                compared += 1;
            }
            before = names;
        }
    }
    assert!(compared > 1_000 && refused > 10, "{compared}, {refused}");
}
