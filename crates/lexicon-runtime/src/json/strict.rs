//! Strict JSON as a `Value`, with the place of the first fault.

use std::cell::RefCell;
use std::fmt;

use serde::de::{DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::check::report::{Segment, place as render};
use crate::check::{Violation, Violations};
use crate::tree;

/// Reads a text.
///
/// # Errors
/// The first fault, with its place below `root`, its line and its column.
pub(super) fn parse(root: &'static str, text: &str) -> Result<Value, Violations> {
    let place = RefCell::new(vec![Segment::Key(root.into())]);
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = Strict(&place).deserialize(&mut reader);
    let value = value.and_then(|value| reader.end().map(|()| value));
    value.map_err(|error| {
        let message = match error.classify() {
            // Ours, about a member; the reader's own are about syntax. Neither quotes a value.
            serde_json::error::Category::Data => error.to_string(),
            _ => format!("malformed JSON: {error}"),
        };
        Violation::new(render(&place.borrow()), message).into()
    })
}

/// Builds a `Value` like `serde_json`, but refuses a member that is given twice.
/// It keeps the place where it stands, and leaves it there when it fails.
struct Strict<'p>(&'p RefCell<Vec<Segment>>);

impl Strict<'_> {
    fn step<T, E>(
        &self,
        segment: Segment,
        read: impl FnOnce(Strict<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.0.borrow_mut().push(segment);
        let value = read(Strict(self.0))?;
        self.0.borrow_mut().pop();
        Ok(value)
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, reader: D) -> Result<Value, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, v: bool) -> Result<Value, E> {
        Ok(Value::Bool(v))
    }

    fn visit_i64<E>(self, v: i64) -> Result<Value, E> {
        Ok(Value::Number(v.into()))
    }

    fn visit_u64<E>(self, v: u64) -> Result<Value, E> {
        Ok(Value::Number(v.into()))
    }

    fn visit_f64<E: serde::de::Error>(self, v: f64) -> Result<Value, E> {
        let number = Number::from_f64(v).ok_or_else(|| E::custom("expected a finite number"))?;
        let integer = tree::integer(&number).map(Number::from);
        Ok(Value::Number(integer.unwrap_or(number)))
    }

    fn visit_str<E>(self, v: &str) -> Result<Value, E> {
        Ok(Value::String(v.to_owned()))
    }

    fn visit_string<E>(self, v: String) -> Result<Value, E> {
        Ok(Value::String(v))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut array = Vec::new();
        loop {
            let segment = Segment::Index(array.len());
            match self.step(segment, |reader| items.next_element_seed(reader))? {
                Some(item) => array.push(item),
                None => return Ok(Value::Array(array)),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(key) = members.next_key::<String>()? {
            let value = self.step(Segment::Key(key.clone().into()), |reader| {
                if object.contains_key(&key) {
                    return Err(A::Error::custom("the field is given twice"));
                }
                members.next_value_seed(reader)
            })?;
            object.insert(key, value);
        }
        Ok(Value::Object(object))
    }
}
