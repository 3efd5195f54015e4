//! Types of data, their members and the references between them.

use std::collections::BTreeSet;
use std::mem;

use super::effect::{DIFFERENT, Effect};
use super::{Comparer, Place};
use crate::catalog::{Catalog, DefRef};
use crate::diagnostic::Pointer;
use crate::model::{DefKind, Document, Object, Property, Schema, Type};

/// The type that a reference leads to.
enum Target<'c> {
    Schema(&'c Document, &'c Schema),
    /// A record or a token: it is compatible only with itself.
    Named(DefRef<'c>),
    Unresolved,
}

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
                self.through_references(old, new, &from, at.as_str(), place);
            }
            (_, Type::Ref(to)) => {
                let to = absolute(place.new, to);
                self.through_references(old, new, old.pointer.as_str(), &to, place);
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

    /// Compares two types, at least one of which is a reference, by what they refer to.
    fn through_references(
        &mut self,
        old: &'c Schema,
        new: &'c Schema,
        from: &str,
        to: &str,
        place: Place<'c>,
    ) {
        if !self.entered.insert((from.to_owned(), to.to_owned())) {
            return;
        }
        let before = mem::take(&mut self.found);
        match (
            target(self.old, place.old, old),
            target(self.new, place.new, new),
        ) {
            (Target::Schema(old_document, old), Target::Schema(new_document, new)) => {
                let place = Place {
                    old: old_document,
                    new: new_document,
                    ..place
                };
                self.schema(old, new, place);
            }
            (Target::Named(old), Target::Named(new)) if old.type_name() == new.type_name() => {}
            _ => {
                let message = "the types differ";
                self.add(
                    place.new,
                    place.directions,
                    &new.pointer,
                    "ref-changed",
                    &DIFFERENT,
                    message,
                );
            }
        }
        let inner = mem::replace(&mut self.found, before);
        self.entered.remove(&(from.to_owned(), to.to_owned()));
        if let Some(first) = inner.first() {
            let breaks: BTreeSet<_> = inner
                .iter()
                .flat_map(|found| found.breaks.clone())
                .collect();
            let because = &first.diagnostic.message;
            let message = match (&old.kind, &new.kind) {
                (Type::Ref(from), Type::Ref(to)) => {
                    format!("the reference changed from `{from}` to `{to}`")
                }
                (_, Type::Ref(to)) => format!("a reference to `{to}` replaced the type"),
                _ => "a type replaced the reference".to_owned(),
            };
            let message = format!("{message}, which is not equivalent: {because}");
            self.push(place.new, &new.pointer, "ref-changed", breaks, message);
        }
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
        for was in &old.properties {
            let name = &was.name;
            let same = |property: &&Property| property.name == *name;
            let Some(is) = new.properties.iter().find(same) else {
                let effects: &[_] = match was.required {
                    true => &[Effect::Meaning, Effect::Wider],
                    false => &[Effect::Meaning],
                };
                let message = format!("the property `{name}` was removed");
                let at = &was.schema.pointer;
                self.add(
                    place.old,
                    directions,
                    at,
                    "property-removed",
                    effects,
                    message,
                );
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
        for is in new.properties.iter().filter(|property| property.required) {
            if old.properties.iter().all(|was| was.name != is.name) {
                let message = format!("the required property `{}` was added", is.name);
                let (at, effects) = (&is.schema.pointer, [Effect::Narrower]);
                self.add(place.new, directions, at, "new-required", &effects, message);
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
        let from: Vec<_> = from.iter().map(|r| absolute(place.old, r)).collect();
        let to: Vec<_> = to.iter().map(|r| absolute(place.new, r)).collect();
        let at = at.join("refs");
        for name in from.iter().filter(|name| !to.contains(name)) {
            let message = format!("the variant `{name}` was removed");
            self.add(
                new,
                directions,
                &at,
                "variant-removed",
                &[Effect::Narrower],
                message,
            );
        }
        for name in to.iter().filter(|name| !from.contains(name)) {
            // An open union could always hold it.
            if was_closed && is_closed {
                let message = format!("the variant `{name}` was added to a closed union");
                self.add(
                    new,
                    directions,
                    &at,
                    "variant-added",
                    &[Effect::Wider],
                    message,
                );
            }
        }
    }
}

/// A reference as another document would write it, `#main` left out.
fn absolute(document: &Document, reference: &str) -> String {
    let reference = reference.strip_suffix("#main").unwrap_or(reference);
    match reference.strip_prefix('#') {
        Some(name) => format!("{}#{name}", document.nsid),
        None if reference.is_empty() => document.nsid.to_string(),
        None => reference.to_owned(),
    }
}

fn target<'c>(catalog: &'c Catalog, document: &'c Document, schema: &'c Schema) -> Target<'c> {
    let Type::Ref(reference) = &schema.kind else {
        return Target::Schema(document, schema);
    };
    match catalog.resolve(document, reference) {
        None => Target::Unresolved,
        Some(target) => match &target.def.kind {
            DefKind::Type(schema) => Target::Schema(target.document, schema),
            _ => Target::Named(target),
        },
    }
}
