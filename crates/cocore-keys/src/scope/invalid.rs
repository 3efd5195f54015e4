//! The error for a text that is not a scope.

use std::fmt;

use thiserror::Error;

/// The largest size of the text of a scope, and of the text of all scopes of a key.
pub const MAX_BYTES: usize = 4096;

/// The largest number of permissions of a key.
pub const MAX_PERMISSIONS: usize = 64;

/// How many characters of a scope an error shows.
const SHOWN_CHARS: usize = 100;

/// The error for a text that is not a scope, or for a list of scopes that is not allowed: the scope, and what
/// was expected.
///
/// It shows at most 100 characters of the scope, and writes those that are not printable ASCII as escapes.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub struct InvalidScope {
    scope: String,
    reason: InvalidScopeReason,
}

impl fmt::Display for InvalidScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { scope, reason } = self;
        match &scope[..] {
            "" => write!(f, "invalid scope: {reason}"),
            scope => write!(f, "invalid scope `{scope}`: {reason}"),
        }
    }
}

/// Why a text is not a scope: what was expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum InvalidScopeReason {
    /// It contains white space, a control character or a character outside ASCII.
    #[error("expected printable ASCII without white space")]
    Characters,
    /// A `%` begins no percent-encoding, or the percent-encoding of a character that no scope contains.
    #[error("expected the two hexadecimal digits of a printable ASCII character after each `%`")]
    PercentEncoding,
    /// It, or all scopes together, are too long.
    #[error("expected at most {MAX_BYTES} bytes")]
    TooLong,
    /// Its resource is unknown.
    #[error("expected one of the resources repo, rpc, blob, account, identity and include")]
    Resource,
    /// A parameter is not one of its resource, which are these.
    #[error("expected no parameters but {}", .0.join(" and "))]
    UnknownParameter(&'static [&'static str]),
    /// A parameter that takes one value has two, or stands in the positional part as well.
    #[error("expected `{0}` only once")]
    Repeated(&'static str),
    /// A parameter is missing.
    #[error("expected `{0}`, which is missing")]
    Missing(&'static str),
    /// A parameter has a value that it does not take.
    #[error("expected {expected} in `{parameter}`")]
    Value {
        /// The parameter.
        parameter: &'static str,
        /// What it takes.
        expected: &'static str,
    },
    /// A permission is for all methods of all services.
    #[error("expected a method in `lxm` or a service in `aud`, but both are `*`")]
    Unrestricted,
    /// It is an `include`, where only permissions are allowed.
    #[error("expected a permission, found the name of a permission set")]
    Include,
    /// There are no scopes.
    #[error("expected at least one permission")]
    Empty,
    /// There are too many permissions.
    #[error("expected at most {MAX_PERMISSIONS} permissions")]
    TooMany,
    /// An `include` grants no permission.
    #[error("expected a permission set that grants a permission with this `aud`")]
    GrantsNothing,
}

impl InvalidScope {
    pub(super) fn new(scope: &str, reason: InvalidScopeReason) -> Self {
        let mut shown = String::new();
        let mut chars = scope.chars();
        for char in chars.by_ref().take(SHOWN_CHARS) {
            match char {
                ' '..='~' => shown.push(char),
                other => shown.extend(other.escape_default()),
            }
        }
        if !chars.as_str().is_empty() {
            shown.push_str("...");
        }
        Self {
            scope: shown,
            reason,
        }
    }

    /// Returns the beginning of the scope, printable. Empty if the error is about a list.
    pub fn scope(&self) -> &str {
        &self.scope
    }

    /// Returns what was expected.
    pub fn reason(&self) -> InvalidScopeReason {
        self.reason
    }
}
