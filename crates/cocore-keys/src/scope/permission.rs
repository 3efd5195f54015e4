//! One permission.

use std::fmt;
use std::str::FromStr;

use super::account::{AccountPermission, IdentityPermission};
use super::blob::BlobPermission;
use super::invalid::{InvalidScope, InvalidScopeReason as Reason, MAX_BYTES};
use super::repo::{RepoAction, RepoPermission};
use super::rpc::RpcPermission;
use super::syntax::Syntax;

/// A permission of the AT Protocol. Its text is an OAuth scope.
///
/// The text is written in a normal form, which parses to an equal permission: lists are in order and without
/// repetition, default values are left out, and a list of one value stands in the positional part.
///
/// ```
/// # use cocore_keys::scope::Permission;
/// let permission = Permission::parse("repo?action=delete&action=create&collection=com.example.thing")?;
/// assert_eq!(permission.to_string(), "repo:com.example.thing?action=create&action=delete");
/// assert!(Permission::parse("repo:com.example.*").is_err());
/// # Ok::<(), cocore_keys::scope::InvalidScope>(())
/// ```
///
/// Source: <https://atproto.com/specs/permission>.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Permission {
    /// Records are written.
    Repo(RepoPermission),
    /// Methods are called.
    Rpc(RpcPermission),
    /// Blobs are uploaded.
    Blob(BlobPermission),
    /// A part of the account at its host is read or changed.
    Account(AccountPermission),
    /// The account's identity is changed.
    Identity(IdentityPermission),
}

impl Permission {
    /// Parses a permission of at most [`MAX_BYTES`], in time that is nearly linear in its length.
    ///
    /// # Errors
    /// The text is not a permission. An unknown resource, an unknown parameter or an unknown value makes it none,
    /// since what is unknown may narrow the permission.
    pub fn parse(text: &str) -> Result<Self, InvalidScope> {
        let permission = Syntax::parse(text).and_then(Self::from_syntax);
        permission.map_err(|reason| InvalidScope::new(text, reason))
    }

    pub(super) fn from_syntax(syntax: Syntax<'_>) -> Result<Self, Reason> {
        let permission = match syntax.resource {
            "repo" => RepoPermission::from_syntax(syntax).map(Self::Repo),
            "rpc" => RpcPermission::from_syntax(syntax).map(Self::Rpc),
            "blob" => BlobPermission::from_syntax(syntax).map(Self::Blob),
            "account" => AccountPermission::from_syntax(syntax).map(Self::Account),
            "identity" => IdentityPermission::from_syntax(syntax).map(Self::Identity),
            "include" => Err(Reason::Include),
            _ => Err(Reason::Resource),
        }?;
        // The normal form can be longer, where it percent-encodes what the text does not.
        match permission.to_string().len() > MAX_BYTES {
            true => Err(Reason::TooLong),
            false => Ok(permission),
        }
    }

    /// Creates the permission that a call of a method of a service needs. `lxm` is an NSID, `aud` a DID, `#` and
    /// the fragment of a service; either of them may be `*`.
    ///
    /// # Errors
    /// One of them is something else, or both are `*`.
    pub fn rpc(lxm: &str, aud: &str) -> Result<Self, InvalidScope> {
        let permission = RpcPermission::new(std::iter::once(lxm), aud);
        permission
            .map(Self::Rpc)
            .map_err(|reason| InvalidScope::new(lxm, reason))
    }

    /// Creates the permission that an action on a record of a collection needs. `collection` is an NSID or `*`.
    ///
    /// # Errors
    /// The collection is something else.
    pub fn repo(collection: &str, action: RepoAction) -> Result<Self, InvalidScope> {
        let action = std::iter::once(action.name());
        let permission = RepoPermission::new(std::iter::once(collection), action);
        permission
            .map(Self::Repo)
            .map_err(|reason| InvalidScope::new(collection, reason))
    }

    /// Creates the permission that the upload of a blob needs. `media_type` is a media type without parameters, or
    /// a range such as `image/*`.
    ///
    /// # Errors
    /// The media type is something else.
    pub fn blob(media_type: &str) -> Result<Self, InvalidScope> {
        let permission = BlobPermission::new(std::iter::once(media_type));
        permission
            .map(Self::Blob)
            .map_err(|reason| InvalidScope::new(media_type, reason))
    }

    /// Returns whether it allows everything that another permission allows.
    pub fn covers(&self, other: &Self) -> bool {
        Self::cover(std::slice::from_ref(self), other)
    }

    /// Returns whether each concrete action that a permission allows is allowed by one of these.
    pub(super) fn cover(granted: &[Self], wanted: &Self) -> bool {
        let granted = granted.iter();
        match wanted {
            Self::Repo(wanted) => wanted.is_covered(granted.filter_map(Self::as_repo)),
            Self::Rpc(wanted) => wanted.is_covered(granted.filter_map(Self::as_rpc)),
            Self::Blob(wanted) => wanted.is_covered(granted.filter_map(|granted| match granted {
                Self::Blob(granted) => Some(granted),
                _ => None,
            })),
            Self::Account(wanted) => {
                wanted.is_covered(granted.filter_map(|granted| match granted {
                    Self::Account(granted) => Some(granted),
                    _ => None,
                }))
            }
            Self::Identity(wanted) => {
                wanted.is_covered(granted.filter_map(|granted| match granted {
                    Self::Identity(granted) => Some(granted),
                    _ => None,
                }))
            }
        }
    }

    /// Returns the permission to write records, if it is one.
    pub fn as_repo(&self) -> Option<&RepoPermission> {
        match self {
            Self::Repo(permission) => Some(permission),
            _ => None,
        }
    }

    /// Returns the permission to call methods, if it is one.
    pub fn as_rpc(&self) -> Option<&RpcPermission> {
        match self {
            Self::Rpc(permission) => Some(permission),
            _ => None,
        }
    }
}

impl FromStr for Permission {
    type Err = InvalidScope;

    fn from_str(text: &str) -> Result<Self, InvalidScope> {
        Self::parse(text)
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Repo(permission) => permission.fmt(f),
            Self::Rpc(permission) => permission.fmt(f),
            Self::Blob(permission) => permission.fmt(f),
            Self::Account(permission) => permission.fmt(f),
            Self::Identity(permission) => permission.fmt(f),
        }
    }
}
