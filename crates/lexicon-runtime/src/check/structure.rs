//! Objects, arrays, unions: the checks that go deeper.

use std::borrow::Cow;
use std::ops::RangeBounds;

use serde_json::{Map, Value};

use super::Checker;
use super::scalar::{check_range, shape_of};

impl Checker {
    /// An object: its members, or a violation.
    pub fn object<'v>(&mut self, v: &'v Value) -> Option<&'v Map<String, Value>> {
        let object = v.as_object();
        if object.is_none() {
            self.wrong_type("an object", v);
        }
        object
    }

    /// A member that must be there and must not be null.
    pub fn required(
        &mut self,
        object: &Map<String, Value>,
        key: impl Into<Cow<'static, str>>,
        check: impl FnOnce(&mut Self, &Value),
    ) {
        self.member(object, key.into(), Presence::Required, Null::Refused, check);
    }

    /// A member that may be left out, but is not null when it is there.
    pub fn optional(
        &mut self,
        object: &Map<String, Value>,
        key: impl Into<Cow<'static, str>>,
        check: impl FnOnce(&mut Self, &Value),
    ) {
        self.member(object, key.into(), Presence::Optional, Null::Refused, check);
    }

    /// A member that must be there and may be null.
    pub fn required_nullable(
        &mut self,
        object: &Map<String, Value>,
        key: impl Into<Cow<'static, str>>,
        check: impl FnOnce(&mut Self, &Value),
    ) {
        self.member(object, key.into(), Presence::Required, Null::Allowed, check);
    }

    /// A member that may be left out, and may be null.
    pub fn optional_nullable(
        &mut self,
        object: &Map<String, Value>,
        key: impl Into<Cow<'static, str>>,
        check: impl FnOnce(&mut Self, &Value),
    ) {
        self.member(object, key.into(), Presence::Optional, Null::Allowed, check);
    }

    fn member(
        &mut self,
        object: &Map<String, Value>,
        key: Cow<'static, str>,
        presence: Presence,
        null: Null,
        check: impl FnOnce(&mut Self, &Value),
    ) {
        let found = object.get(&*key);
        self.at_key(key, |c| match found {
            None => {
                if matches!(presence, Presence::Required) {
                    c.violation("required, but missing");
                }
            }
            Some(Value::Null) => {
                if matches!(null, Null::Refused) {
                    c.violation(match presence {
                        Presence::Required => "required, found null",
                        Presence::Optional => "null is not allowed here: leave the field out",
                    });
                }
            }
            Some(v) => check(c, v),
        });
    }

    /// An array whose length is within `length`; `check` runs for each element.
    pub fn array(
        &mut self,
        v: &Value,
        length: impl RangeBounds<u64>,
        mut check: impl FnMut(&mut Self, &Value),
    ) {
        let Some(items) = v.as_array() else {
            return self.wrong_type("an array", v);
        };
        check_range(self, items.len() as u64, &length, "elements");
        for (index, item) in items.iter().enumerate() {
            self.at_index(index, |c| check(c, item));
        }
    }

    /// The `$type` of a union member: which variant it is.
    pub fn variant<'v>(&mut self, v: &'v Value) -> Option<&'v str> {
        let object = self.object(v)?;
        let mut found = None;
        self.at_key("$type", |c| match object.get("$type") {
            None => c.violation("required, but missing"),
            Some(Value::String(name)) if !name.is_empty() => found = Some(name.as_str()),
            Some(Value::String(_)) => c.violation("expected the name of a type, found nothing"),
            Some(other) => c.wrong_type("the name of a type", other),
        });
        // `#main` is never written, but a reader may meet it.
        found.map(|name| name.strip_suffix("#main").unwrap_or(name))
    }

    /// Reports a `$type` that a closed union does not list.
    pub fn not_in_union(&mut self, allowed: &[impl AsRef<str>]) {
        self.at_key("$type", |c| {
            let allowed: Vec<_> = allowed.iter().map(AsRef::as_ref).collect();
            c.violation(format!("expected one of {}", allowed.join(", ")));
        });
    }

    /// The `$type` of a record.
    pub fn record_type(&mut self, object: &Map<String, Value>, nsid: &str) {
        self.required(object, "$type", |c, v| {
            let name = v.as_str().map(|n| n.strip_suffix("#main").unwrap_or(n));
            if name != Some(nsid) {
                c.violation(format!("expected {nsid}"));
            }
        });
    }

    /// An object whose members are not described.
    pub fn unconstrained_object(&mut self, v: &Value) {
        self.object(v);
    }

    /// Any object but one shaped like bytes, a link or a blob.
    pub fn unknown(&mut self, v: &Value) {
        if let Some(object) = self.object(v)
            && let Some(shape) = shape_of(object)
        {
            self.violation(format!("expected an object of any kind, found {shape}"));
        }
    }
}

enum Presence {
    Required,
    Optional,
}

enum Null {
    Allowed,
    Refused,
}
