//! Reading a body: strict JSON, then the check, then the type.

use std::cell::RefCell;
use std::fmt;

use serde::de::{DeserializeOwned, DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::check::report::{Segment, place as render};
use crate::check::{Checker, Validate, Violation, Violations};

/// Reads strict JSON: UTF-8, no member given twice, at most 128 levels deep, nothing after it.
///
/// # Errors
/// The first fault, with its place below `root`, its line and its column.
pub fn parse(root: &'static str, bytes: &[u8]) -> Result<Value, Violations> {
    let place = RefCell::new(vec![Segment::Key(root.into())]);
    let fault =
        |message: String| Violations::from(Violation::new(render(&place.borrow()), message));
    if bytes.is_empty() {
        return Err(fault("expected JSON, found nothing".to_owned()));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let at = error.valid_up_to();
        fault(format!("malformed JSON: no UTF-8 from byte {at} on"))
    })?;
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = Strict(&place).deserialize(&mut reader);
    let value = value.and_then(|value| reader.end().map(|()| value));
    value.map_err(|error| match error.classify() {
        // Ours, about a member; the reader's own are about syntax. Neither quotes a value.
        serde_json::error::Category::Data => fault(error.to_string()),
        _ => fault(format!("malformed JSON: {error}")),
    })
}

/// Reads a body of type `T`: every constraint of its schema holds in what is returned.
///
/// # Errors
/// All that is wrong with it, each with its place below `root`.
pub fn decode<T: Validate + DeserializeOwned>(
    root: &'static str,
    bytes: &[u8],
) -> Result<T, Violations> {
    from_value(root, parse(root, bytes)?)
}

/// The same for a value that is already parsed.
///
/// # Errors
/// As [`decode`].
pub fn from_value<T: Validate + DeserializeOwned>(
    root: &'static str,
    value: Value,
) -> Result<T, Violations> {
    Checker::run(root, &value, T::check)?;
    read(root, value)
}

/// Reads a body that has the shape of `T`, and returns beside it what else its schema does not allow:
/// for clients, which the specification asks to tolerate a server that is newer or careless.
///
/// # Errors
/// The body is no strict JSON, or has not the shape of `T`.
pub fn decode_lenient<T: Validate + DeserializeOwned>(
    root: &'static str,
    bytes: &[u8],
) -> Result<(T, Option<Violations>), Violations> {
    let value = parse(root, bytes)?;
    match Checker::run(root, &value, T::check) {
        Ok(()) => read(root, value).map(|body| (body, None)),
        // The violations are more precise than that the shape is wrong.
        Err(violations) => match read(root, value) {
            Ok(body) => Ok((body, Some(violations))),
            Err(_) => Err(violations),
        },
    }
}

/// Reads a value as a `T`, without its check.
pub(crate) fn read<T: DeserializeOwned>(root: &'static str, value: Value) -> Result<T, Violations> {
    // Serde's message may quote a value, and a value may be a secret.
    serde_json::from_value(value).map_err(|_| {
        Violation::new(root, "the value has not the shape that its schema asks for").into()
    })
}

/// Checks a value that was built in Rust, before it is sent.
///
/// # Errors
/// All that its schema does not allow.
pub fn check<T: Validate + serde::Serialize>(
    root: &'static str,
    value: &T,
) -> Result<(), Violations> {
    match serde_json::to_value(value) {
        Ok(value) => Checker::run(root, &value, T::check),
        Err(_) => Err(Violation::new(root, "the value cannot be written as JSON").into()),
    }
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
        Ok(Value::Number(number))
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
