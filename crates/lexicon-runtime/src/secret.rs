//! A string that prints nothing.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::shape::{FromNode, ShapeError};
use crate::tree::Node;

/// A secret in a body, such as an API key: it travels in JSON, and is shown nowhere else.
/// It has no `Display` and no comparison; `Debug` prints a placeholder.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Wraps the plain text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The plain text. Every call is a place to look at in a review.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

impl FromNode for Secret {
    fn from_node(v: Node<'_>) -> Result<Self, ShapeError> {
        FromNode::from_node(v).map(Self)
    }
}
