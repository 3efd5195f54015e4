//! Writing types as serde does.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

/// A type that is written as an object. Generated code implements it for structs.
pub trait Object: Sized {
    /// The `$type` that it writes itself, as records do.
    const TAG: Option<&'static str> = None;

    /// Writes its members.
    ///
    /// # Errors
    /// Those of the serializer.
    fn write<M: SerializeMap>(&self, o: &mut Writer<'_, M>) -> Result<(), M::Error>;
}

impl<T: Object> Object for Box<T> {
    const TAG: Option<&'static str> = T::TAG;

    fn write<M: SerializeMap>(&self, o: &mut Writer<'_, M>) -> Result<(), M::Error> {
        (**self).write(o)
    }
}

/// Writes the members of an object.
#[derive(Debug)]
pub struct Writer<'m, M>(&'m mut M);

impl<M: SerializeMap> Writer<'_, M> {
    /// A member.
    ///
    /// # Errors
    /// Those of the serializer.
    pub fn required<T: Serialize>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), M::Error> {
        self.member(name, value)
    }

    /// A member whose name is no constant.
    pub(crate) fn member<T: Serialize>(&mut self, name: &str, value: &T) -> Result<(), M::Error> {
        self.0.serialize_entry(name, value)
    }

    /// A member that has a default.
    ///
    /// # Errors
    /// Those of the serializer.
    pub fn default<T: Serialize>(&mut self, name: &'static str, value: &T) -> Result<(), M::Error> {
        self.required(name, value)
    }

    /// A member that has one valid value.
    ///
    /// # Errors
    /// Those of the serializer.
    pub fn constant<T: Serialize>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), M::Error> {
        self.required(name, value)
    }

    /// A member that may be null.
    ///
    /// # Errors
    /// Those of the serializer.
    pub fn required_nullable<T: Serialize>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), M::Error> {
        self.required(name, value)
    }

    /// A member, if there is one.
    ///
    /// # Errors
    /// Those of the serializer.
    pub fn optional<T: Serialize>(
        &mut self,
        name: &'static str,
        value: &Option<T>,
    ) -> Result<(), M::Error> {
        match value {
            Some(value) => self.required(name, value),
            None => Ok(()),
        }
    }

    /// A member that may be null, if there is one.
    ///
    /// # Errors
    /// Those of the serializer.
    pub fn optional_nullable<T: Serialize>(
        &mut self,
        name: &'static str,
        value: &Option<T>,
    ) -> Result<(), M::Error> {
        self.optional(name, value)
    }

    /// A member, if there is one.
    ///
    /// # Errors
    /// Those of the serializer.
    pub fn tolerant<T: Serialize>(
        &mut self,
        name: &'static str,
        value: &Option<T>,
    ) -> Result<(), M::Error> {
        self.optional(name, value)
    }

    /// Members of any names.
    ///
    /// # Errors
    /// Those of the serializer.
    pub fn extra(&mut self, members: &Map<String, Value>) -> Result<(), M::Error> {
        let mut members = members.iter();
        members.try_for_each(|(name, value)| self.member(name, value))
    }
}

/// Implements `serde::Serialize` for a type.
///
/// # Errors
/// Those of the serializer.
pub fn serialize<T: Object, S: Serializer>(value: &T, s: S) -> Result<S::Ok, S::Error> {
    let mut members = s.serialize_map(None)?;
    if let Some(tag) = T::TAG {
        members.serialize_entry("$type", tag)?;
    }
    value.write(&mut Writer(&mut members))?;
    members.end()
}

/// Writes a variant of a union: its `$type`, then its members.
///
/// # Errors
/// Those of the serializer.
pub fn serialize_variant<T: Object, S: Serializer>(
    value: &T,
    name: &'static str,
    s: S,
) -> Result<S::Ok, S::Error> {
    let mut members = s.serialize_map(None)?;
    members.serialize_entry("$type", T::TAG.unwrap_or(name))?;
    value.write(&mut Writer(&mut members))?;
    members.end()
}
