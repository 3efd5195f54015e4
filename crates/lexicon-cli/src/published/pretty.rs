//! Lexicons as JSON that people read.

use lexicon_runtime::Value;
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
use serde_json::Map;

/// The members that come first, in this order; the others follow by name.
const FIRST: [&str; 5] = ["lexicon", "id", "type", "description", "key"];

/// Writes a document with indentation, and a line break at its end. The same document has the same text.
pub(crate) fn pretty(document: &Map<String, Value>) -> String {
    let text = serde_json::to_string_pretty(&Members(document));
    // A JSON value has a text.
    format!("{}\n", text.unwrap_or_default())
}

struct Members<'v>(&'v Map<String, Value>);

struct Ordered<'v>(&'v Value);

impl Serialize for Members<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut members: Vec<_> = self.0.iter().collect();
        let rank = |name: &str| FIRST.iter().position(|first| *first == name);
        members.sort_by_key(|(name, _)| (rank(name).unwrap_or(FIRST.len()), *name));
        let mut map = serializer.serialize_map(Some(members.len()))?;
        for (name, value) in members {
            map.serialize_entry(name, &Ordered(value))?;
        }
        map.end()
    }
}

impl Serialize for Ordered<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Object(members) => Members(members).serialize(serializer),
            Value::Array(items) => {
                let mut sequence = serializer.serialize_seq(Some(items.len()))?;
                for item in items {
                    sequence.serialize_element(&Ordered(item))?;
                }
                sequence.end()
            }
            scalar => scalar.serialize(serializer),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn members_have_one_order() {
        let document = json!({
            "defs": { "main": { "refs": [{ "b": 1, "type": "x" }], "type": "token", "description": "d" } },
            "id": "com.example.note",
            "lexicon": 1,
        });
        let expected = r#"{
  "lexicon": 1,
  "id": "com.example.note",
  "defs": {
    "main": {
      "type": "token",
      "description": "d",
      "refs": [
        {
          "type": "x",
          "b": 1
        }
      ]
    }
  }
}
"#;
        assert_eq!(pretty(document.as_object().unwrap()), expected);
    }
}
