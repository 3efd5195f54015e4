//! The permissions of a key.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use super::invalid::{InvalidScope, InvalidScopeReason as Reason, MAX_BYTES, MAX_PERMISSIONS};
use super::permission::Permission;
use super::repo::RepoAction;

/// The permissions of a key: 1 to [`MAX_PERMISSIONS`], in at most [`MAX_BYTES`] of text. They never change.
///
/// The permissions are in order and distinct, so that two lists of the same permissions are equal. Their text is
/// the `scope` of OAuth: the permissions in their normal form, with a space between each two.
///
/// On 64-bit systems a list takes 32 bytes, its text, and for each permission 40 bytes and what it owns: 24 bytes and
/// the text of each NSID, 16 bytes and the text of each media type, and the text of the service. Three permissions to
/// call `dev.cocore.inference.dispatch` and methods with names as long, of a service with a text of 39 bytes, take
/// about 670 bytes in 11 blocks. The largest list takes less than 16 KiB.
#[derive(Clone)]
pub struct Scopes {
    /// It determines the permissions.
    text: Box<str>,
    permissions: Box<[Permission]>,
}

impl Scopes {
    /// Parses permissions, with one space between each two.
    ///
    /// # Errors
    /// The text is empty or too long, or one of the scopes is not a permission; an `include` is none.
    pub fn parse(text: &str) -> Result<Self, InvalidScope> {
        if text.is_empty() {
            return Err(InvalidScope::new("", Reason::Empty));
        }
        if text.len() > MAX_BYTES {
            return Err(InvalidScope::new("", Reason::TooLong));
        }
        let permissions = text.split(' ').map(Permission::parse);
        Self::from_permissions(permissions.collect::<Result<_, _>>()?)
    }

    /// Creates a list of permissions, in any order. Repetitions do not count.
    ///
    /// # Errors
    /// There are none or too many of them, or their text is too long.
    pub fn from_permissions(mut permissions: Vec<Permission>) -> Result<Self, InvalidScope> {
        permissions.sort_unstable();
        permissions.dedup();
        let texts: Vec<_> = permissions.iter().map(Permission::to_string).collect();
        let text = texts.join(" ");
        let reason = if permissions.is_empty() {
            Reason::Empty
        } else if permissions.len() > MAX_PERMISSIONS {
            Reason::TooMany
        } else if text.len() > MAX_BYTES {
            Reason::TooLong
        } else {
            return Ok(Self {
                text: text.into(),
                permissions: permissions.into(),
            });
        };
        Err(InvalidScope::new("", reason))
    }

    /// Returns a list that allows nothing, which stands for stored scopes that cannot be read.
    pub(crate) fn nothing() -> Self {
        Self {
            text: Box::default(),
            permissions: Box::default(),
        }
    }

    /// Returns the text. It is empty only for scopes that were stored and cannot be read.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns the permissions, in order.
    pub fn permissions(&self) -> &[Permission] {
        &self.permissions
    }

    /// Returns whether a call of a method of a service is allowed. `lxm` is the method's NSID; `aud` is the
    /// service's DID in its normal form, `#` and the service's fragment.
    ///
    /// It neither parses nor allocates: it compares a few strings for each permission.
    pub fn allows_rpc(&self, lxm: &str, aud: &str) -> bool {
        let mut permissions = self.permissions.iter().filter_map(Permission::as_rpc);
        permissions.any(|permission| permission.allows(lxm, aud))
    }

    /// Returns whether an action on records of a collection is allowed. `collection` is an NSID.
    ///
    /// It neither parses nor allocates: it compares a few strings for each permission.
    pub fn allows_repo(&self, collection: &str, action: RepoAction) -> bool {
        let mut permissions = self.permissions.iter().filter_map(Permission::as_repo);
        permissions.any(|permission| permission.allows(collection, action))
    }

    /// Returns whether everything that a permission allows is allowed. Several permissions may do so together.
    pub fn covers(&self, permission: &Permission) -> bool {
        Permission::cover(&self.permissions, permission)
    }

    /// Checks that everything that other scopes allow is allowed.
    ///
    /// # Errors
    /// The first permission of the other scopes that is not covered.
    pub fn covers_all<'a>(&self, other: &'a Self) -> Result<(), &'a Permission> {
        let mut permissions = other.permissions.iter();
        match permissions.find(|permission| !self.covers(permission)) {
            Some(wider) => Err(wider),
            None => Ok(()),
        }
    }
}

impl FromStr for Scopes {
    type Err = InvalidScope;

    fn from_str(text: &str) -> Result<Self, InvalidScope> {
        Self::parse(text)
    }
}

impl PartialEq for Scopes {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Scopes {}

impl Hash for Scopes {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Scopes").field(&self.text).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scope::Audience;

    /// The bytes of a list, without what an allocator adds.
    fn bytes(scopes: &Scopes) -> usize {
        let owned = scopes.permissions.iter().map(|permission| {
            let (nsids, service) = match permission {
                Permission::Repo(repo) => (repo.collections(), ""),
                Permission::Rpc(rpc) => match rpc.audience() {
                    Audience::Any => (rpc.methods(), ""),
                    Audience::Service(service) => (rpc.methods(), service.as_str()),
                },
                Permission::Blob(blob) => {
                    let accept = blob.accept().iter().map(|range| range.as_str());
                    return accept.map(|text| size_of::<Box<str>>() + text.len()).sum();
                }
                _ => return 0,
            };
            let nsids = nsids.listed().unwrap_or_default().iter();
            let nsids = nsids.map(|nsid| size_of_val(nsid) + nsid.as_str().len());
            nsids.sum::<usize>() + service.len()
        });
        let owned = owned.sum::<usize>();
        size_of_val(scopes) + scopes.text.len() + size_of_val(&*scopes.permissions) + owned
    }

    #[test]
    fn a_list_takes_the_documented_bytes() {
        let texts = ["dispatch", "estimate", "describe"].map(|method| {
            let service = "did:web:keys.example.com%23cocore_service";
            format!("rpc:dev.cocore.inference.{method}?aud={service}")
        });
        let scopes = Scopes::parse(&texts.join(" ")).unwrap();
        assert_eq!((size_of::<Scopes>(), size_of::<Permission>()), (32, 40));
        assert_eq!(bytes(&scopes), 667);

        let many = |part: &str, start: &str| -> Scopes {
            let mut text = start.to_owned();
            for index in 0.. {
                let next = part.replace("#", &format!("{index}"));
                if text.len() + next.len() > MAX_BYTES {
                    break;
                }
                text.push_str(&next);
            }
            Scopes::parse(&text).unwrap()
        };
        for scopes in [
            many("&lxm=a.b#.c", "rpc?aud=*"),
            many("&collection=a.b#.c", "repo?"),
            many("&accept=a/#", "blob?"),
        ] {
            assert!(bytes(&scopes) < 16 * 1024, "{}", bytes(&scopes));
        }
    }
}
