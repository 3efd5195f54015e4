//! Permissions for what the account's host knows of the account, and for its identity.

use std::fmt;

use super::invalid::InvalidScopeReason as Reason;
use super::syntax::{self, Syntax, single};

const ACCOUNT_PARAMETERS: &[&str; 2] = &["attr", "action"];
const IDENTITY_PARAMETERS: &[&str; 1] = &["attr"];

/// A part of the account at its host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AccountAttribute {
    /// The email address.
    Email,
    /// The repository as a whole.
    Repo,
}

/// What is done to a part of the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AccountAction {
    /// It is read.
    Read,
    /// It is read and changed.
    Manage,
}

/// A permission for a part of the account: `account:email?action=manage`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountPermission {
    /// The part.
    pub attribute: AccountAttribute,
    /// What is allowed.
    pub action: AccountAction,
}

impl AccountPermission {
    pub(super) fn from_syntax(syntax: Syntax<'_>) -> Result<Self, Reason> {
        let [attribute, action] = syntax.values(ACCOUNT_PARAMETERS)?;
        let attribute = match single("attr", &attribute)? {
            Some("email") => AccountAttribute::Email,
            Some("repo") => AccountAttribute::Repo,
            Some(_) => {
                return Err(Reason::Value {
                    parameter: "attr",
                    expected: "email or repo",
                });
            }
            None => return Err(Reason::Missing("attr")),
        };
        let action = match single("action", &action)? {
            Some("read") | None => AccountAction::Read,
            Some("manage") => AccountAction::Manage,
            Some(_) => {
                return Err(Reason::Value {
                    parameter: "action",
                    expected: "read or manage",
                });
            }
        };
        Ok(Self { attribute, action })
    }

    /// Whether one of these permissions allows it: to manage includes to read.
    pub(super) fn is_covered<'p>(&self, mut by: impl Iterator<Item = &'p Self>) -> bool {
        by.any(|by| by.attribute == self.attribute && by.action >= self.action)
    }
}

impl fmt::Display for AccountPermission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [attr, action] = *ACCOUNT_PARAMETERS;
        let attribute = match self.attribute {
            AccountAttribute::Email => "email",
            AccountAttribute::Repo => "repo",
        };
        let action = match self.action {
            AccountAction::Read => None,
            AccountAction::Manage => Some((action, "manage")),
        };
        syntax::write(f, "account", (attr, &[attribute]), action.as_slice())
    }
}

/// A permission for the account's identity: `identity:handle`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IdentityPermission {
    /// The handle is changed.
    Handle,
    /// The whole DID document is changed, the handle included (`*`).
    All,
}

impl IdentityPermission {
    pub(super) fn from_syntax(syntax: Syntax<'_>) -> Result<Self, Reason> {
        let [attribute] = syntax.values(IDENTITY_PARAMETERS)?;
        match single("attr", &attribute)? {
            Some("handle") => Ok(Self::Handle),
            Some("*") => Ok(Self::All),
            Some(_) => Err(Reason::Value {
                parameter: "attr",
                expected: "handle or `*`",
            }),
            None => Err(Reason::Missing("attr")),
        }
    }

    /// Whether one of these permissions allows it.
    pub(super) fn is_covered<'p>(&self, mut by: impl Iterator<Item = &'p Self>) -> bool {
        by.any(|by| by >= self)
    }
}

impl fmt::Display for IdentityPermission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let attribute = match self {
            Self::Handle => "handle",
            Self::All => "*",
        };
        syntax::write(f, "identity", (IDENTITY_PARAMETERS[0], &[attribute]), &[])
    }
}
