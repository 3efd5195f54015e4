//! The permissions of a permission set: what they grant, and why one of them grants nothing.
//! Source: <https://atproto.com/specs/permission> and <https://atproto.com/specs/lexicon>, "permission".

use std::collections::{BTreeSet, HashSet};

use lexicon_runtime::Nsid;
use serde_json::{Map, Value};

use crate::diagnostic::Pointer;

/// Something that a permission allows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Grant {
    /// An operation on the records of a collection.
    Repo {
        collection: String,
        action: &'static str,
    },
    /// Calls of a method, of the service that the client names when it asks for the set.
    Rpc { method: String },
    /// Calls of a method, of any service.
    RpcAnywhere { method: String },
    /// A permission of a draft, as it is written.
    Draft(String),
}

impl Grant {
    /// Whether a set of grants allows this.
    pub(crate) fn is_in(&self, granted: &BTreeSet<Self>) -> bool {
        match self {
            Self::Rpc { method } => {
                let anywhere = Self::RpcAnywhere {
                    method: method.clone(),
                };
                granted.contains(self) || granted.contains(&anywhere)
            }
            _ => granted.contains(self),
        }
    }
}

impl std::fmt::Display for Grant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Repo { collection, action } => write!(f, "{action} {collection}"),
            Self::Rpc { method } => write!(f, "call {method}"),
            Self::RpcAnywhere { method } => write!(f, "call {method} of any service"),
            Self::Draft(text) => f.write_str(text),
        }
    }
}

/// Why a permission grants nothing.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) at: Pointer,
    /// Whether the specification forbids it, rather than have servers ignore it.
    pub(crate) is_illegal: bool,
    pub(crate) message: String,
}

/// Reads one permission of a set at `at`: what it grants, or why that is nothing.
pub(crate) fn read(
    permission: &Value,
    at: &Pointer,
    set: &Nsid,
) -> Result<BTreeSet<Grant>, Vec<Fault>> {
    let mut reader = Reader {
        at,
        set,
        faults: Vec::new(),
    };
    let grants = reader.permission(permission);
    match grants {
        Some(grants) if reader.faults.is_empty() => Ok(grants),
        _ => Err(reader.faults),
    }
}

type Members = Map<String, Value>;

struct Reader<'a> {
    at: &'a Pointer,
    set: &'a Nsid,
    faults: Vec<Fault>,
}

impl Reader<'_> {
    fn illegal(&mut self, at: Pointer, message: impl Into<String>) {
        self.faults.push(Fault {
            at,
            is_illegal: true,
            message: message.into(),
        });
    }

    fn ignored(&mut self, at: Pointer, message: impl Into<String>) {
        self.faults.push(Fault {
            at,
            is_illegal: false,
            message: message.into(),
        });
    }

    fn permission(&mut self, permission: &Value) -> Option<BTreeSet<Grant>> {
        let Some(members) = permission.as_object() else {
            self.illegal(
                self.at.clone(),
                "expected an object of the type `permission`",
            );
            return None;
        };
        match members.get("type") {
            Some(name) if name == "permission" => {}
            Some(_) => self.illegal(self.at.join("type"), "expected `permission`"),
            None => self.illegal(self.at.clone(), "expected `\"type\": \"permission\"`"),
        }
        let Some(resource) = members.get("resource").and_then(Value::as_str) else {
            self.illegal(
                self.at.clone(),
                "expected `resource`, such as `repo` or `rpc`",
            );
            return None;
        };
        match resource {
            "repo" => Some(self.repo(members)),
            "rpc" => Some(self.rpc(members)),
            "space" => Some(BTreeSet::from([Grant::Draft(permission.to_string())])),
            "blob" | "account" | "identity" => {
                let message = format!(
                    "a set cannot grant `{resource}`: clients have to ask for it beside the set"
                );
                self.ignored(self.at.join("resource"), message);
                None
            }
            other => {
                let message = format!("expected `repo` or `rpc`, found `{other}`");
                self.ignored(self.at.join("resource"), message);
                None
            }
        }
    }

    fn repo(&mut self, members: &Members) -> BTreeSet<Grant> {
        const ACTIONS: [&str; 3] = ["create", "update", "delete"];
        self.only(members, &["collection", "action"]);
        let collections = self.nsids(members, "collection");
        let actions = match members.get("action") {
            None => ACTIONS.to_vec(),
            Some(_) => {
                let named = self.strings(members, "action");
                let at = self.at.join("action");
                let mut actions = Vec::new();
                for (index, name) in named.into_iter().enumerate() {
                    match ACTIONS.iter().find(|action| **action == name) {
                        Some(action) => actions.push(*action),
                        None => {
                            let message =
                                format!("expected create, update or delete, found `{name}`");
                            self.illegal(at.join(index), message);
                        }
                    }
                }
                self.unique(&actions, "action");
                actions
            }
        };
        self.unique(&collections, "collection");
        let grants = collections.into_iter().flat_map(|collection| {
            actions.iter().map(move |action| Grant::Repo {
                collection: collection.to_owned(),
                action,
            })
        });
        grants.collect()
    }

    fn rpc(&mut self, members: &Members) -> BTreeSet<Grant> {
        self.only(members, &["lxm", "aud", "inheritAud"]);
        let methods = self.nsids(members, "lxm");
        let inherits = match members.get("inheritAud") {
            None => false,
            Some(Value::Bool(inherits)) => *inherits,
            Some(_) => {
                self.illegal(self.at.join("inheritAud"), "expected a boolean");
                return BTreeSet::new();
            }
        };
        match members.get("aud") {
            Some(_) if inherits => {
                let message = "expected `aud` or `inheritAud`, found both";
                self.illegal(self.at.join("aud"), message);
            }
            Some(aud) if aud == "*" => {}
            Some(_) => {
                let message = "expected `*`: a set names no service, but can have `inheritAud`";
                self.illegal(self.at.join("aud"), message);
            }
            None if inherits => {}
            None => {
                let message = "expected `\"aud\": \"*\"` or `\"inheritAud\": true`";
                self.illegal(self.at.clone(), message);
            }
        }
        let grants = methods.into_iter().map(|method| {
            let method = method.to_owned();
            if inherits {
                Grant::Rpc { method }
            } else {
                Grant::RpcAnywhere { method }
            }
        });
        grants.collect()
    }

    /// NSIDs of the set's own group and below it, at least one.
    fn nsids<'v>(&mut self, members: &'v Members, key: &str) -> Vec<&'v str> {
        let nsids = self.strings(members, key);
        let at = self.at.join(key);
        if nsids.is_empty() && members.get(key).is_none_or(Value::is_array) {
            self.illegal(
                self.at.clone(),
                format!("expected `{key}` with at least one NSID"),
            );
        }
        let set = self.set.as_str();
        let (group, _) = set.rsplit_once('.').unwrap_or((set, ""));
        for (index, nsid) in nsids.iter().copied().enumerate() {
            let below = nsid.strip_prefix(group);
            if nsid.contains('*') {
                let message = format!("expected an NSID: a set has no wildcards, found `{nsid}`");
                self.illegal(at.join(index), message);
            } else if Nsid::parse(nsid).is_err() {
                self.illegal(at.join(index), format!("expected an NSID, found `{nsid}`"));
            } else if !below.is_some_and(|below| below.starts_with('.')) {
                let message = format!("expected an NSID below `{group}.`, found `{nsid}`");
                self.ignored(at.join(index), message);
            }
        }
        nsids
    }

    fn strings<'v>(&mut self, members: &'v Members, key: &str) -> Vec<&'v str> {
        let Some(value) = members.get(key) else {
            return Vec::new();
        };
        let list = value.as_array().map(|list| list.iter().map(Value::as_str));
        let list: Option<Vec<_>> = list.and_then(Iterator::collect);
        list.unwrap_or_else(|| {
            self.illegal(self.at.join(key), "expected an array of strings");
            Vec::new()
        })
    }

    /// The specification asks for unique strings.
    fn unique(&mut self, list: &[&str], key: &str) {
        let mut seen = HashSet::new();
        for (index, name) in list.iter().enumerate() {
            if !seen.insert(name) {
                let at = self.at.join(key).join(index);
                self.illegal(at, format!("`{name}` is listed twice"));
            }
        }
    }

    /// Servers ignore a permission with a member that they do not know, since it may narrow it.
    fn only(&mut self, members: &Members, known: &[&str]) {
        for key in members.keys() {
            let common = ["type", "resource", "description"];
            if !common.contains(&&key[..]) && !known.contains(&&key[..]) {
                let message = format!("`{key}` is unknown here; expected: {}", known.join(", "));
                self.ignored(self.at.join(key), message);
            }
        }
    }
}
