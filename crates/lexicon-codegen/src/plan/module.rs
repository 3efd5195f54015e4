//! A document's module, and the names in it.

use std::collections::HashMap;

use lexicon_schema::model::{Body, Def, DefKind, Document, Object, Property, Schema, Type};
use lexicon_schema::{DefRef, Pointer};

use super::module_paths::ModulePaths;
use super::node::Node;
use crate::config::Config;
use crate::names;

/// One document's module.
#[derive(Debug)]
pub(crate) struct Module<'c> {
    pub(crate) document: &'c Document,
    /// From the root of the output: `dev`, `cocore`, `account`, `create_api_key`.
    pub(crate) path: Vec<String>,
    config: &'c Config,
    /// The name of the definition `main`.
    main: String,
    /// The types' names by the places of their schemas, and `main`'s parts.
    types: HashMap<Pointer, String>,
}

impl<'c> Module<'c> {
    pub(crate) fn new(document: &'c Document, config: &'c Config, paths: &ModulePaths<'_>) -> Self {
        let main = names::document_type(document.nsid.name());
        let mut module = Self {
            document,
            path: paths.path(document.nsid.as_str()),
            config,
            main,
            types: HashMap::new(),
        };
        for (name, def) in &document.defs {
            module.add_def(name, def);
        }
        module
    }

    /// The name of the type at a place.
    pub(crate) fn name(&self, pointer: &Pointer) -> &str {
        // Every place that is asked for was named when the module was planned.
        self.types.get(pointer).map_or("Unnamed", String::as_str)
    }

    /// The types by the places of their schemas.
    pub(super) fn types(&self) -> impl Iterator<Item = (&Pointer, &str)> {
        let types = self.types.iter();
        types.map(|(pointer, name)| (pointer, name.as_str()))
    }

    /// The name of a property's field, which may be a keyword.
    pub(crate) fn field(&self, property: &Property) -> String {
        let at = &property.schema.pointer;
        let given = self.config.renamed(self.nsid(), at, true);
        given.unwrap_or_else(|| names::field(&property.name))
    }

    /// The name of a token's constant.
    pub(crate) fn constant(&self, name: &str, def: &Def) -> String {
        let given = self.config.renamed(self.nsid(), &def.pointer, false);
        let token = if name == "main" {
            self.document.nsid.name()
        } else {
            name
        };
        given.unwrap_or_else(|| names::constant(token, &self.main))
    }

    /// The name of the variant for a reference of the union at a place.
    pub(crate) fn variant(&self, union: &Pointer, reference: &str, target: &DefRef<'_>) -> String {
        let given = self
            .config
            .renamed(self.nsid(), &union.join("refs").join(reference), false);
        given.unwrap_or_else(|| {
            let document = target.document.nsid.name();
            let is_shared = document == "defs" || target.document.nsid == self.document.nsid;
            match target.name {
                "main" => names::variant(Some(document), None),
                name if is_shared => names::variant(None, Some(name)),
                name => names::variant(Some(document), Some(name)),
            }
        })
    }

    /// The name of the variant for a declared error.
    pub(crate) fn error(&self, errors: &Pointer, name: &str) -> String {
        let given = self.config.renamed(self.nsid(), &errors.join(name), false);
        given.unwrap_or_else(|| names::error(name))
    }

    pub(crate) fn nsid(&self) -> &'c str {
        self.document.nsid.as_str()
    }

    pub(crate) fn node(&self, pointer: &Pointer) -> Node {
        (self.nsid().to_owned(), pointer.clone())
    }

    /// Gives a type its name.
    fn add(&mut self, at: Pointer, name: String) -> String {
        let given = self.config.renamed(self.nsid(), &at, false);
        let name = given.unwrap_or(name);
        self.types.insert(at, name.clone());
        name
    }

    /// Names a definition, the parts that belong to it, and the types inside of these.
    fn add_def(&mut self, name: &str, def: &'c Def) {
        let name = match name {
            "main" => self.main.clone(),
            name => names::definition_type(name, &self.main),
        };
        let at = &def.pointer;
        match &def.kind {
            DefKind::Record(record) => {
                let name = self.add(at.clone(), name);
                self.types.insert(at.join("record"), name.clone());
                self.add_object(&name, &record.object);
            }
            DefKind::Method(method) => {
                let name = self.add(at.clone(), name);
                self.add_params(&name, at, method.params.as_ref());
                self.add_body(format!("{name}Input"), method.input.as_ref());
                self.add_body(format!("{name}Output"), method.output.as_ref());
                if !method.errors.is_empty() {
                    self.add(at.join("errors"), format!("{name}Error"));
                }
            }
            DefKind::Subscription(subscription) => {
                let name = self.add(at.clone(), name);
                self.add_params(&name, at, subscription.params.as_ref());
                if let Some(schema) = &subscription.message {
                    let name = self.add(schema.pointer.clone(), format!("{name}Message"));
                    self.add_inside(&name, schema);
                }
                if !subscription.errors.is_empty() {
                    self.add(at.join("errors"), format!("{name}Error"));
                }
            }
            DefKind::Type(schema) => {
                let name = self.add(at.clone(), name);
                self.add_inside(&name, schema);
            }
            DefKind::Token | DefKind::PermissionSet(_) | DefKind::Space(_) => {}
        }
    }

    fn add_params(&mut self, name: &str, at: &Pointer, params: Option<&'c Object>) {
        if let Some(params) = params.filter(|params| !params.properties.is_empty()) {
            let name = self.add(at.join("parameters"), format!("{name}Params"));
            self.add_object(&name, params);
        }
    }

    fn add_body(&mut self, name: String, body: Option<&'c Body>) {
        if let Some(schema) = body.and_then(|body| body.schema.as_ref()) {
            let name = self.add(schema.pointer.clone(), name);
            self.add_inside(&name, schema);
        }
    }

    /// Names the types inside of the type `name`.
    fn add_inside(&mut self, name: &str, schema: &'c Schema) {
        match &schema.kind {
            Type::Object(object) => self.add_object(name, object),
            Type::Array { items, .. } => self.add_child(name, None, "Item", items),
            _ => {}
        }
    }

    fn add_object(&mut self, name: &str, object: &'c Object) {
        for property in &object.properties {
            self.add_child(name, Some(&property.name), "", &property.schema);
        }
    }

    /// Names the type of a property or of elements, and those inside of it. Most unions are such types: the end of
    /// their name keeps them apart from definitions (`view` with the property `record` from `viewRecord`).
    fn add_child(&mut self, parent: &str, property: Option<&str>, kind: &str, schema: &'c Schema) {
        let kind = match &schema.kind {
            Type::Object(object) if object.unconstrained => return,
            Type::Array { items, .. } => {
                return self.add_child(parent, property, &format!("{kind}Item"), items);
            }
            Type::Object(_) => kind,
            Type::Union { .. } if kind.is_empty() => "Union",
            Type::Union { .. } => kind,
            _ => return,
        };
        let name = names::inner_type(parent, property, kind);
        let name = self.add(schema.pointer.clone(), name);
        self.add_inside(&name, schema);
    }
}
