//! What a client asks for: a permission, or a set of them.

use std::fmt;
use std::str::FromStr;

use super::include::Include;
use super::invalid::InvalidScope;
use super::permission::Permission;
use super::syntax::Syntax;

/// A scope that a client asks for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// A permission.
    Permission(Permission),
    /// The permissions of a permission set.
    Include(Include),
}

impl Scope {
    /// Parses a scope.
    ///
    /// # Errors
    /// The text is neither a permission nor an `include`.
    pub fn parse(text: &str) -> Result<Self, InvalidScope> {
        let scope = Syntax::parse(text).and_then(|syntax| match syntax.resource {
            "include" => Include::from_syntax(syntax).map(Self::Include),
            _ => Permission::from_syntax(syntax).map(Self::Permission),
        });
        scope.map_err(|reason| InvalidScope::new(text, reason))
    }
}

impl FromStr for Scope {
    type Err = InvalidScope;

    fn from_str(text: &str) -> Result<Self, InvalidScope> {
        Self::parse(text)
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Permission(permission) => permission.fmt(f),
            Self::Include(include) => include.fmt(f),
        }
    }
}
