//! Objects, arrays, unions: the checks that go deeper.

use std::borrow::Cow;
use std::ops::RangeBounds;

use super::Checker;
use super::scalar::{Unit, check_range, shape_of};
use crate::format::Format;
use crate::tree::{Lookup, Members, Node};

impl Checker {
    /// An object: its members, or a violation.
    pub fn object<'v>(&mut self, v: Node<'v>) -> Option<Members<'v>> {
        let object = v.as_object();
        if object.is_none() {
            self.wrong_type("an object", v);
        }
        object
    }

    /// A member that must be there and must not be null.
    pub fn required<'o>(
        &mut self,
        object: impl Lookup<'o>,
        key: impl Into<Cow<'static, str>>,
        check: impl FnOnce(&mut Self, Node<'o>),
    ) {
        self.member(object, key.into(), Presence::Required, Null::Refused, check);
    }

    /// A member that may be left out, but is not null when it is there.
    pub fn optional<'o>(
        &mut self,
        object: impl Lookup<'o>,
        key: impl Into<Cow<'static, str>>,
        check: impl FnOnce(&mut Self, Node<'o>),
    ) {
        self.member(object, key.into(), Presence::Optional, Null::Refused, check);
    }

    /// A member that must be there and may be null.
    pub fn required_nullable<'o>(
        &mut self,
        object: impl Lookup<'o>,
        key: impl Into<Cow<'static, str>>,
        check: impl FnOnce(&mut Self, Node<'o>),
    ) {
        self.member(object, key.into(), Presence::Required, Null::Allowed, check);
    }

    /// A member that may be left out, and may be null.
    pub fn optional_nullable<'o>(
        &mut self,
        object: impl Lookup<'o>,
        key: impl Into<Cow<'static, str>>,
        check: impl FnOnce(&mut Self, Node<'o>),
    ) {
        self.member(object, key.into(), Presence::Optional, Null::Allowed, check);
    }

    /// A member that has a default: it may be left out.
    pub fn default<'o>(
        &mut self,
        object: impl Lookup<'o>,
        key: impl Into<Cow<'static, str>>,
        check: impl FnOnce(&mut Self, Node<'o>),
    ) {
        self.optional(object, key, check);
    }

    /// A member that must be there, and has one valid value.
    pub fn constant<'o>(
        &mut self,
        object: impl Lookup<'o>,
        key: impl Into<Cow<'static, str>>,
        check: impl FnOnce(&mut Self, Node<'o>),
    ) {
        self.required(object, key, check);
    }

    /// A member that may be left out, and of which a setting tolerates that it is null.
    pub fn tolerant<'o>(
        &mut self,
        object: impl Lookup<'o>,
        key: impl Into<Cow<'static, str>>,
        check: impl FnOnce(&mut Self, Node<'o>),
    ) {
        self.optional_nullable(object, key, check);
    }

    fn member<'o>(
        &mut self,
        object: impl Lookup<'o>,
        key: Cow<'static, str>,
        presence: Presence,
        null: Null,
        check: impl FnOnce(&mut Self, Node<'o>),
    ) {
        let found = object.member(&key);
        self.at_key(key, |c| match found {
            None => {
                if matches!(presence, Presence::Required) {
                    c.violation("required, but missing");
                }
            }
            Some(v) if v.is_null() => {
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
        v: Node<'_>,
        length: impl RangeBounds<u64>,
        mut check: impl FnMut(&mut Self, Node<'_>),
    ) {
        let Some(items) = v.as_array() else {
            return self.wrong_type("an array", v);
        };
        check_range(
            self,
            items.len() as u64,
            &length,
            Unit("element", "elements"),
        );
        for (index, item) in items.enumerate() {
            self.at_index(index, |c| check(c, item));
        }
    }

    /// The `$type` of a union member: which variant it is. It is an NSID, with a fragment or not; `#main` is
    /// left out, which writers never add.
    pub fn variant<'v>(&mut self, v: Node<'v>) -> Option<&'v str> {
        let object = self.object(v)?;
        let mut found = None;
        self.at_key("$type", |c| {
            let Some(v) = object.get("$type") else {
                return c.violation("required, but missing");
            };
            match v.as_str() {
                None => c.wrong_type("the name of a type", v),
                Some("") => c.nameless(),
                Some(name) if !is_type_name(name) => {
                    c.violation("expected an NSID, or an NSID with a fragment");
                }
                Some(name) => found = Some(c.without_main(name)),
            }
        });
        found
    }

    /// The name of a type without `#main`, which is reported if the value is about to be written.
    fn without_main<'n>(&mut self, name: &'n str) -> &'n str {
        let Some(short) = name.strip_suffix("#main") else {
            return name;
        };
        if self.options.write {
            self.violation("`#main` is never written in a `$type`");
        }
        short
    }

    /// Reports a `$type` that a closed union does not list.
    pub fn not_in_union(&mut self, allowed: &[impl AsRef<str>]) {
        self.at_key("$type", |c| {
            let allowed: Vec<_> = allowed.iter().map(AsRef::as_ref).collect();
            c.violation(format!("expected one of {}", allowed.join(", ")));
        });
    }

    /// The `$type` of a record.
    pub fn record_type<'o>(&mut self, object: impl Lookup<'o>, nsid: &str) {
        self.required(object, "$type", |c, v| {
            let name = v.as_str().map(|name| c.without_main(name));
            if name != Some(nsid) {
                c.violation(format!("expected {nsid}"));
            }
        });
    }

    /// An object whose members are not described.
    pub fn unconstrained_object(&mut self, v: Node<'_>) {
        self.object(v);
    }

    /// Any object but one shaped like bytes, a link or a blob.
    pub fn unknown(&mut self, v: Node<'_>) {
        if let Some(object) = self.object(v)
            && let Some(shape) = shape_of(object)
        {
            self.violation(format!("expected an object of any kind, found {shape}"));
        }
    }
}

/// Whether a text names a type: an NSID, or an NSID with the name of a definition.
fn is_type_name(text: &str) -> bool {
    let (nsid, name) = text.split_once('#').unwrap_or((text, "main"));
    let is_part = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
    Format::Nsid.is_valid(nsid) && !name.is_empty() && name.bytes().all(is_part)
}

enum Presence {
    Required,
    Optional,
}

enum Null {
    Allowed,
    Refused,
}
