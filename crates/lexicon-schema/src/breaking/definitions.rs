//! Definitions, and what only they have: keys, bodies, errors, permissions.

use super::effect::{DIFFERENT, Effect};
use super::{Comparer, Place};
use crate::data_flow::Directions;
use crate::diagnostic::Pointer;
use crate::model::{
    Body, Def, DefKind, ErrorDef, Method, Object, PermissionSet, Record, Schema, Subscription,
};

impl<'c> Comparer<'c> {
    pub(super) fn definition(&mut self, old: &'c Def, new: &'c Def, place: Place<'c>) {
        let at = &new.pointer;
        match (&old.kind, &new.kind) {
            (DefKind::Record(old), DefKind::Record(new)) => self.record(old, new, at, place),
            (DefKind::Method(old), DefKind::Method(new)) if old.procedure == new.procedure => {
                self.method(old, new, at, place);
            }
            (DefKind::Subscription(old), DefKind::Subscription(new)) => {
                self.subscription(old, new, at, place);
            }
            (DefKind::PermissionSet(old), DefKind::PermissionSet(new)) => {
                self.permission_set(old, new, at, place);
            }
            (DefKind::Token, DefKind::Token) => {}
            (DefKind::Type(old), DefKind::Type(new)) => self.schema(old, new, place),
            _ => {
                let message = format!(
                    "the definition changed from `{}` to `{}`",
                    kind(old),
                    kind(new)
                );
                self.add(
                    place.new,
                    place.directions,
                    at,
                    "kind-changed",
                    &DIFFERENT,
                    message,
                );
            }
        }
    }

    fn record(&mut self, old: &'c Record, new: &'c Record, at: &Pointer, place: Place<'c>) {
        if old.key != new.key {
            let effects: &[Effect] = match (&old.key[..], &new.key[..]) {
                ("any", _) => &[Effect::Narrower],
                (_, "any") => &[Effect::Wider],
                _ => &DIFFERENT,
            };
            let message = format!("the record key changed from `{}` to `{}`", old.key, new.key);
            let at = at.join("key");
            self.add(
                place.new,
                Directions::RECORD,
                &at,
                "key-changed",
                effects,
                message,
            );
        }
        self.object(&old.object, &new.object, &at.join("record"), place);
    }

    fn method(&mut self, old: &'c Method, new: &'c Method, at: &Pointer, place: Place<'c>) {
        self.params(old.params.as_ref(), new.params.as_ref(), at, place);
        let (input, output) = (
            place.going(Directions::INPUT),
            place.going(Directions::OUTPUT),
        );
        self.body(
            old.input.as_ref(),
            new.input.as_ref(),
            &at.join("input"),
            input,
        );
        self.body(
            old.output.as_ref(),
            new.output.as_ref(),
            &at.join("output"),
            output,
        );
        self.errors(&old.errors, &new.errors, at, output);
    }

    fn subscription(
        &mut self,
        old: &'c Subscription,
        new: &'c Subscription,
        at: &Pointer,
        place: Place<'c>,
    ) {
        self.params(old.params.as_ref(), new.params.as_ref(), at, place);
        let place = place.going(Directions::OUTPUT);
        let at_schema = at.join("message").join("schema");
        self.optional_schema(
            old.message.as_ref(),
            new.message.as_ref(),
            &at_schema,
            place,
        );
        self.errors(&old.errors, &new.errors, at, place);
    }

    fn permission_set(
        &mut self,
        old: &PermissionSet,
        new: &PermissionSet,
        at: &Pointer,
        place: Place<'c>,
    ) {
        for permission in &old.permissions {
            if !new.permissions.contains(permission) {
                let message = format!("the permission {permission} was removed");
                let (at, effects) = (at.join("permissions"), [Effect::Meaning]);
                self.add(
                    place.new,
                    place.directions,
                    &at,
                    "permission-removed",
                    &effects,
                    message,
                );
            }
        }
    }

    fn params(
        &mut self,
        old: Option<&'c Object>,
        new: Option<&'c Object>,
        at: &Pointer,
        place: Place<'c>,
    ) {
        let none = const {
            &Object {
                properties: Vec::new(),
                unconstrained: false,
            }
        };
        let at = at.join("parameters");
        let (old, new) = (old.unwrap_or(none), new.unwrap_or(none));
        self.properties(old, new, &at, place.going(Directions::INPUT));
    }

    fn body(
        &mut self,
        old: Option<&'c Body>,
        new: Option<&'c Body>,
        at: &Pointer,
        place: Place<'c>,
    ) {
        let Place {
            new: document,
            directions,
            ..
        } = place;
        let sent = directions.input;
        let (old, new) = match (old, new) {
            (None, None) => return,
            (None, Some(_)) => {
                let effects: &[_] = if sent {
                    &DIFFERENT
                } else {
                    &[Effect::Narrower]
                };
                return self.add(
                    document,
                    directions,
                    at,
                    "body-added",
                    effects,
                    "a body was added",
                );
            }
            (Some(_), None) => {
                let effects: &[_] = if sent { &DIFFERENT } else { &[Effect::Wider] };
                return self.add(
                    place.old,
                    directions,
                    at,
                    "body-removed",
                    effects,
                    "the body was removed",
                );
            }
            (Some(old), Some(new)) => (old, new),
        };
        if old.encoding != new.encoding {
            let (from, to) = (&old.encoding, &new.encoding);
            let effects: &[_] = match (covers(to, from), covers(from, to)) {
                (true, _) => &[Effect::Wider],
                (_, true) => &[Effect::Narrower],
                _ => &DIFFERENT,
            };
            let message = format!("the encoding changed from `{from}` to `{to}`");
            self.add(
                document,
                directions,
                &at.join("encoding"),
                "encoding-changed",
                effects,
                message,
            );
        }
        let at = at.join("schema");
        self.optional_schema(old.schema.as_ref(), new.schema.as_ref(), &at, place);
    }

    fn optional_schema(
        &mut self,
        old: Option<&'c Schema>,
        new: Option<&'c Schema>,
        at: &Pointer,
        place: Place<'c>,
    ) {
        match (old, new) {
            (Some(old), Some(new)) => self.schema(old, new, place),
            (None, None) => {}
            (None, Some(_)) => {
                let (effects, message) = ([Effect::Narrower], "a schema was added");
                self.add(
                    place.new,
                    place.directions,
                    at,
                    "schema-added",
                    &effects,
                    message,
                );
            }
            (Some(_), None) => {
                let (effects, message) = ([Effect::Wider], "the schema was removed");
                self.add(
                    place.old,
                    place.directions,
                    at,
                    "schema-removed",
                    &effects,
                    message,
                );
            }
        }
    }

    fn errors(&mut self, old: &[ErrorDef], new: &[ErrorDef], at: &Pointer, place: Place<'c>) {
        for (index, error) in old.iter().enumerate() {
            if new.iter().all(|other| other.name != error.name) {
                // Clients that expect it never get it; old servers still send it to new clients.
                let effects = [Effect::Meaning, Effect::Narrower];
                let message = format!("the error `{}` was removed", error.name);
                let at = at.join("errors").join(index);
                self.add(
                    place.old,
                    place.directions,
                    &at,
                    "error-removed",
                    &effects,
                    message,
                );
            }
        }
    }
}

/// Whether every media type of a pattern is one of a glob.
pub(super) fn covers(glob: &str, pattern: &str) -> bool {
    let (glob, pattern) = (glob.trim(), pattern.trim());
    glob == "*/*"
        || glob.eq_ignore_ascii_case(pattern)
        || glob.strip_suffix("/*").is_some_and(|kind| {
            let of = pattern.split_once('/');
            of.is_some_and(|(of, _)| of.eq_ignore_ascii_case(kind))
        })
}

fn kind(def: &Def) -> &'static str {
    match &def.kind {
        DefKind::Record(_) => "record",
        DefKind::Method(method) if method.procedure => "procedure",
        DefKind::Method(_) => "query",
        DefKind::Subscription(_) => "subscription",
        DefKind::PermissionSet(_) => "permission-set",
        DefKind::Token => "token",
        DefKind::Type(schema) => schema.kind.name(),
    }
}
