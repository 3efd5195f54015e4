//! Types of data, their members and the references between them.

use std::collections::BTreeSet;
use std::mem;

use super::effect::{DIFFERENT, Effect};
use super::{Comparer, Place};
use crate::catalog::{Catalog, DefRef};
use crate::diagnostic::Pointer;
use crate::model::{DefKind, Document, Object, Property, Schema, Type};

/// What a type is once a reference is followed.
enum Target<'c> {
    Schema(&'c Document, &'c Schema),
    /// A record or a token: it is what its name says, and nothing else is.
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
        let message = format!("was {}, and is {}", old.kind.name(), new.kind.name());
        self.add(
            place.new,
            place.ways,
            &new.pointer,
            "type-changed",
            effects,
            message,
        );
    }

    /// Two types of which one at least is a reference: does it come to the same?
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
                let message = "is not the same type";
                self.add(
                    place.new,
                    place.ways,
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
                    format!("`{from}` was referred to, and is `{to}`")
                }
                (_, Type::Ref(to)) => format!("was written out, and is `{to}`"),
                _ => "was a reference, and is written out".to_owned(),
            };
            let message = format!("{message}, which is not the same: {because}");
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
                let message = "took any object, and has properties";
                let effects = [Effect::Narrower];
                self.add(place.new, place.ways, at, "type-changed", &effects, message);
            }
            (false, true) => {
                let message = "had properties, and takes any object";
                let effects = [Effect::Wider];
                self.add(place.new, place.ways, at, "type-changed", &effects, message);
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
        let Place { ways, .. } = place;
        for was in &old.properties {
            let name = &was.name;
            let same = |property: &&Property| property.name == *name;
            let Some(is) = new.properties.iter().find(same) else {
                let effects: &[_] = match was.required {
                    true => &[Effect::Meaning, Effect::Wider],
                    false => &[Effect::Meaning],
                };
                let message = format!("`{name}` was a property, and is not any more");
                let at = &was.schema.pointer;
                self.add(place.old, ways, at, "property-removed", effects, message);
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
                    ways,
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
                let message = format!("`{}` is new, and required", is.name);
                let (at, effects) = (&is.schema.pointer, [Effect::Narrower]);
                self.add(place.new, ways, at, "new-required", &effects, message);
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
        let Place { new, ways, .. } = place;
        match (was_closed, is_closed) {
            (false, true) => {
                let message = "was open, and is closed";
                self.add(
                    new,
                    ways,
                    &at.join("closed"),
                    "union-closed",
                    &[Effect::Narrower],
                    message,
                );
            }
            (true, false) => {
                let message = "was closed, and is open";
                self.add(new, ways, at, "union-opened", &[Effect::Wider], message);
            }
            _ => {}
        }
        let from: Vec<_> = from.iter().map(|r| absolute(place.old, r)).collect();
        let to: Vec<_> = to.iter().map(|r| absolute(place.new, r)).collect();
        let at = at.join("refs");
        for name in from.iter().filter(|name| !to.contains(name)) {
            let message = format!("`{name}` was a variant, and is not any more");
            self.add(
                new,
                ways,
                &at,
                "variant-removed",
                &[Effect::Narrower],
                message,
            );
        }
        for name in to.iter().filter(|name| !from.contains(name)) {
            // An open union could always hold it.
            if was_closed && is_closed {
                let message = format!("`{name}` is a variant of a closed union now");
                self.add(new, ways, &at, "variant-added", &[Effect::Wider], message);
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
