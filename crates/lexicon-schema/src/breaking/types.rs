//! Types of data and their members.

use std::collections::{BTreeMap, BTreeSet};
use std::mem;

use super::comparer::{Comparer, Place};
use super::effect::{DIFFERENT, Effect};
use super::references::inline;
use crate::catalog::absolute;
use crate::diagnostic::Pointer;
use crate::model::{Object, Schema, Type};

impl<'c> Comparer<'c> {
    pub(super) fn schema(&mut self, old: &'c Schema, new: &'c Schema, place: Place<'c>) {
        let at = &new.pointer;
        match (&old.kind, &new.kind) {
            (Type::Ref(from), Type::Ref(to)) => {
                let (from, to) = (absolute(place.old, from), absolute(place.new, to));
                // The definition itself is compared in its own place.
                if from != to {
                    self.through_references(old, new, &from, &to, place);
                }
            }
            (Type::Ref(from), _) => {
                let from = absolute(place.old, from);
                self.through_references(old, new, &from, &inline(place.new, new), place);
            }
            (_, Type::Ref(to)) => {
                let to = absolute(place.new, to);
                self.through_references(old, new, &inline(place.old, old), &to, place);
            }
            (Type::Object(old), Type::Object(new)) => self.object(old, new, at, place),
            (
                Type::Array {
                    items: old,
                    length: from,
                },
                Type::Array {
                    items: new,
                    length: to,
                },
            ) => {
                self.length(*from, *to, ["minLength", "maxLength"], at, place);
                self.schema(old, new, place);
            }
            (
                Type::Union {
                    refs: from,
                    closed: was,
                },
                Type::Union {
                    refs: to,
                    closed: is,
                },
            ) => {
                self.union((from, *was), (to, *is), at, place);
            }
            // An object is one of the values of `unknown`.
            (Type::Object(_) | Type::Union { .. }, Type::Unknown) => {
                self.type_changed(old, new, &[Effect::Wider], place);
            }
            (Type::Unknown, Type::Object(_) | Type::Union { .. }) => {
                self.type_changed(old, new, &[Effect::Narrower], place);
            }
            (from, to) if mem::discriminant(from) != mem::discriminant(to) => {
                self.type_changed(old, new, &DIFFERENT, place);
            }
            (from, to) => self.constraints(from, to, at, place),
        }
    }

    fn type_changed(&mut self, old: &Schema, new: &Schema, effects: &[Effect], place: Place<'c>) {
        let message = format!(
            "the type changed from `{}` to `{}`",
            old.kind.name(),
            new.kind.name()
        );
        self.add(
            place.new,
            place.directions,
            &new.pointer,
            "type-changed",
            effects,
            message,
        );
    }

    pub(super) fn object(
        &mut self,
        old: &'c Object,
        new: &'c Object,
        at: &Pointer,
        place: Place<'c>,
    ) {
        match (old.unconstrained, new.unconstrained) {
            (true, false) => {
                let message = "any object was valid; now it has `properties`";
                let effects = [Effect::Narrower];
                self.add(
                    place.new,
                    place.directions,
                    at,
                    "type-changed",
                    &effects,
                    message,
                );
            }
            (false, true) => {
                let message = "`properties` was removed: any object is valid";
                let effects = [Effect::Wider];
                self.add(
                    place.new,
                    place.directions,
                    at,
                    "type-changed",
                    &effects,
                    message,
                );
            }
            _ => self.properties(old, new, at, place),
        }
    }

    pub(super) fn properties(
        &mut self,
        old: &'c Object,
        new: &'c Object,
        at: &Pointer,
        place: Place<'c>,
    ) {
        let Place { directions, .. } = place;
        let names = |object: &'c Object| -> BTreeMap<_, _> {
            let properties = object.properties.iter();
            properties
                .map(|property| (&property.name[..], property))
                .collect()
        };
        let (before, after) = (names(old), names(new));
        for was in &old.properties {
            let name = &was.name;
            let Some(is) = after.get(&name[..]) else {
                let (rule, effects): (_, &[_]) = match was.required {
                    true => ("property-removed", &[Effect::Meaning, Effect::Wider]),
                    false => ("optional-property-removed", &[Effect::Meaning]),
                };
                let message = format!("the property `{name}` was removed");
                let at = &was.schema.pointer;
                self.add(place.old, directions, at, rule, effects, message);
                continue;
            };
            for (was, is, rule, opposite, effects) in [
                (
                    was.required,
                    is.required,
                    "now-required",
                    "no-longer-required",
                    DIFFERENT,
                ),
                (
                    is.nullable,
                    was.nullable,
                    "no-longer-nullable",
                    "now-nullable",
                    DIFFERENT,
                ),
            ] {
                let [narrower, wider] = effects;
                let (rule, effect) = match (was, is) {
                    (false, true) => (rule, narrower),
                    (true, false) => (opposite, wider),
                    _ => continue,
                };
                let message = format!("`{name}` is {}", rule.replace('-', " "));
                self.add(
                    place.new,
                    directions,
                    &at.join("properties").join(name),
                    rule,
                    &[effect],
                    message,
                );
            }
            self.schema(&was.schema, &is.schema, place);
        }
        for is in &new.properties {
            if before.contains_key(&is.name[..]) {
                continue;
            }
            let (name, at) = (&is.name, &is.schema.pointer);
            if is.required {
                let message = format!("the required property `{name}` was added");
                let effects = [Effect::Narrower];
                self.add(place.new, directions, at, "new-required", &effects, message);
            } else {
                let message = format!("the optional property `{name}` was added");
                self.add(place.new, directions, at, "property-added", &[], message);
            }
        }
    }

    fn union(
        &mut self,
        (from, was_closed): (&[String], bool),
        (to, is_closed): (&[String], bool),
        at: &Pointer,
        place: Place<'c>,
    ) {
        let Place {
            new, directions, ..
        } = place;
        match (was_closed, is_closed) {
            (false, true) => {
                let message = "the union was closed";
                self.add(
                    new,
                    directions,
                    &at.join("closed"),
                    "union-closed",
                    &[Effect::Narrower],
                    message,
                );
            }
            (true, false) => {
                let message = "the union was opened";
                self.add(
                    new,
                    directions,
                    at,
                    "union-opened",
                    &[Effect::Wider],
                    message,
                );
            }
            _ => {}
        }
        let from: BTreeSet<_> = from.iter().map(|r| absolute(place.old, r)).collect();
        let to: BTreeSet<_> = to.iter().map(|r| absolute(place.new, r)).collect();
        let at = at.join("refs");
        for name in from.difference(&to) {
            let message = format!("the variant `{name}` was removed");
            let effects = [Effect::Narrower];
            self.add(new, directions, &at, "variant-removed", &effects, message);
        }
        for name in to.difference(&from) {
            let message = format!("the variant `{name}` was added");
            // An open union could always hold it.
            let (rule, effects): (_, &[_]) = match was_closed && is_closed {
                true => ("closed-variant-added", &[Effect::Wider]),
                false => ("variant-added", &[]),
            };
            self.add(new, directions, &at, rule, effects, message);
        }
    }
}
