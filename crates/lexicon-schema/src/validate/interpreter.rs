//! Walks a schema beside a value.

use std::ops::Bound;

use lexicon_runtime::{Checker, Members, Node};

use crate::catalog::{Catalog, DefRef, absolute};
use crate::model::{DefKind, Document, Integer, Length, Object, Schema, StringType, Type};

pub(super) struct Interpreter<'c> {
    catalog: &'c Catalog,
    /// The first reference on the way that leads nowhere.
    unresolved: Option<String>,
}

impl<'c> Interpreter<'c> {
    pub(super) fn new(catalog: &'c Catalog) -> Self {
        Self {
            catalog,
            unresolved: None,
        }
    }

    pub(super) fn into_unresolved(self) -> Option<String> {
        self.unresolved
    }

    pub(super) fn target(&mut self, target: &DefRef<'_>, c: &mut Checker, v: Node<'_>) {
        match &target.def.kind {
            DefKind::Record(record) => {
                let Some(object) = c.object(v) else { return };
                c.record_type(object, target.document.nsid.as_str());
                self.members(target.document, &record.object, object, c);
            }
            DefKind::Type(schema) => self.schema(target.document, schema, c, v),
            DefKind::Token => c.string(v).one_of(&[target.type_name()]).end(),
            DefKind::Method(_)
            | DefKind::Subscription(_)
            | DefKind::PermissionSet(_)
            | DefKind::Space(_) => {
                self.unresolved.get_or_insert(target.type_name());
            }
        }
    }

    fn reference(&mut self, document: &Document, reference: &str, c: &mut Checker, v: Node<'_>) {
        match self.catalog.resolve(document, reference) {
            Some(target) => self.target(&target, c, v),
            None => {
                self.unresolved.get_or_insert_with(|| reference.to_owned());
            }
        }
    }

    pub(super) fn schema(
        &mut self,
        document: &Document,
        schema: &Schema,
        c: &mut Checker,
        v: Node<'_>,
    ) {
        match &schema.kind {
            Type::Boolean {
                r#const: Some(only),
                ..
            } => c.boolean_const(v, *only),
            Type::Boolean { .. } => c.boolean(v),
            Type::Integer(integer) => check_integer(integer, c, v),
            Type::String(string) => check_string(string, c, v),
            Type::Bytes(length) => c.bytes(v).length(range(length)).end(),
            Type::CidLink => c.link(v),
            Type::Blob { accept, max_size } => {
                let mut check = c.blob(v);
                if !accept.is_empty() {
                    check = check.accept(accept);
                }
                if let Some(limit) = max_size {
                    check = check.max_size(*limit);
                }
                check.end();
            }
            Type::Array { items, length } => {
                c.array(v, range(length), |c, v| self.schema(document, items, c, v));
            }
            Type::Object(object) if object.unconstrained => c.unconstrained_object(v),
            Type::Object(object) => self.object(document, object, c, v),
            Type::Ref(reference) => self.reference(document, reference, c, v),
            Type::Union { refs, closed } => self.union(document, refs, *closed, c, v),
            Type::Unknown => c.unknown(v),
        }
    }

    pub(super) fn object(
        &mut self,
        document: &Document,
        object: &Object,
        c: &mut Checker,
        v: Node<'_>,
    ) {
        if let Some(members) = c.object(v) {
            self.members(document, object, members, c);
        }
    }

    fn members(
        &mut self,
        document: &Document,
        object: &Object,
        members: Members<'_>,
        c: &mut Checker,
    ) {
        for property in &object.properties {
            let key = property.name.clone();
            let check =
                |c: &mut Checker, v: Node<'_>| self.schema(document, &property.schema, c, v);
            match (property.required, property.nullable) {
                (true, false) => c.required(members, key, check),
                (true, true) => c.required_nullable(members, key, check),
                (false, false) => c.optional(members, key, check),
                (false, true) => c.optional_nullable(members, key, check),
            }
        }
    }

    fn union(
        &mut self,
        document: &Document,
        refs: &[String],
        closed: bool,
        c: &mut Checker,
        v: Node<'_>,
    ) {
        let Some(name) = c.variant(v) else { return };
        let mut names = Vec::new();
        for reference in refs {
            let Some(target) = self.catalog.resolve(document, reference) else {
                let missing = absolute(document, reference);
                if missing == name {
                    self.unresolved.get_or_insert_with(|| reference.clone());
                    return;
                }
                names.push(missing);
                continue;
            };
            if target.type_name() == name {
                // Anything but an object has no members to check.
                return if target.is_object() {
                    self.target(&target, c, v)
                };
            }
            if !names.contains(&target.type_name()) {
                names.push(target.type_name());
            }
        }
        if closed {
            c.not_in_union(&names);
        }
    }
}

pub(super) fn check_integer(integer: &Integer, c: &mut Checker, v: Node<'_>) {
    let bounds = (included(integer.minimum), included(integer.maximum));
    let mut check = c.integer(v).range(bounds);
    if let Some(values) = &integer.r#enum {
        check = check.one_of(values);
    }
    if let Some(only) = integer.r#const {
        check = check.one_of(&[only]);
    }
    check.end();
}

pub(super) fn check_string(string: &StringType, c: &mut Checker, v: Node<'_>) {
    let mut check = c
        .string(v)
        .bytes(range(&string.bytes))
        .graphemes(range(&string.graphemes));
    if let Some(values) = &string.r#enum {
        check = check.one_of(values);
    }
    if let Some(only) = &string.r#const {
        check = check.one_of(&[only]);
    }
    if let Some(format) = string.format {
        check = check.format(format);
    }
    check.end();
}

fn range(length: &Length) -> (Bound<u64>, Bound<u64>) {
    (included(length.min), included(length.max))
}

fn included<N>(bound: Option<N>) -> Bound<N> {
    bound.map_or(Bound::Unbounded, Bound::Included)
}
