//! What a change breaks, and for whom: each change to data in each direction, and each change to
//! what only one kind of definition has.
#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::BTreeSet;
use std::path::Path;

use lexicon_schema::breaking::{self, Affected, CHANGES, Change, Impact};
use lexicon_schema::{Catalog, Diagnostic, Loaded};
use serde_json::{Value, json};

fn catalog(documents: &[(&str, Value)]) -> Catalog {
    let mut loaded = Loaded::default();
    for (nsid, defs) in documents {
        let text = json!({ "lexicon": 1, "id": nsid, "defs": defs }).to_string();
        loaded.add(Path::new(&format!("{nsid}.json")), &text);
    }
    assert_eq!(loaded.diagnostics, []);
    assert_eq!(loaded.catalog.check_references(), []);
    loaded.catalog
}

/// `pointer rule: whom`, one a change that is not compatible.
fn reported(old: &Catalog, new: &Catalog) -> Vec<String> {
    let mut changes = breaking::changes(old, new);
    changes.retain(|change| change.impact != Impact::Compatible);
    let mut reported: Vec<_> = changes
        .iter()
        .map(|change| line(change, &change.breaks))
        .collect();
    reported.sort();
    reported
}

fn line(change: &Change, whom: &BTreeSet<Affected>) -> String {
    let whom: Vec<_> = whom.iter().map(|whom| short(*whom)).collect();
    let Diagnostic { pointer, rule, .. } = &change.diagnostic;
    format!("{pointer} {rule}: {}", whom.join(" "))
}

fn short(whom: Affected) -> &'static str {
    match whom {
        Affected::OldClients => "old",
        Affected::NewClients => "new",
        Affected::StoredRecords => "stored",
    }
}

/// A document in which a type stands at one place, and the pointer to it.
type Frame = fn(Value) -> (Value, &'static str);

fn thing(data: Value) -> Value {
    let mut object = json!({ "type": "object", "properties": {} });
    object["properties"]["thing"] = data;
    object
}

fn input(data: Value) -> (Value, &'static str) {
    let body = json!({ "encoding": "application/json", "schema": thing(data) });
    (
        json!({ "main": { "type": "procedure", "input": body } }),
        "/defs/main/input/schema/properties/thing",
    )
}

fn output(data: Value) -> (Value, &'static str) {
    let body = json!({ "encoding": "application/json", "schema": thing(data) });
    (
        json!({ "main": { "type": "query", "output": body } }),
        "/defs/main/output/schema/properties/thing",
    )
}

fn record(data: Value) -> (Value, &'static str) {
    let record = json!({ "type": "record", "key": "tid", "record": thing(data) });
    (
        json!({ "main": record }),
        "/defs/main/record/properties/thing",
    )
}

fn parameter(data: Value) -> (Value, &'static str) {
    let params = json!({ "type": "params", "properties": { "thing": data } });
    (
        json!({ "main": { "type": "query", "parameters": params } }),
        "/defs/main/parameters/properties/thing",
    )
}

fn message(data: Value) -> (Value, &'static str) {
    let schema = json!({ "type": "union", "refs": ["#event"] });
    let main = json!({ "type": "subscription", "message": { "schema": schema } });
    (
        json!({ "main": main, "event": thing(data) }),
        "/defs/event/properties/thing",
    )
}

/// An object that an input refers to, by way of an array.
fn referred(data: Value) -> (Value, &'static str) {
    let items = json!({ "type": "array", "items": { "type": "ref", "ref": "#inner" } });
    let (mut defs, _) = input(items);
    defs["inner"] = thing(data);
    (defs, "/defs/inner/properties/thing")
}

/// A definition that nothing uses.
fn unused(data: Value) -> (Value, &'static str) {
    (
        json!({ "inner": thing(data) }),
        "/defs/inner/properties/thing",
    )
}

/// Definitions that the changes refer to.
fn extend(defs: &mut Value) {
    let string = || json!({ "type": "string" });
    let x = json!({ "type": "object", "properties": { "x": string() } });
    defs["a"] = x.clone();
    defs["same"] = x;
    defs["b"] = json!({ "type": "object", "properties": { "y": string() }, "required": ["y"] });
    defs["short"] = json!({ "type": "string", "maxLength": 3 });
    defs["token"] = json!({ "type": "token" });
    defs["other"] = json!({ "type": "token" });
    for name in ["loop", "loop2"] {
        let next = json!({ "type": "ref", "ref": format!("#{name}") });
        defs[name] = json!({ "type": "object", "properties": { "next": next } });
    }
}

#[test]
fn each_change_of_a_type_breaks_others_by_its_direction() {
    let frames: [(&str, Frame); 7] = [
        ("input", input),
        ("output", output),
        ("record", record),
        ("input", parameter),
        ("output", message),
        ("input", referred),
        ("all", unused),
    ];
    let rows: Vec<Value> = serde_json::from_str(include_str!("breaking/types.json")).unwrap();
    let scalar = |data: &Value| matches!(data["type"].as_str(), Some("string" | "integer"));
    for row in &rows {
        let (from, to) = (&row["from"], &row["to"]);
        for (direction, frame) in frames {
            if frame(json!({})).0["main"]["parameters"].is_object() && !(scalar(from) && scalar(to))
            {
                continue;
            }
            let [old, new] = [from, to].map(|data| {
                let (mut defs, pointer) = frame(data.clone());
                extend(&mut defs);
                (catalog(&[("com.example.thing", defs)]), pointer)
            });
            let expected = match direction {
                "all" => merged(row),
                direction => strings(&row[direction]),
            };
            let mut expected: Vec<_> = expected
                .iter()
                .map(|line| format!("{}{line}", new.1))
                .collect();
            expected.sort();
            assert_eq!(
                reported(&old.0, &new.0),
                expected,
                "{direction}: {from} to {to}"
            );
        }
    }
}

fn strings(list: &Value) -> Vec<String> {
    serde_json::from_value(list.clone()).unwrap()
}

/// What a change breaks in all directions together.
fn merged(row: &Value) -> Vec<String> {
    let lists = ["input", "output", "record"].map(|direction| strings(&row[direction]));
    let merge = |index: usize| {
        let whom = |list: &Vec<String>| list[index].split_once(": ").unwrap().1.to_owned();
        let all = lists.iter().map(whom).collect::<Vec<_>>().join(" ");
        let named = ["old", "new", "stored"]
            .into_iter()
            .filter(|name| all.contains(name));
        let (rule, _) = lists[0][index].split_once(": ").unwrap();
        format!("{rule}: {}", named.collect::<Vec<_>>().join(" "))
    };
    (0..lists[0].len()).map(merge).collect()
}

#[test]
fn each_kind_of_definition_has_changes_of_its_own() {
    let rows: Vec<Value> = serde_json::from_str(include_str!("breaking/definitions.json")).unwrap();
    for row in rows {
        let [old, new] =
            ["from", "to"].map(|key| catalog(&[("com.example.thing", row[key].clone())]));
        assert_eq!(reported(&old, &new), strings(&row["breaks"]), "{row}");
        assert_eq!(reported(&old, &old), [""; 0]);
    }
}

#[test]
fn a_removed_document_breaks_its_users() {
    let token = ("com.example.other", json!({ "a": { "type": "token" } }));
    for (defs, whom) in [
        (json!({ "main": { "type": "query" } }), "old"),
        (
            json!({ "main": { "type": "record", "key": "tid", "record": { "type": "object", "properties": {} } } }),
            "old stored",
        ),
    ] {
        let old = catalog(&[("com.example.thing", defs), token.clone()]);
        let found = breaking::compare(&old, &catalog(std::slice::from_ref(&token)));
        assert_eq!(
            reported(&old, &catalog(std::slice::from_ref(&token))),
            [format!(" document-removed: {whom}")]
        );
        assert_eq!(
            found[0].diagnostic.file,
            Path::new("com.example.thing.json")
        );
    }
    // A new document is not a breaking change.
    let both = catalog(&[
        ("com.example.thing", json!({ "a": { "type": "token" } })),
        token.clone(),
    ]);
    assert_eq!(reported(&catalog(&[token]), &both), [""; 0]);
}

#[test]
fn compatible_changes_are_reported_with_those_whom_they_concern() {
    let rows: Vec<Value> = serde_json::from_str(include_str!("breaking/compatible.json")).unwrap();
    for row in rows {
        let [old, new] =
            ["from", "to"].map(|key| catalog(&[("com.example.thing", row[key].clone())]));
        let changes = breaking::changes(&old, &new);
        let lines: Vec<_> = changes
            .iter()
            .map(|change| line(change, &change.safe))
            .collect();
        assert_eq!(lines, strings(&row["safe"]), "{row}");
        for change in changes {
            assert_eq!(change.impact, Impact::Compatible);
            assert!(change.breaks.is_empty() && change.advice().is_empty());
        }
        assert_eq!(breaking::compare(&old, &new), []);
    }
    let thing = ("com.example.thing", json!({ "a": { "type": "token" } }));
    let changes = breaking::changes(&catalog(&[]), &catalog(&[thing]));
    assert_eq!(
        line(&changes[0], &changes[0].safe),
        " document-added: old new stored"
    );
}

#[test]
fn what_is_not_compatible_has_advice() {
    let mut names = BTreeSet::new();
    for rule in CHANGES {
        assert!(names.insert(rule.name), "{}", rule.name);
        assert_eq!(
            rule.advice.is_empty(),
            rule.impact == Impact::Compatible,
            "{}",
            rule.name
        );
    }
    let change = |name| breaking::change_rule(name).unwrap();
    assert!(change("new-required").advice.contains("optional"));
    assert!(change("kind-changed").advice.contains("new NSID"));
}

/// Types that are renamed, each with two references to the next.
#[test]
fn a_pair_of_definitions_is_compared_once() {
    let defs = |prefix: &str, last: &str| {
        let mut defs = json!({});
        for index in 0..60 {
            let next = json!({ "type": "ref", "ref": format!("#{prefix}{}", index + 1) });
            let object = json!({ "type": "object", "properties": { "a": next, "b": next } });
            defs[format!("{prefix}{index}")] = object;
        }
        defs[format!("{prefix}60")] = json!({ "type": last });
        defs["root"] = json!({ "type": "object", "properties": {
            "root": { "type": "ref", "ref": format!("#{prefix}0") } } });
        defs
    };
    let with_both = |root: &str, last: &str| {
        let mut all = defs("x", "string");
        for (name, def) in defs("y", last).as_object().unwrap() {
            all[name] = def.clone();
        }
        all["root"] = defs(root, last)["root"].clone();
        catalog(&[("com.example.thing", all)])
    };
    let at = "/defs/root/properties/root";
    let same = reported(&with_both("x", "string"), &with_both("y", "string"));
    assert_eq!(same, [""; 0]);
    let different = reported(&with_both("x", "boolean"), &with_both("y", "boolean"));
    assert_eq!(different, [format!("{at} ref-changed: old new stored")]);
}

/// Types of which any two would have to be compared: what is left counts as different.
#[test]
fn pairs_beyond_a_limit_are_not_compared() {
    let defs = |step: usize, count: usize| {
        let reference =
            |index: usize| json!({ "type": "ref", "ref": format!("#d{}", (index + step) % count) });
        let def = |index: usize| {
            let properties = json!({ "a": reference(index), "b": reference(7 * index + 2) });
            let object = json!({ "type": "object", "properties": properties });
            (format!("d{index}"), object)
        };
        let defs = (0..count).map(def).collect::<serde_json::Map<_, _>>();
        catalog(&[("com.example.thing", defs.into())])
    };
    assert_eq!(reported(&defs(1, 50), &defs(2, 50)), [""; 0]);
    let changes = breaking::compare(&defs(1, 160), &defs(2, 160));
    let message = &changes[0].diagnostic.message;
    assert!(message.contains("there are too many types"), "{message}");
}
