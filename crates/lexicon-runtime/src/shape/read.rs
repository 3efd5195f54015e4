//! Reading the fields of a struct.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::error::ShapeError;
use super::from_node::FromNode;
use crate::tree::{InOrder, Lookup, Members, Node};

/// The `$type` of a value, without `#main`.
///
/// # Errors
/// The value is no object, or has no `$type`.
pub fn variant(v: Node<'_>) -> Result<&str, ShapeError> {
    let name = v
        .as_object()
        .and_then(|members| members.get("$type")?.as_str());
    let name = name.ok_or_else(|| ShapeError::expected("an object with a $type"))?;
    Ok(name.strip_suffix("#main").unwrap_or(name))
}

/// The members of an object, from which the fields of a struct are read.
#[derive(Clone, Debug)]
pub struct Fields<'t> {
    all: Members<'t>,
    members: InOrder<'t>,
    /// The names of the members that have fields.
    known: &'static [&'static str],
}

impl<'t> Fields<'t> {
    /// The members of a value.
    ///
    /// # Errors
    /// The value is no object.
    pub fn of(v: Node<'t>, known: &'static [&'static str]) -> Result<Self, ShapeError> {
        let all = v
            .as_object()
            .ok_or_else(|| ShapeError::expected("an object"))?;
        let members = all.in_order();
        Ok(Self {
            all,
            members,
            known,
        })
    }

    /// A member that is there.
    ///
    /// # Errors
    /// It is not, or is of another type.
    pub fn required<T: FromNode>(&mut self, name: &'static str) -> Result<T, ShapeError> {
        let value = self
            .members
            .member(name)
            .ok_or_else(|| ShapeError::expected("a value").at(name))?;
        T::from_node(value).map_err(|error| error.at(name))
    }

    /// A member that is there, and may be null.
    ///
    /// # Errors
    /// As [`required`](Self::required).
    pub fn required_nullable<T: FromNode>(&mut self, name: &'static str) -> Result<T, ShapeError> {
        self.required(name)
    }

    /// A member that may be left out. Null is nothing.
    ///
    /// # Errors
    /// It is of another type.
    pub fn optional<T: FromNode>(&mut self, name: &'static str) -> Result<Option<T>, ShapeError> {
        let value = self.members.member(name).filter(|value| !value.is_null());
        let value = value.map(T::from_node).transpose();
        value.map_err(|error| error.at(name))
    }

    /// A text that may be left out, without a copy. Null is nothing.
    pub(crate) fn text(&mut self, name: &str) -> Result<Option<Cow<'t, str>>, ShapeError> {
        let value = self.members.member(name).filter(|value| !value.is_null());
        let text = value.map(|value| {
            value
                .as_str()
                .ok_or_else(|| ShapeError::expected("a string"))
        });
        Ok(text.transpose()?.map(Cow::Borrowed))
    }

    /// A member that may be left out, and may be null.
    ///
    /// # Errors
    /// It is of another type.
    pub fn optional_nullable<T: FromNode>(
        &mut self,
        name: &'static str,
    ) -> Result<Option<T>, ShapeError> {
        let value = self.members.member(name).map(T::from_node).transpose();
        value.map_err(|error| error.at(name))
    }

    /// A member that has a default.
    ///
    /// # Errors
    /// It is of another type.
    pub fn default<T: FromNode>(&mut self, name: &'static str) -> Result<Option<T>, ShapeError> {
        self.optional(name)
    }

    /// A member that has one valid value.
    ///
    /// # Errors
    /// It is of another type.
    pub fn constant<T: FromNode>(&mut self, name: &'static str) -> Result<Option<T>, ShapeError> {
        self.optional(name)
    }

    /// A member that may be left out. Null is nothing.
    ///
    /// # Errors
    /// It is of another type.
    pub fn tolerant<T: FromNode>(&mut self, name: &'static str) -> Result<Option<T>, ShapeError> {
        self.optional(name)
    }

    /// The members that have no fields, but for the `$type`, which the type itself stands for.
    ///
    /// # Errors
    /// None. It has the signature of the other kinds of members.
    pub fn extra(&self) -> Result<Map<String, Value>, ShapeError> {
        let is_extra = |name: &str| name != "$type" && !self.known.contains(&name);
        Ok(self.all.to_map_of(is_extra))
    }
}
