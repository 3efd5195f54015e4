//! Every type of data below a definition, and every reference of a document.

use crate::diagnostic::Pointer;
use crate::model::{Body, Def, DefKind, Document, Object, Schema, Type};

impl Document {
    /// Calls `visit` for every reference as it is written, with its place.
    pub fn each_reference<'d>(&'d self, visit: &mut dyn FnMut(&'d str, Pointer)) {
        for def in self.defs.values() {
            def.each_schema(&mut |schema| {
                let at = &schema.pointer;
                for (index, reference) in schema.references().iter().enumerate() {
                    let at = match schema.kind {
                        Type::Ref(_) => at.join("ref"),
                        _ => at.join("refs").join(index),
                    };
                    visit(reference, at);
                }
            });
        }
    }
}

impl Def {
    /// Calls `visit` for every type of data below this definition, outer ones first.
    pub fn each_schema<'d>(&'d self, visit: &mut dyn FnMut(&'d Schema)) {
        let bodies = |bodies: [&'d Option<Body>; 2]| {
            bodies
                .into_iter()
                .flatten()
                .filter_map(|b| b.schema.as_ref())
        };
        match &self.kind {
            DefKind::Record(record) => record.object.each_schema(visit),
            DefKind::Method(method) => {
                if let Some(params) = &method.params {
                    params.each_schema(visit);
                }
                bodies([&method.input, &method.output]).for_each(|s| s.each_schema(visit));
            }
            DefKind::Subscription(subscription) => {
                if let Some(params) = &subscription.params {
                    params.each_schema(visit);
                }
                subscription
                    .message
                    .iter()
                    .for_each(|s| s.each_schema(visit));
            }
            DefKind::Type(schema) => schema.each_schema(visit),
            DefKind::PermissionSet(_) | DefKind::Space(_) | DefKind::Token => {}
        }
    }
}

impl Def {
    /// Calls `visit` for every set of members of this definition: of records, objects and parameters.
    pub(crate) fn each_object<'d>(&'d self, visit: &mut dyn FnMut(&'d Object)) {
        match &self.kind {
            DefKind::Record(record) => visit(&record.object),
            DefKind::Method(method) => method.params.iter().for_each(&mut *visit),
            DefKind::Subscription(subscription) => subscription.params.iter().for_each(&mut *visit),
            _ => {}
        }
        self.each_schema(&mut |schema| {
            if let Type::Object(object) = &schema.kind {
                visit(object);
            }
        });
    }
}

impl Schema {
    /// The references of this type as they are written: one, or the variants of a union.
    pub fn references(&self) -> &[String] {
        match &self.kind {
            Type::Ref(reference) => std::slice::from_ref(reference),
            Type::Union { refs, .. } => refs,
            _ => &[],
        }
    }

    /// Calls `visit` for this type and every one below it.
    pub fn each_schema<'s>(&'s self, visit: &mut dyn FnMut(&'s Schema)) {
        visit(self);
        match &self.kind {
            Type::Array { items, .. } => items.each_schema(visit),
            Type::Object(object) => object.each_schema(visit),
            _ => {}
        }
    }
}

impl Object {
    fn each_schema<'s>(&'s self, visit: &mut dyn FnMut(&'s Schema)) {
        for property in &self.properties {
            property.schema.each_schema(visit);
        }
    }
}
