//! The plan: the name, the module and the properties of every generated type.

mod graph;
mod module;
mod module_paths;
mod node;

use std::collections::{BTreeMap, HashSet};

use lexicon_schema::{Catalog, DefRef};

use crate::config::Config;
pub(crate) use module::{Module, field_names};
use module_paths::ModulePaths;
pub(crate) use node::{Node, target_node};

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
