//! What every type will be called, where it will stand, and what it must be able to do.

mod graph;

use std::collections::{BTreeMap, HashMap, HashSet};

use lexicon_schema::model::{Body, Def, DefKind, Document, Object, Schema, Type};
use lexicon_schema::{Catalog, DefRef, Pointer};

use crate::config::Config;
use crate::names::{self, Scope, pascal, snake};
use crate::rust_path::RustPath;

/// A type of a document: its NSID and the place of its schema.
pub(crate) type Node = (String, Pointer);

/// Names and properties of all types of a catalog.
#[derive(Debug)]
pub(crate) struct Plan<'c> {
    pub(crate) catalog: &'c Catalog,
    pub(crate) config: &'c Config,
    pub(crate) modules: BTreeMap<&'c str, Module<'c>>,
    /// Edges of containment that would make a type infinite: they are boxed.
    boxed: HashSet<(Node, Node)>,
    /// Types that hold a secret somewhere below: they cannot be compared.
    secret: HashSet<Node>,
    /// Types that a record holds: they keep fields that they do not know.
    in_record: HashSet<Node>,
    /// Named types that contain themselves without a struct between: they become one.
    pub(crate) recursive_alias: HashSet<Node>,
}

/// One document's module.
#[derive(Debug)]
pub(crate) struct Module<'c> {
    pub(crate) document: &'c Document,
    /// From the root of the output: `dev`, `cocore`, `account`, `create_api_key`.
    pub(crate) path: Vec<String>,
    /// The types' names by the places of their schemas, and `main`'s parts.
    names: HashMap<Pointer, String>,
}

impl<'c> Plan<'c> {
    /// Plans the types of all documents.
    pub(crate) fn new(catalog: &'c Catalog, config: &'c Config) -> Self {
        let mut paths = ModulePaths::new(config);
        let modules = catalog
            .documents()
            .map(|document| (document.nsid.as_str(), Module::new(document, &mut paths)))
            .collect();
        let graph = graph::Graph::new(catalog);
        Self {
            catalog,
            config,
            modules,
            boxed: graph.boxed(),
            secret: graph.holding_secrets(config),
            in_record: graph.in_records(),
            recursive_alias: graph.recursive_aliases(),
        }
    }

    /// The modules that are generated here, not in another crate.
    pub(crate) fn own_modules(&self) -> impl Iterator<Item = &Module<'c>> {
        let is_own = |module: &&Module<'c>| self.config.external_path(module.nsid()).is_none();
        self.modules.values().filter(is_own)
    }

    /// Follows a reference that has been checked before.
    pub(crate) fn resolve(&self, module: &Module<'c>, reference: &str) -> Option<DefRef<'c>> {
        self.catalog.resolve(module.document, reference)
    }

    /// Whether the field of type `to` in the type `from` needs a box.
    pub(crate) fn is_boxed(&self, from: &Node, to: &Node) -> bool {
        self.boxed.contains(&(from.clone(), to.clone()))
    }

    /// Whether a type may be compared.
    pub(crate) fn is_comparable(&self, node: &Node) -> bool {
        !self.secret.contains(node)
    }

    /// Whether a type keeps fields that it does not know.
    pub(crate) fn keeps_unknown(&self, node: &Node) -> bool {
        self.in_record.contains(node)
    }
}

/// The node of a definition that a reference leads to.
pub(crate) fn target_node(target: &DefRef<'_>) -> Node {
    let pointer = match &target.def.kind {
        DefKind::Record(_) => target.def.pointer.join("record"),
        _ => target.def.pointer.clone(),
    };
    (target.document.nsid.to_string(), pointer)
}

impl<'c> Module<'c> {
    fn new(document: &'c Document, paths: &mut ModulePaths<'_>) -> Self {
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
            DefKind::Type(_) | DefKind::Token | DefKind::PermissionSet(_) => {}
        }
    }

    /// Names the inline types below a definition after the way to them.
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
            DefKind::Token | DefKind::PermissionSet(_) => {}
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

/// Paths of modules: a step of an NSID is the same module wherever it is met.
struct ModulePaths<'c> {
    by_prefix: HashMap<String, String>,
    scopes: HashMap<String, Scope>,
    reserved: Vec<&'c str>,
}

/// Module names that mean something else in generated code or to rustc.
const RESERVED_MODULES: &[&str] = &[
    "crate", "mod", "rt", "self", "serde", "service", "std", "super",
];

impl<'c> ModulePaths<'c> {
    fn new(config: &'c Config) -> Self {
        let roots = [&config.runtime, &config.server].map(RustPath::root);
        Self {
            by_prefix: HashMap::new(),
            scopes: HashMap::new(),
            reserved: RESERVED_MODULES.iter().copied().chain(roots).collect(),
        }
    }

    fn take(&mut self, nsid: &str) -> Vec<String> {
        let mut path = Vec::new();
        let mut prefix = String::new();
        for step in nsid.split('.') {
            let scope = self.scopes.entry(prefix.clone());
            let scope = scope.or_insert_with(|| Scope::with(&self.reserved));
            prefix.push('.');
            prefix.push_str(step);
            let name = self.by_prefix.entry(prefix.clone());
            path.push(
                name.or_insert_with(|| scope.take_field(&snake(step)))
                    .clone(),
            );
        }
        path
    }
}

/// The names of an object's fields, in order.
pub(crate) fn field_names(object: &Object) -> Vec<String> {
    let keys: Vec<_> = object.properties.iter().map(|p| p.name.as_str()).collect();
    names::fields(&keys, &["extra"])
}
