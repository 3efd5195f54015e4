//! A document's module, and the names in it.

use std::collections::HashMap;

use lexicon_schema::Pointer;
use lexicon_schema::model::{Body, Def, DefKind, Document, Object, Schema, Type};

use super::module_paths::ModulePaths;
use super::node::Node;
use crate::names::{self, Scope, pascal};

/// One document's module.
#[derive(Debug)]
pub(crate) struct Module<'c> {
    pub(crate) document: &'c Document,
    /// From the root of the output: `dev`, `cocore`, `account`, `create_api_key`.
    pub(crate) path: Vec<String>,
    /// The types' names by the places of their schemas, and `main`'s parts.
    names: HashMap<Pointer, String>,
}

impl<'c> Module<'c> {
    pub(super) fn new(document: &'c Document, paths: &mut ModulePaths<'_>) -> Self {
        let mut naming = Naming {
            scope: Scope::of_types(),
            names: HashMap::new(),
        };
        let main = pascal(document.nsid.name());
        // `main` first, so that it has the document's own name; then the named definitions, then
        // what stands inside of them.
        let named = document.defs.iter().filter(|(name, _)| *name != "main");
        if let Some(def) = document.defs.get("main") {
            naming.def(&main, def);
        }
        for (name, def) in named {
            naming.def(&pascal(name), def);
        }
        for def in document.defs.values() {
            naming.inner(def);
        }
        Self {
            document,
            path: paths.take(document.nsid.as_str()),
            names: naming.names,
        }
    }

    /// The name of the type at a place.
    pub(crate) fn name(&self, pointer: &Pointer) -> &str {
        // Every place that is asked for was named when the module was planned.
        self.names.get(pointer).map_or("Unnamed", String::as_str)
    }

    pub(crate) fn nsid(&self) -> &'c str {
        self.document.nsid.as_str()
    }

    pub(crate) fn node(&self, pointer: &Pointer) -> Node {
        (self.nsid().to_owned(), pointer.clone())
    }
}

/// Gives names to the types of one document.
struct Naming {
    scope: Scope,
    names: HashMap<Pointer, String>,
}

impl Naming {
    fn take(&mut self, pointer: Pointer, name: &str) -> String {
        let name = self.scope.take_type(name);
        self.names.insert(pointer, name.clone());
        name
    }

    /// Names a definition and the parts that belong to it.
    fn def(&mut self, name: &str, def: &Def) {
        let at = &def.pointer;
        let name = self.take(at.clone(), name);
        match &def.kind {
            DefKind::Record(_) => {
                self.names.insert(at.join("record"), name);
            }
            DefKind::Method(_) => {
                self.take(at.join("parameters"), &format!("{name}Params"));
                self.take(at.join("input").join("schema"), &format!("{name}Input"));
                self.take(at.join("output").join("schema"), &format!("{name}Output"));
                self.take(at.join("errors"), &format!("{name}Error"));
            }
            DefKind::Subscription(_) => {
                self.take(at.join("parameters"), &format!("{name}Params"));
                self.take(at.join("message").join("schema"), &format!("{name}Message"));
                self.take(at.join("errors"), &format!("{name}Error"));
            }
            DefKind::Type(_) | DefKind::Token | DefKind::PermissionSet(_) | DefKind::Space(_) => {}
        }
    }

    /// Names the inline types below a definition after their place.
    fn inner(&mut self, def: &Def) {
        let below = |body: &Option<Body>| body.as_ref().and_then(|body| body.schema.clone());
        match &def.kind {
            DefKind::Record(record) => self.object(&def.pointer.join("record"), &record.object),
            DefKind::Method(method) => {
                if let Some(params) = &method.params {
                    self.object(&def.pointer.join("parameters"), params);
                }
                for schema in [below(&method.input), below(&method.output)]
                    .into_iter()
                    .flatten()
                {
                    self.schema(&schema);
                }
            }
            DefKind::Subscription(subscription) => {
                if let Some(params) = &subscription.params {
                    self.object(&def.pointer.join("parameters"), params);
                }
                if let Some(schema) = &subscription.message {
                    self.schema(schema);
                }
            }
            DefKind::Type(schema) => self.schema(schema),
            DefKind::Token | DefKind::PermissionSet(_) | DefKind::Space(_) => {}
        }
    }

    /// Names what is inside a schema that has a name itself.
    fn schema(&mut self, schema: &Schema) {
        match &schema.kind {
            Type::Object(object) => self.object(&schema.pointer, object),
            Type::Array { items, .. } => {
                let name = self.names.get(&schema.pointer).cloned().unwrap_or_default();
                self.child(items, &format!("{name}Item"));
            }
            _ => {}
        }
    }

    fn object(&mut self, at: &Pointer, object: &Object) {
        let parent = self.names.get(at).cloned().unwrap_or_default();
        for property in &object.properties {
            let name = format!("{parent}{}", pascal(&property.name));
            self.child(&property.schema, &name);
        }
    }

    fn child(&mut self, schema: &Schema, name: &str) {
        match &schema.kind {
            Type::Object(object) if object.unconstrained => {}
            Type::Object(_) | Type::Union { .. } => {
                self.take(schema.pointer.clone(), name);
                self.schema(schema);
            }
            Type::Array { items, .. } => self.child(items, &format!("{name}Item")),
            _ => {}
        }
    }
}

/// The names of an object's fields, in order.
pub(crate) fn field_names(object: &Object) -> Vec<String> {
    let keys: Vec<_> = object.properties.iter().map(|p| p.name.as_str()).collect();
    names::fields(&keys, &["extra"])
}
