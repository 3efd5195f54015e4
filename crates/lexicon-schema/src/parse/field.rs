//! Reading single members, with a diagnostic for each of a wrong type.

use serde_json::{Map, Value};

use super::{Members, Parser};
use crate::diagnostic::Pointer;

impl Parser<'_> {
    pub(super) fn object<'v>(&mut self, value: &'v Value, at: &Pointer) -> Option<&'v Members> {
        let object = value.as_object();
        if object.is_none() {
            self.fault(at, "json-type", "expected an object");
        }
        object
    }

    pub(super) fn required<'v>(
        &mut self,
        members: &'v Members,
        key: &str,
        at: &Pointer,
    ) -> Option<&'v Value> {
        let value = members.get(key);
        if value.is_none() {
            self.fault(at, "missing", format!("expected `{key}`"));
        }
        value
    }

    pub(super) fn type_name(&mut self, members: &Members, at: &Pointer) -> Option<String> {
        self.required_string(members, "type", at)
    }

    pub(super) fn required_string(
        &mut self,
        members: &Members,
        key: &str,
        at: &Pointer,
    ) -> Option<String> {
        self.required(members, key, at)?;
        self.string(members, key, at)
    }

    /// An optional member that `read` understands.
    fn member<T>(
        &mut self,
        members: &Members,
        key: &str,
        at: &Pointer,
        expected: &str,
        read: impl FnOnce(&Value) -> Option<T>,
    ) -> Option<T> {
        let value = read(members.get(key)?);
        if value.is_none() {
            self.fault(&at.join(key), "json-type", format!("expected {expected}"));
        }
        value
    }

    pub(super) fn string(&mut self, members: &Members, key: &str, at: &Pointer) -> Option<String> {
        self.member(members, key, at, "a string", |v| {
            v.as_str().map(str::to_owned)
        })
    }

    pub(super) fn boolean(&mut self, members: &Members, key: &str, at: &Pointer) -> Option<bool> {
        self.member(members, key, at, "a boolean", Value::as_bool)
    }

    pub(super) fn integer(&mut self, members: &Members, key: &str, at: &Pointer) -> Option<i64> {
        self.member(members, key, at, "an integer", Value::as_i64)
    }

    pub(super) fn size(&mut self, members: &Members, key: &str, at: &Pointer) -> Option<u64> {
        self.member(members, key, at, "an integer from 0 on", Value::as_u64)
    }

    pub(super) fn members(
        &mut self,
        members: &Members,
        key: &str,
        at: &Pointer,
    ) -> Option<Map<String, Value>> {
        self.member(members, key, at, "an object", |v| v.as_object().cloned())
    }

    pub(super) fn array(
        &mut self,
        members: &Members,
        key: &str,
        at: &Pointer,
    ) -> Option<Vec<Value>> {
        self.member(members, key, at, "an array", |v| v.as_array().cloned())
    }

    pub(super) fn strings(
        &mut self,
        members: &Members,
        key: &str,
        at: &Pointer,
    ) -> Option<Vec<String>> {
        self.member(members, key, at, "an array of strings", |v| {
            let items = v.as_array()?.iter();
            items.map(|v| v.as_str().map(str::to_owned)).collect()
        })
    }

    pub(super) fn integers(
        &mut self,
        members: &Members,
        key: &str,
        at: &Pointer,
    ) -> Option<Vec<i64>> {
        self.member(members, key, at, "an array of integers", |v| {
            v.as_array()?.iter().map(Value::as_i64).collect()
        })
    }
}
