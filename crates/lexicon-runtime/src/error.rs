//! The body of an error response.
//! Source: <https://atproto.com/specs/xrpc>, "Error Responses".

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::check::{Checker, Validate, Violation, Violations};
use crate::tree::Node;

/// The errors of a method: its declared names, and any other. Generated code implements it for the
/// error enum of each method.
pub trait MethodError:
    From<ErrorBody> + Into<ErrorBody> + fmt::Debug + fmt::Display + Send + 'static
{
    /// The names that the lexicon declares.
    const NAMES: &'static [&'static str];
}

/// The error of a method that declares none.
impl MethodError for ErrorBody {
    const NAMES: &'static [&'static str] = &[];
}

/// The body of an error response. `message` is left out where there is none, never null.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ErrorBody {
    /// The name, as a lexicon declares it or as XRPC knows it.
    pub error: String,
    /// For a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

impl Validate for ErrorBody {
    fn check(c: &mut Checker, v: Node<'_>) {
        let Some(object) = c.object(v) else { return };
        c.required(object, "error", Checker::text);
        c.optional_nullable(object, "message", Checker::text);
    }
}

impl ErrorBody {
    /// An error with or without a message.
    pub fn new(error: impl Into<String>, message: Option<String>) -> Self {
        Self {
            error: error.into(),
            message,
        }
    }
}

impl From<Violations> for ErrorBody {
    fn from(violations: Violations) -> Self {
        Self::new("InvalidRequest", Some(violations.to_string()))
    }
}

impl From<Violation> for ErrorBody {
    fn from(violation: Violation) -> Self {
        Violations::from(violation).into()
    }
}

impl fmt::Display for ErrorBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.message {
            None => f.write_str(&self.error),
            Some(message) => write!(f, "{}: {message}", self.error),
        }
    }
}
