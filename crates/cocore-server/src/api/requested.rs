//! What is asked for of a key: its name, note, expiry, scopes and models.

use chrono::{DateTime, Utc};
use cocore_keys::scope::{Include, InvalidScope, Scope};
use cocore_keys::{KeyName, KeyNote, Models, Scopes};
use lexicon_runtime::Datetime;
use xrpc_server::XrpcError;

use crate::errors::invalid;
use crate::permission_sets::PERMISSION_SETS;

pub(super) fn name(text: &str) -> Result<KeyName, XrpcError> {
    KeyName::parse(text).map_err(|why| invalid("input/name", why))
}

pub(super) fn note(text: &str) -> Result<Option<KeyNote>, XrpcError> {
    KeyNote::parse(text).map_err(|why| invalid("input/note", why))
}

/// An expiry that cannot be read never makes a key without one.
pub(super) fn expiry(text: &Datetime) -> Result<DateTime<Utc>, XrpcError> {
    let at = text.to_utc();
    at.ok_or_else(|| invalid("input/expiresAt", "expected a datetime"))
}

/// The models of limits.
pub(super) fn limited_models(names: &[String]) -> Result<Models, XrpcError> {
    let names = names.iter().map(String::as_str);
    Models::parse(names).map_err(|why| invalid("input/limits/models", why))
}

pub(super) fn models(names: &[String]) -> Result<Models, XrpcError> {
    let names = names.iter().map(String::as_str);
    Models::parse(names).map_err(|why| invalid("input/models", why))
}

/// Returns the permissions of scopes. An `include` of a permission set of this service is expanded: a later version
/// of the set changes nothing.
pub(crate) fn scopes(texts: &[String]) -> Result<Scopes, InvalidScope> {
    let mut permissions = Vec::new();
    for text in texts {
        match Scope::parse(text)? {
            Scope::Permission(permission) => permissions.push(permission),
            Scope::Include(include) => permissions.extend(expand(&include)?),
        }
    }
    Scopes::from_permissions(permissions)
}

fn expand(include: &Include) -> Result<Vec<cocore_keys::Permission>, InvalidScope> {
    let set = PERMISSION_SETS.get(include.nsid().as_str());
    include.expand(set.map_or(&[], |set| &set.permissions))
}
