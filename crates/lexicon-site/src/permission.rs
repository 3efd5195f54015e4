//! A permission of a permission set in words. Source: <https://atproto.com/specs/permission>.

use serde_json::{Map, Value};

/// What a permission allows.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Allowed<'v> {
    /// What is allowed, of the methods or collections: `To call these methods of any service:`.
    pub(crate) words: String,
    /// The NSIDs of the methods or collections.
    pub(crate) nsids: Vec<&'v str>,
}

/// Reads a permission; none if it has a resource, a member or a value that has no words here.
pub(crate) fn allowed(permission: &Value) -> Option<Allowed<'_>> {
    let members = permission.as_object()?;
    if members.get("type")? != "permission" {
        return None;
    }
    match members.get("resource")?.as_str()? {
        "rpc" if has_only(members, &["lxm", "aud", "inheritAud"]) => Some(Allowed {
            words: format!("To call these methods of {}:", service(members)?),
            nsids: strings(members.get("lxm")?)?,
        }),
        "repo" if has_only(members, &["collection", "action"]) => Some(Allowed {
            words: match members.get("action") {
                None => "To create, update or delete records of these collections:".to_owned(),
                Some(actions) => {
                    let actions = strings(actions)?.join(" or ");
                    format!("To {actions} records of these collections:")
                }
            },
            nsids: strings(members.get("collection")?)?,
        }),
        _ => None,
    }
}

fn has_only(members: &Map<String, Value>, known: &[&str]) -> bool {
    let common = ["type", "resource"];
    let mut names = members.keys().map(|name| &name[..]);
    names.all(|name| common.contains(&name) || known.contains(&name))
}

/// The service whose methods may be called.
fn service(members: &Map<String, Value>) -> Option<&'static str> {
    match (members.get("aud"), members.get("inheritAud")) {
        (None, Some(Value::Bool(true))) => Some("the service that the client names"),
        (Some(aud), None | Some(Value::Bool(false))) if aud == "*" => Some("any service"),
        _ => None,
    }
}

/// The strings of an array that is not empty.
fn strings(value: &Value) -> Option<Vec<&str>> {
    let list = value.as_array()?;
    let strings: Option<Vec<_>> = list.iter().map(Value::as_str).collect();
    strings.filter(|strings| !strings.is_empty())
}
