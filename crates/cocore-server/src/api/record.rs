//! What the methods of the record proxy share.

use std::sync::Arc;

use cocore_keys::{Permission, RepoAction};
use cocore_oauth::{PdsCall, PdsInput};
use lexicon_runtime::{Nsid, UnknownObject};
use serde_json::Value;
use xrpc_server::XrpcError;

use super::Api;
use crate::errors::invalid;
use crate::record_proxy::{RecordProxy, off};

impl Api {
    /// The record proxy.
    ///
    /// # Errors
    /// `MethodNotImplemented`: it is off.
    pub(super) fn record_proxy(&self) -> Result<&Arc<RecordProxy>, XrpcError> {
        self.record_proxy.as_ref().ok_or_else(off)
    }
}

/// The permission to do this to records of a collection.
pub(super) fn permission(
    collection: &Nsid,
    actions: &[RepoAction],
) -> Result<Permission, XrpcError> {
    let actions: Vec<_> = actions.iter().map(|action| action.name()).collect();
    let scope = format!("repo:{collection}?action={}", actions.join("&action="));
    Permission::parse(&scope).map_err(|error| invalid("input/collection", error))
}

/// Checks that a record is one of its collection.
pub(super) fn check_type(collection: &Nsid, record: &UnknownObject) -> Result<(), XrpcError> {
    match record.get("$type") {
        Some(Value::String(found)) if found == collection.as_str() => Ok(()),
        _ => Err(invalid(
            "input/record/$type",
            "expected the collection of the record",
        )),
    }
}

/// A call of a method that writes. Members that are `None` are left out.
pub(super) fn write(
    nsid: &'static str,
    members: impl IntoIterator<Item = (&'static str, Option<Value>)>,
) -> PdsCall {
    let members = members.into_iter();
    let members = members.filter_map(|(name, value)| Some((name.to_owned(), value?)));
    let body = Value::Object(members.collect());
    PdsCall {
        nsid,
        input: PdsInput::Json(body.to_string().into_bytes()),
    }
}
