//! The permissions that a permission set grants.
//! Source: <https://atproto.com/specs/permission>, "Permission Sets".

use lexicon_runtime::Value;

use super::include::Include;
use super::invalid::{InvalidScope, InvalidScopeReason as Reason};
use super::permission::Permission;
use super::repo::RepoPermission;
use super::rpc::RpcPermission;

impl Include {
    /// Returns the permissions that a permission set grants: the set that this scope names, of whose lexicon
    /// `permissions` is the array of that name.
    ///
    /// A permission that a set cannot grant is ignored, as the specification demands: one of another resource than
    /// `repo` and `rpc`, with an unknown parameter or value, with a wildcard in `collection` or `lxm`, with an NSID
    /// outside the set's own group, or with an `aud` that is neither `*` nor inherited.
    ///
    /// # Errors
    /// No permission is left.
    pub fn expand(&self, permissions: &[Value]) -> Result<Vec<Permission>, InvalidScope> {
        let permissions = permissions.iter();
        let permissions: Vec<_> = permissions.filter_map(|entry| self.grant(entry)).collect();
        match permissions.is_empty() {
            true => Err(InvalidScope::new(&self.to_string(), Reason::GrantsNothing)),
            false => Ok(permissions),
        }
    }

    /// The permission that an entry of the set grants.
    fn grant(&self, entry: &Value) -> Option<Permission> {
        let members = entry.as_object()?;
        members.get("type")?;
        let resource = members.get("resource")?.as_str()?;
        let (mut nsids, mut actions) = (Vec::new(), Vec::new());
        let (mut aud, mut inherits) = (None, false);
        for (name, value) in members {
            match (resource, &name[..]) {
                (_, "type") => (value == "permission").then_some(())?,
                (_, "resource") => {}
                // Each definition of a lexicon may have it.
                (_, "description") => value.is_string().then_some(())?,
                ("repo", "collection") | ("rpc", "lxm") => nsids = strings(value)?,
                ("repo", "action") => actions = strings(value)?,
                ("rpc", "aud") => aud = Some(value.as_str()?),
                ("rpc", "inheritAud") => inherits = value.as_bool()?,
                _ => return None,
            }
        }
        if !nsids.iter().all(|nsid| self.may_grant(nsid)) {
            return None;
        }
        let nsids = nsids.into_iter();
        let permission = match (resource, aud, inherits) {
            ("repo", ..) => RepoPermission::new(nsids, actions.into_iter()).map(Permission::Repo),
            ("rpc", Some("*"), false) => RpcPermission::new(nsids, "*").map(Permission::Rpc),
            ("rpc", None, true) => {
                RpcPermission::new(nsids, self.aud()?.as_str()).map(Permission::Rpc)
            }
            _ => return None,
        };
        permission.ok()
    }

    /// Whether the set may grant permissions for an NSID: one of its own group, or below it. Not for `*`.
    fn may_grant(&self, nsid: &str) -> bool {
        let below = nsid.strip_prefix(self.nsid().authority());
        below.is_some_and(|below| below.starts_with('.'))
    }
}

/// The strings of an array that is not empty.
fn strings(value: &Value) -> Option<Vec<&str>> {
    let strings: Option<Vec<_>> = value.as_array()?.iter().map(Value::as_str).collect();
    strings.filter(|strings| !strings.is_empty())
}
