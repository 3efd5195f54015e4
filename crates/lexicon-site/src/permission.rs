//! A permission of a permission set in words. Source: <https://atproto.com/specs/permission>.

use serde_json::{Map, Value};

/// What a permission allows.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Allowed<'v> {
    /// What is allowed, before the names: `to call`.
    pub(crate) words: &'static str,
    /// The NSIDs of methods or of collections.
    pub(crate) nsids: Vec<&'v str>,
    /// What limits it.
    pub(crate) limits: Vec<String>,
}

/// Reads a permission; none if it has a resource, a member or a value that has no words here.
pub(crate) fn allowed(permission: &Value) -> Option<Allowed<'_>> {
    let members = permission.as_object()?;
    if members.get("type")? != "permission" {
        return None;
    }
    match members.get("resource")?.as_str()? {
        "rpc" if has_only(members, &["lxm", "aud", "inheritAud"]) => Some(Allowed {
            words: "to call",
            nsids: strings(members.get("lxm")?)?,
            limits: vec![service(members)?.to_owned()],
        }),
        "repo" if has_only(members, &["collection", "action"]) => Some(Allowed {
            words: "to write records of",
            nsids: strings(members.get("collection")?)?,
            limits: vec![match members.get("action") {
                None => "create, update or delete".to_owned(),
                Some(actions) => strings(actions)?.join(" or "),
            }],
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
        (None, Some(Value::Bool(true))) => Some("of the service that the client names (aud)"),
        (Some(aud), None | Some(Value::Bool(false))) if aud == "*" => Some("of any service"),
        _ => None,
    }
}

/// The strings of an array that is not empty.
fn strings(value: &Value) -> Option<Vec<&str>> {
    let list = value.as_array()?;
    let strings: Option<Vec<_>> = list.iter().map(Value::as_str).collect();
    strings.filter(|strings| !strings.is_empty())
}
