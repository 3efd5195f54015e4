//! Definitions, and what only they have: keys, bodies, errors, permissions.

use std::collections::BTreeSet;

use super::comparer::{Comparer, Place};
use super::effect::{DIFFERENT, Effect};
use crate::data_flow::Directions;
use crate::diagnostic::Pointer;
use crate::model::{
    Body, Def, DefKind, ErrorDef, Method, Object, PermissionSet, Record, Schema, Space,
    Subscription,
};
use crate::permission::{self, Grant};

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
            (DefKind::Space(old), DefKind::Space(new)) => self.space(old, new, at, place),
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
        self.key(&old.key, &new.key, at, place);
        self.object(&old.object, &new.object, &at.join("record"), place);
    }

    fn key(&mut self, from: &str, to: &str, at: &Pointer, place: Place<'c>) {
        if from == to {
            return;
        }
        let effects: &[Effect] = match (from, to) {
            ("any", _) => &[Effect::Narrower],
            (_, "any") => &[Effect::Wider],
            _ => &DIFFERENT,
        };
        let message = format!("the type of the key changed from `{from}` to `{to}`");
        let at = at.join("key");
        let directions = Directions::RECORD;
        self.add(place.new, directions, &at, "key-changed", effects, message);
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
        let grants = |set: &PermissionSet, nsid| -> BTreeSet<Grant> {
            let permissions = set.permissions.iter();
            let read = permissions.filter_map(|value| permission::read(value, at, nsid).ok());
            read.flatten().collect()
        };
        let (from, to) = (grants(old, &place.old.nsid), grants(new, &place.new.nsid));
        let at = at.join("permissions");
        for (rule, effects, of, by, what) in [
            (
                "permission-removed",
                &[Effect::Meaning][..],
                &from,
                &to,
                "no longer",
            ),
            ("permission-added", &[][..], &to, &from, "also"),
        ] {
            for grant in of.iter().filter(|grant| !grant.is_in(by)) {
                let message = format!("the set {what} allows to {grant}");
                self.add(place.new, place.directions, &at, rule, effects, message);
            }
        }
    }

    fn space(&mut self, old: &Space, new: &Space, at: &Pointer, place: Place<'c>) {
        self.key(&old.key, &new.key, at, place);
        if old.name != new.name {
            let message = format!("the name changed from `{}` to `{}`", old.name, new.name);
            let at = at.join("name");
            self.add(
                place.new,
                place.directions,
                &at,
                "name-changed",
                &[],
                message,
            );
        }
        let names = |space: &Space| -> BTreeSet<String> {
            space.collections.iter().map(ToString::to_string).collect()
        };
        let (from, to) = (names(old), names(new));
        let at = at.join("collections");
        for name in from.difference(&to) {
            let message = format!("the collection {name} was removed");
            self.add(
                place.new,
                place.directions,
                &at,
                "collection-removed",
                &[],
                message,
            );
        }
        for name in to.difference(&from) {
            let message = format!("the collection {name} was added");
            self.add(
                place.new,
                place.directions,
                &at,
                "collection-added",
                &[],
                message,
            );
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
                let (rule, effects): (_, &[_]) = match sent {
                    true => ("input-added", &DIFFERENT),
                    false => ("output-added", &[Effect::Narrower]),
                };
                return self.add(document, directions, at, rule, effects, "a body was added");
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

    fn errors(&mut self, old: &'c [ErrorDef], new: &'c [ErrorDef], at: &Pointer, place: Place<'c>) {
        let names = |errors: &'c [ErrorDef]| -> BTreeSet<&str> {
            errors.iter().map(|error| &error.name[..]).collect()
        };
        let (from, to) = (names(old), names(new));
        let at = at.join("errors");
        for (index, error) in old.iter().enumerate() {
            if !to.contains(&error.name[..]) {
                // Clients that expect it never get it; old servers still send it to new clients.
                let effects = [Effect::Meaning, Effect::Narrower];
                let message = format!("the error `{}` was removed", error.name);
                let (at, directions) = (at.join(index), place.directions);
                self.add(
                    place.old,
                    directions,
                    &at,
                    "error-removed",
                    &effects,
                    message,
                );
            }
        }
        for (index, error) in new.iter().enumerate() {
            if !from.contains(&error.name[..]) {
                let message = format!("the error `{}` was added", error.name);
                let (at, directions) = (at.join(index), place.directions);
                self.add(place.new, directions, &at, "error-added", &[], message);
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
        DefKind::Space(_) => "space",
        DefKind::Token => "token",
        DefKind::Type(schema) => schema.kind.name(),
    }
}
