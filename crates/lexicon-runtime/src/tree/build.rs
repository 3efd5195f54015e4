//! Builds a tree: from a text, or from a value that is parsed already.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Number, Value};

use super::{Entry, Node, Tree, integer};

/// Of how many bytes of text there is about one entry.
const BYTES_PER_ENTRY: usize = 16;

/// The entries so far.
#[derive(Default)]
pub(crate) struct Builder<'t> {
    entries: Vec<Entry<'t>>,
    has_dollar: bool,
    has_other_number: bool,
}

impl<'t> Builder<'t> {
    /// Reads a text that is strict JSON: no member is given twice, and nothing follows.
    ///
    /// # Errors
    /// It is not; where is not known.
    pub(crate) fn text(text: &'t str) -> serde_json::Result<Tree<'t>> {
        let mut builder = Self {
            entries: Vec::with_capacity(1 + text.len() / BYTES_PER_ENTRY),
            ..Self::default()
        };
        let mut reader = serde_json::Deserializer::from_str(text);
        builder.deserialize(&mut reader)?;
        reader.end()?;
        Ok(builder.finish())
    }

    pub(super) fn value(&mut self, value: &'t Value) {
        match value {
            Value::Null => self.entries.push(Entry::Null),
            Value::Bool(value) => self.entries.push(Entry::Boolean(*value)),
            Value::Number(number) => self.number(number.clone()),
            Value::String(text) => self.string(Cow::Borrowed(text)),
            Value::Array(items) => {
                let at = self.open();
                items.iter().for_each(|item| self.value(item));
                self.close_array(at, items.len());
            }
            Value::Object(members) => {
                let at = self.open();
                for (name, value) in members {
                    self.name(Cow::Borrowed(name));
                    self.value(value);
                }
                self.close_object(at, members.len());
            }
        }
    }

    pub(super) fn finish(self) -> Tree<'t> {
        Tree {
            entries: self.entries,
            is_plain: !self.has_dollar && !self.has_other_number,
        }
    }

    fn string(&mut self, text: Cow<'t, str>) {
        self.entries.push(Entry::String(text));
    }

    fn name(&mut self, name: Cow<'t, str>) {
        self.has_dollar |= name.starts_with('$');
        self.string(name);
    }

    fn number(&mut self, number: Number) {
        self.entries.push(match integer(&number) {
            Some(integer) => Entry::Integer(integer),
            None => {
                self.has_other_number = true;
                Entry::Number(number)
            }
        });
    }

    fn open(&mut self) -> usize {
        self.entries.push(Entry::Null);
        self.entries.len() - 1
    }

    fn close_array(&mut self, at: usize, count: usize) {
        let size = self.entries.len() - at;
        self.entries[at] = Entry::Array { count, size };
    }

    fn close_object(&mut self, at: usize, count: usize) {
        let size = self.entries.len() - at;
        self.entries[at] = Entry::Object { count, size };
    }
}

/// Adds the value that a reader is at.
impl<'t> DeserializeSeed<'t> for &mut Builder<'t> {
    type Value = ();

    fn deserialize<D: Deserializer<'t>>(self, reader: D) -> Result<(), D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'t> Visitor<'t> for &mut Builder<'t> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.entries.push(Entry::Null);
        Ok(())
    }

    fn visit_bool<E>(self, v: bool) -> Result<(), E> {
        self.entries.push(Entry::Boolean(v));
        Ok(())
    }

    fn visit_i64<E>(self, v: i64) -> Result<(), E> {
        self.entries.push(Entry::Integer(v));
        Ok(())
    }

    fn visit_u64<E>(self, v: u64) -> Result<(), E> {
        self.number(v.into());
        Ok(())
    }

    fn visit_f64<E: serde::de::Error>(self, v: f64) -> Result<(), E> {
        let number = Number::from_f64(v).ok_or_else(|| E::custom("expected a finite number"))?;
        self.number(number);
        Ok(())
    }

    fn visit_borrowed_str<E>(self, v: &'t str) -> Result<(), E> {
        self.string(Cow::Borrowed(v));
        Ok(())
    }

    fn visit_str<E>(self, v: &str) -> Result<(), E> {
        self.string(Cow::Owned(v.to_owned()));
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'t>>(self, mut items: A) -> Result<(), A::Error> {
        let at = self.open();
        let mut count = 0;
        while items.next_element_seed(&mut *self)?.is_some() {
            count += 1;
        }
        self.close_array(at, count);
        Ok(())
    }

    fn visit_map<A: MapAccess<'t>>(self, mut members: A) -> Result<(), A::Error> {
        let at = self.open();
        let mut count = 0;
        while members.next_key_seed(Name(&mut *self))?.is_some() {
            members.next_value_seed(&mut *self)?;
            count += 1;
        }
        self.close_object(at, count);
        match repeats_name(Node(&self.entries[at..])) {
            true => Err(A::Error::custom("a field is given twice")),
            false => Ok(()),
        }
    }
}

/// Adds a name.
struct Name<'b, 't>(&'b mut Builder<'t>);

impl<'t> DeserializeSeed<'t> for Name<'_, 't> {
    type Value = ();

    fn deserialize<D: Deserializer<'t>>(self, reader: D) -> Result<(), D::Error> {
        reader.deserialize_str(self)
    }
}

impl<'t> Visitor<'t> for Name<'_, 't> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_borrowed_str<E>(self, v: &'t str) -> Result<(), E> {
        self.0.name(Cow::Borrowed(v));
        Ok(())
    }

    fn visit_str<E>(self, v: &str) -> Result<(), E> {
        self.0.name(Cow::Owned(v.to_owned()));
        Ok(())
    }
}

/// The most names of which each is compared with each.
const FEW: usize = 16;

/// Whether an object has a member twice.
fn repeats_name(object: Node<'_>) -> bool {
    let Some(members) = object.as_object() else {
        return false;
    };
    if members.len() <= FEW {
        let mut names = [""; FEW];
        return members.iter().enumerate().any(|(index, (name, _))| {
            names[index] = name;
            names[..index].contains(&name)
        });
    }
    let mut names: Vec<_> = members.iter().map(|(name, _)| name).collect();
    names.sort_unstable();
    names.windows(2).any(|pair| pair[0] == pair[1])
}
