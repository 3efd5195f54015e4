//! Reads a type from a tree, as serde reads it from a text.

use serde::de::value::{BorrowedStrDeserializer, Error, MapAccessDeserializer};
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde::forward_to_deserialize_any;

use super::node::{Entry, Node};

/// A place in the list of entries. Reading goes through it once, from front to back.
pub(super) struct Reader<'t>(pub(super) &'t [Entry<'t>]);

impl<'t> Reader<'t> {
    fn next(&mut self) -> Result<&'t Entry<'t>, Error> {
        let (entry, rest) = self.0.split_first().ok_or_else(end)?;
        self.0 = rest;
        Ok(entry)
    }

    /// What follows an array or object of `size` entries, the first of which is read.
    fn after(&self, size: usize) -> Result<&'t [Entry<'t>], Error> {
        self.0.get(size - 1..).ok_or_else(end)
    }
}

/// A list that ends too early, which no tree has.
fn end() -> Error {
    Error::custom("expected a value")
}

impl<'t> Node<'t> {
    /// Reads it as a `T`, without a check.
    ///
    /// # Errors
    /// It has not the shape of a `T`. The message may quote a value.
    pub fn read<T: serde::Deserialize<'t>>(self) -> Result<T, Error> {
        T::deserialize(&mut Reader(self.0))
    }
}

impl<'t> Deserializer<'t> for &mut Reader<'t> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.next()? {
            Entry::Null => visitor.visit_unit(),
            Entry::Boolean(value) => visitor.visit_bool(*value),
            Entry::Integer(value) => visitor.visit_i64(*value),
            Entry::Number(number) => match (number.as_u64(), number.as_f64()) {
                (Some(value), _) => visitor.visit_u64(value),
                (None, Some(value)) => visitor.visit_f64(value),
                (None, None) => Err(Error::custom("expected a number of 64 bits")),
            },
            Entry::String(text) => visitor.visit_borrowed_str(text),
            Entry::Array { count, size } => {
                let after = self.after(*size)?;
                let value = visitor.visit_seq(Content(&mut *self, *count))?;
                self.0 = after;
                Ok(value)
            }
            Entry::Object { count, size } => {
                let after = self.after(*size)?;
                let value = visitor.visit_map(Content(&mut *self, *count))?;
                self.0 = after;
                Ok(value)
            }
        }
    }

    fn deserialize_option<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0.first() {
            Some(Entry::Null) => {
                self.next()?;
                visitor.visit_none()
            }
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'t>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'t>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self.next()? {
            Entry::String(name) => visitor.visit_enum(BorrowedStrDeserializer::new(name)),
            Entry::Object { count, .. } => {
                visitor.visit_enum(MapAccessDeserializer::new(Content(self, *count)))
            }
            _ => Err(Error::custom("expected a text or an object")),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Error> {
        let size = self.0.first().map_or(0, Entry::size);
        self.0 = self.0.get(size..).ok_or_else(end)?;
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        <V: Visitor<'t>>
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map struct identifier
    }
}

/// What is left of an array or an object.
struct Content<'r, 't>(&'r mut Reader<'t>, usize);

impl Content<'_, '_> {
    /// Whether there was one more.
    fn step(&mut self) -> bool {
        let left = self.1.checked_sub(1);
        self.1 = left.unwrap_or(0);
        left.is_some()
    }
}

impl<'t> SeqAccess<'t> for Content<'_, 't> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'t>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Error> {
        match self.step() {
            true => seed.deserialize(&mut *self.0).map(Some),
            false => Ok(None),
        }
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.1)
    }
}

impl<'t> MapAccess<'t> for Content<'_, 't> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'t>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Error> {
        if !self.step() {
            return Ok(None);
        }
        match self.0.next()? {
            Entry::String(name) => {
                let name = BorrowedStrDeserializer::new(name);
                seed.deserialize(name).map(Some)
            }
            _ => Err(Error::custom("expected a name")),
        }
    }

    fn next_value_seed<V: DeserializeSeed<'t>>(&mut self, seed: V) -> Result<V::Value, Error> {
        seed.deserialize(&mut *self.0)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.1)
    }
}
