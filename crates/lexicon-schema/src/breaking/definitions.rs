//! Definitions, and what only they have: keys, bodies, errors, permissions.

use super::effect::{DIFFERENT, Effect};
use super::{Comparer, Place};
use crate::data_flow::Ways;
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
                let message = format!("was a {}, and is a {}", kind(old), kind(new));
                self.add(
                    place.new,
                    place.ways,
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
            let message = format!("the key was `{}`, and is `{}`", old.key, new.key);
            let at = at.join("key");
            self.add(
                place.new,
                Ways::RECORD,
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
        let (input, output) = (place.going(Ways::INPUT), place.going(Ways::OUTPUT));
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
        let place = place.going(Ways::OUTPUT);
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
                let message = format!("{permission} was in the set, and is not any more");
                let (at, effects) = (at.join("permissions"), [Effect::Meaning]);
                self.add(
                    place.new,
                    place.ways,
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
        self.properties(old, new, &at, place.going(Ways::INPUT));
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
            ways,
            ..
        } = place;
        let sent = ways.input;
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
                    ways,
                    at,
                    "body-added",
                    effects,
                    "there was no body",
                );
            }
            (Some(_), None) => {
                let effects: &[_] = if sent { &DIFFERENT } else { &[Effect::Wider] };
                return self.add(
                    place.old,
                    ways,
                    at,
                    "body-removed",
                    effects,
                    "there is no body any more",
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
            let message = format!("was `{from}`, and is `{to}`");
            self.add(
                document,
                ways,
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
                let (effects, message) = ([Effect::Narrower], "had no schema, and has one");
                self.add(place.new, place.ways, at, "schema-added", &effects, message);
            }
            (Some(_), None) => {
                let (effects, message) = ([Effect::Wider], "had a schema, and has none");
                self.add(
                    place.old,
                    place.ways,
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
                // Who waits for it waits in vain, and who has it still surprises the others.
                let effects = [Effect::Meaning, Effect::Narrower];
                let message = format!(
                    "the error `{}` was declared, and is not any more",
                    error.name
                );
                let at = at.join("errors").join(index);
                self.add(
                    place.old,
                    place.ways,
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
        DefKind::PermissionSet(_) => "permission set",
        DefKind::Token => "token",
        DefKind::Type(schema) => schema.kind.name(),
    }
}
