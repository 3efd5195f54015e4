//! The lexicons that a document refers to.

use std::collections::BTreeSet;

use lexicon_runtime::{Nsid, Value};
use lexicon_schema::{Catalog, Document, Pointer};
use serde_json::Map;

/// Returns the NSIDs that the references of a document lead to, but for its own: `ref` and the `refs` of unions.
/// It works on the JSON, so that a document with unknown types is followed too.
pub(crate) fn references(document: &Map<String, Value>) -> BTreeSet<Nsid> {
    let mut found = BTreeSet::new();
    let mut pending: Vec<&Value> = document.values().collect();
    while let Some(value) = pending.pop() {
        match value {
            Value::Array(items) => pending.extend(items),
            Value::Object(members) => {
                let texts = match members.get("type").and_then(Value::as_str) {
                    Some("ref") => members.get("ref").into_iter().collect(),
                    Some("union") => {
                        let refs = members.get("refs").and_then(Value::as_array);
                        refs.into_iter().flatten().collect()
                    }
                    _ => Vec::new(),
                };
                let texts = texts.into_iter().filter_map(Value::as_str);
                let nsids = texts.filter_map(|text| text.split('#').next());
                found.extend(nsids.filter_map(|nsid| Nsid::parse(nsid).ok()));
                pending.extend(members.values());
            }
            _ => {}
        }
    }
    let own = document.get("id").and_then(Value::as_str);
    found.retain(|nsid| Some(nsid.as_str()) != own);
    found
}

/// Returns what is wrong with the references of a lexicon: they lead to nothing, or to no type of data. One to a
/// lexicon that is not in the catalog may lead to a published one.
pub(crate) fn wrong_reference(catalog: &Catalog, document: &Document) -> Option<String> {
    let mut wrong = None;
    let mut check = |reference: &str, at: &Pointer| {
        let nsid = reference.split('#').next().unwrap_or_default();
        let is_elsewhere = !nsid.is_empty() && catalog.get(nsid).is_none();
        let target = catalog.resolve(document, reference);
        if !is_elsewhere && !target.is_some_and(|target| target.is_data()) {
            let file = document.file.display();
            wrong = Some(format!("{file}#{at}: `{reference}` is no type of data"));
        }
    };
    for def in document.defs.values() {
        def.each_schema(&mut |schema| {
            let references = schema.references().iter();
            references.for_each(|reference| check(reference, &schema.pointer));
        });
    }
    wrong
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn references_of_all_places() {
        let document = json!({
            "id": "com.example.own",
            "defs": {
                "main": { "type": "record", "record": { "type": "object", "properties": {
                    "type": { "type": "ref", "ref": "com.example.a#x" },
                    "ref": { "type": "array", "items": { "type": "union", "refs": [
                        "com.example.b", "#own", "com.example.own#own", 1, "no nsid",
                    ] } },
                    "text": { "type": "string", "default": "com.example.no", "knownValues": ["com.example.no#x"] },
                } } },
                "later": { "type": "from-the-future", "inner": { "type": "ref", "ref": "com.example.c" } },
            },
        });
        let found = references(document.as_object().unwrap());
        let found: Vec<_> = found.iter().map(Nsid::as_str).collect();
        assert_eq!(found, ["com.example.a", "com.example.b", "com.example.c"]);
    }
}
