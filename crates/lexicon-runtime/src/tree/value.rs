//! A tree as a `Value`.

use serde_json::{Map, Number, Value};

use super::node::{Entry, Members, Node};

impl Node<'_> {
    /// The value, copied. It is what serde reads from the same text.
    pub fn to_value(self) -> Value {
        if let Some(items) = self.as_array() {
            return Value::Array(items.map(Node::to_value).collect());
        }
        if let Some(members) = self.as_object() {
            return Value::Object(members.to_map());
        }
        match self.entry() {
            Entry::Boolean(value) => Value::Bool(*value),
            Entry::Integer(value) => Value::Number(Number::from(*value)),
            Entry::Number(number) => Value::Number(number.clone()),
            Entry::String(text) => Value::String((**text).to_owned()),
            Entry::Null | Entry::Array { .. } | Entry::Object { .. } => Value::Null,
        }
    }
}

impl Members<'_> {
    /// The members, copied.
    pub fn to_map(self) -> Map<String, Value> {
        self.to_map_of(|_| true)
    }

    /// Those members copied whose names are asked for.
    pub(crate) fn to_map_of(self, is_asked: impl Fn(&str) -> bool) -> Map<String, Value> {
        let mut map = Map::new();
        for (name, value) in self.iter().filter(|(name, _)| is_asked(name)) {
            map.insert(name.to_owned(), value.to_value());
        }
        map
    }
}
