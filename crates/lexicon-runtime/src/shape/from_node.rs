//! Reading a value from a tree.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::error::ShapeError;
use crate::tree::{Node, Tree};

/// A type that is read from a tree: generated types, and those that they consist of. Reading does not check
/// what is beyond the type, such as formats and lengths.
pub trait FromNode: Sized {
    /// Reads it.
    ///
    /// # Errors
    /// The value is of another type.
    fn from_node(v: Node<'_>) -> Result<Self, ShapeError>;
}

/// Implements `serde::Deserialize` for a type.
///
/// # Errors
/// The format is not well-formed, or the value is of another type.
pub fn deserialize<'de, T: FromNode, D: Deserializer<'de>>(d: D) -> Result<T, D::Error> {
    let value = Value::deserialize(d)?;
    T::from_node(Tree::from(&value).root()).map_err(D::Error::custom)
}

impl FromNode for bool {
    fn from_node(v: Node<'_>) -> Result<Self, ShapeError> {
        v.as_bool().ok_or_else(|| ShapeError::expected("a boolean"))
    }
}

impl FromNode for i64 {
    fn from_node(v: Node<'_>) -> Result<Self, ShapeError> {
        v.as_i64().ok_or_else(|| ShapeError::expected("an integer"))
    }
}

impl FromNode for String {
    fn from_node(v: Node<'_>) -> Result<Self, ShapeError> {
        let text = v.as_str().map(str::to_owned);
        text.ok_or_else(|| ShapeError::expected("a string"))
    }
}

impl<T: FromNode> FromNode for Vec<T> {
    fn from_node(v: Node<'_>) -> Result<Self, ShapeError> {
        let items = v
            .as_array()
            .ok_or_else(|| ShapeError::expected("an array"))?;
        items.map(T::from_node).collect()
    }
}

impl<T: FromNode> FromNode for Box<T> {
    fn from_node(v: Node<'_>) -> Result<Self, ShapeError> {
        T::from_node(v).map(Self::new)
    }
}

/// Null is `None`.
impl<T: FromNode> FromNode for Option<T> {
    fn from_node(v: Node<'_>) -> Result<Self, ShapeError> {
        if v.is_null() {
            Ok(None)
        } else {
            T::from_node(v).map(Some)
        }
    }
}

impl FromNode for Value {
    fn from_node(v: Node<'_>) -> Result<Self, ShapeError> {
        Ok(v.to_value())
    }
}

impl FromNode for Map<String, Value> {
    fn from_node(v: Node<'_>) -> Result<Self, ShapeError> {
        let members = v.as_object();
        let members = members.ok_or_else(|| ShapeError::expected("an object"))?;
        Ok(members.to_map())
    }
}
